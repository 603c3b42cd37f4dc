package libraryh3lp

import (
	"strconv"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Every employee is a user, with or without a seat.

const userType = "user"

func (d *door) listUsers(c *call) error {
	if err := c.rootOnly(); err != nil {
		return err
	}
	return d.list(c, func(add func(any) error) error {
		return d.directory.EachPerson(c.context(), directory.Query{}, func(p *directory.Person) error { return add(userOf(p)) })
	})
}

func (d *door) getUser(c *call) error {
	p, err := d.person(c, c.id("user"))
	if err != nil {
		return err
	}
	return c.answer(userOf(p))
}

func (d *door) createUser(c *call) error {
	given, err := c.userGiven()
	if err != nil {
		return business(ofUsers(err))
	}
	if !given.Password.Given() {
		return required("password")
	}
	command := directory.CreatePerson{PersonParams: given.PersonParams}
	command.Seat = schema.Some(true)
	command.LastName, command.Handle, command.Email = given.name, converted[directory.Handle](given.name), given.email
	created := d.directory.CreatePeople(c.context(), []directory.CreatePerson{command})[0]
	if created.Err != nil {
		return business(ofUsers(created.Err))
	}
	return d.answerUser(c, created.Value)
}

func (d *door) updateUser(c *call) error {
	given, err := c.userGiven()
	if err != nil {
		return business(ofUsers(err))
	}
	id := c.id("user")
	command := directory.UpdatePerson{PersonParams: given.PersonParams}
	command.HandleNames = schema.Some(true) // users have no other name here
	command.ID, command.Handle, command.Email = schema.Some(id), converted[directory.Handle](given.name), given.email
	if err := d.directory.UpdatePeople(c.context(), []directory.UpdatePerson{command})[0].Err; err != nil {
		return ofUsers(err)
	}
	return d.answerUser(c, id)
}

func (d *door) deleteUser(c *call) error {
	command := directory.DeleteEmployee{ID: schema.Some(c.id("user"))}
	if err := d.directory.DeleteEmployees(c.context(), []directory.DeleteEmployee{command})[0].Err; err != nil {
		return business(ofUsers(err))
	}
	return c.answer(done{true})
}

// userGiven is what a request gives of a user. Properties that cannot be written
// are left alone, as the vendor says of operators: clients send whole resources back.
type userGiven struct {
	name  schema.Opt[string]
	email schema.Opt[directory.Email]
	directory.PersonParams
}

func (c *call) userGiven() (given userGiven, err error) {
	if err := c.noFolder(userType); err != nil {
		return given, err
	}
	var bad errors.List
	given.name = c.text("name", &bad)
	given.email = converted[directory.Email](c.text("email", &bad))
	given.Password = c.text("password", &bad)
	given.Show = converted[directory.Show](c.text("show", &bad))
	given.StatusText = c.text("status", &bad)
	return given, bad.Err()
}

// answerUser answers a list of the one user.
func (d *door) answerUser(c *call, id int64) error {
	p, err := d.person(c, id)
	if err != nil {
		return err
	}
	return c.answer([]user{userOf(p)})
}

func (d *door) person(c *call, id int64) (*directory.Person, error) {
	page, err := d.directory.People(c.context(), directory.Query{Where: directory.Is("id", id), Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Items) == 0 {
		return nil, ofUsers(errors.At(errors.EntityNotFound, errors.Path{}.Key("id"), nil))
	}
	return &page.Items[0], nil
}

// id is the number that the path has in the place of a name, and 0, which is no
// one's, where it is no number.
func (c *call) id(name string) int64 {
	text := c.r.PathValue(name)
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != text {
		return 0
	}
	return id
}

// text is a text that the body gives, or null.
func (c *call) text(name string, bad *errors.List) schema.Opt[string] {
	text, ok := c.given.text(name)
	if !ok {
		bad.Add(errors.DataTypeError, errors.Path{}.Key(name), nil)
	}
	return text
}

// converted is o as another type of text.
func converted[To, From ~string](o schema.Opt[From]) schema.Opt[To] {
	switch {
	case o.IsSet():
		return schema.Some(To(o.Value))
	case o.IsNull():
		return schema.Null[To]()
	}
	return schema.Opt[To]{}
}
