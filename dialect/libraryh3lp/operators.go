package libraryh3lp

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// An operator is a user in a queue, an assignment a queue of a user: they are the
// same, found from either end. The end that the path begins with must be there.

func (d *door) listOperators(form func(*directory.Membership) any) func(*call) error {
	return func(c *call) error {
		id := c.id("queue")
		if _, err := d.group(c, id); err != nil {
			return err
		}
		return d.listMemberships(c, directory.Is(directory.MembershipGroup, id), form)
	}
}

func (d *door) listAssignments(c *call) error {
	id := c.id("user")
	if _, err := d.person(c, id); err != nil {
		return err
	}
	return d.listMemberships(c, directory.Is(directory.MembershipEmployee, id), operator)
}

func (d *door) listMemberships(c *call, where directory.Condition, form func(*directory.Membership) any) error {
	return d.list(c, func(add func(any) error) error {
		return d.directory.EachMembership(c.context(), where, func(m *directory.Membership) error { return add(form(m)) })
	})
}

// createOperator makes an operator, or an assignment. The path has the one id, the
// body the other.
func (d *door) createOperator(c *call) error {
	command := directory.CreateMembership{}
	// An illegal value of enabled leaves the default.
	command.Enabled, _ = c.given.truth("enabled")
	for _, end := range []struct {
		id           *schema.Opt[int64]
		path, member string
	}{{&command.GroupID, "queue", "queueId"}, {&command.EmployeeID, "user", "userId"}} {
		if c.r.PathValue(end.path) != "" {
			*end.id = schema.Some(c.id(end.path))
			continue
		}
		id, ok := c.given.id(end.member)
		if !ok {
			return errors.At(errors.DataTypeError, errors.Path{}.Key(end.member), nil)
		}
		if !id.IsSet() {
			return required(end.member)
		}
		*end.id = id
	}
	if err := d.directory.CreateMemberships(c.context(), []directory.CreateMembership{command})[0].Err; err != nil {
		if errors.HasCode(err, errors.DuplicateEntity) {
			return ofOperators(err)
		}
		return business(err)
	}
	return c.answer(done{true})
}

// updateOperator changes whether an operator takes part. Whatever else is given, and
// a value that is illegal, changes nothing.
func (d *door) updateOperator(form func(*directory.Membership) any) func(*call) error {
	return func(c *call) error {
		command := directory.UpdateMembership{}
		command.GroupID, command.EmployeeID = schema.Some(c.id("queue")), schema.Some(c.id("user"))
		command.Enabled, _ = c.given.truth("enabled")
		if err := d.directory.UpdateMemberships(c.context(), []directory.UpdateMembership{command})[0].Err; err != nil {
			return ofOperators(err)
		}
		page, err := d.directory.Memberships(c.context(), directory.Query{
			Where: directory.All{directory.Is(directory.MembershipGroup, command.GroupID.Value), directory.Is(directory.MembershipEmployee, command.EmployeeID.Value)},
			Limit: 1,
		})
		if err != nil {
			return err
		}
		if len(page.Items) == 0 {
			return ofOperators(errors.E(errors.EntityNotFound))
		}
		return c.answer([]any{form(&page.Items[0])})
	}
}

func (d *door) deleteOperator(c *call) error {
	command := directory.DeleteMembership{GroupID: schema.Some(c.id("queue")), EmployeeID: schema.Some(c.id("user"))}
	if err := d.directory.DeleteMemberships(c.context(), []directory.DeleteMembership{command})[0].Err; err != nil {
		return business(ofOperators(err))
	}
	return c.answer(done{true})
}
