package libraryh3lp

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

const queueType = "queue"

// pageSize is how many rows are read at a time where a whole list is answered.
const pageSize = 500

func (d *door) listQueues(c *call) error {
	if err := c.rootOnly(); err != nil {
		return err
	}
	return d.list(c, func(add func(any) error) error {
		for after := int64(0); ; {
			page, err := d.directory.ChatGroups(c.context(), directory.Query{
				Where: directory.Test{Field: "id", Op: directory.OpGreater, Values: []any{after}},
				Limit: pageSize,
			})
			if err != nil {
				return err
			}
			for i := range page.Items {
				if err := add(queueOf(&page.Items[i])); err != nil {
					return err
				}
				after = page.Items[i].ID
			}
			if len(page.Items) < pageSize {
				return nil
			}
		}
	})
}

func (d *door) getQueue(c *call) error {
	g, err := d.group(c, c.id("queue"))
	if err != nil {
		return err
	}
	return c.answer(queueOf(g))
}

func (d *door) createQueue(c *call) error {
	name, settings, err := c.queueGiven()
	if err != nil {
		return business(ofQueues(err))
	}
	command := directory.CreateChatGroup{GroupSettings: settings}
	command.Name, command.Handle = name, converted[directory.GroupHandle](name)
	created := d.directory.CreateChatGroups(c.context(), []directory.CreateChatGroup{command})[0]
	if created.Err != nil {
		return business(ofQueues(created.Err))
	}
	return d.answerQueue(c, created.Value)
}

func (d *door) updateQueue(c *call) error {
	name, settings, err := c.queueGiven()
	if err != nil {
		return business(ofQueues(err))
	}
	id := c.id("queue")
	command := directory.UpdateChatGroup{GroupSettings: settings}
	command.ID, command.Handle = schema.Some(id), converted[directory.GroupHandle](name)
	if err := d.directory.UpdateChatGroups(c.context(), []directory.UpdateChatGroup{command})[0].Err; err != nil {
		return ofQueues(err)
	}
	return d.answerQueue(c, id)
}

func (d *door) deleteQueue(c *call) error {
	command := directory.DeleteGroup{ID: schema.Some(c.id("queue"))}
	if err := d.directory.DeleteGroups(c.context(), []directory.DeleteGroup{command})[0].Err; err != nil {
		return business(ofQueues(err))
	}
	return c.answer(done{true})
}

// queueGiven is what a request gives of a queue. Its show is that of its operators:
// like other properties that cannot be written, it is left alone.
func (c *call) queueGiven() (name schema.Opt[string], settings directory.GroupSettings, err error) {
	if err := c.noFolder(queueType); err != nil {
		return name, settings, err
	}
	var bad errors.List
	name = c.text("name", &bad)
	settings.Email = converted[directory.Email](c.text("email", &bad))
	settings.Avatar = c.text("avatar", &bad)
	settings.Enabled = c.truth("enabled", &bad)
	settings.Transcripts = c.truth("transcripts", &bad)
	return name, settings, bad.Err()
}

// truth is a boolean that the body gives.
func (c *call) truth(name string, bad *errors.List) schema.Opt[bool] {
	truth, ok := c.given.truth(name)
	if !ok {
		bad.Add(errors.DataTypeError, errors.Path{}.Key(name), nil)
	}
	return truth
}

// answerQueue answers a list of the one queue.
func (d *door) answerQueue(c *call, id int64) error {
	g, err := d.group(c, id)
	if err != nil {
		return err
	}
	return c.answer([]queue{queueOf(g)})
}

func (d *door) group(c *call, id int64) (*directory.ChatGroup, error) {
	page, err := d.directory.ChatGroups(c.context(), directory.Query{Where: directory.Is("id", id), Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Items) == 0 {
		return nil, ofQueues(errors.At(errors.EntityNotFound, errors.Path{}.Key("id"), nil))
	}
	return &page.Items[0], nil
}
