package libraryh3lp

import (
	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/errors"
)

// There are no folders: all users and queues are at the root, whose id is 0.

const rootFolder = 0

// rootOnly refuses to list another folder than the root.
func (c *call) rootOnly() error {
	query, err := formFields(dialect.URLEncoded(c.r.URL.RawQuery))
	if err != nil {
		return err
	}
	node, ok := query.id("node")
	if !ok || node.Or(rootFolder) != rootFolder {
		return errors.At(errors.EntityNotFound, errors.Path{}.Key("node"), nil)
	}
	return nil
}

// noFolder refuses to make a folder, or anything in one.
func (c *call) noFolder(resource string) error {
	var bad errors.List
	kind, ok := c.given.text("type")
	switch {
	case kind.Value == "folder":
		bad.Add(errors.EntityNotFound, errors.Path{}.Key("parent_id"), nil)
	case !ok || kind.Or(resource) != resource:
		bad.Add(errors.InvalidParameterValue, errors.Path{}.Key("type"), nil)
	}
	parent, ok := c.given.id("parent_id")
	if !ok || parent.Or(rootFolder) != rootFolder {
		bad.Add(errors.EntityNotFound, errors.Path{}.Key("parent_id"), nil)
	}
	return bad.Err()
}
