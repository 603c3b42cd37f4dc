package importer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Reference says what the number in a column is the id of. A cell may hold a
// name instead, which is then a JSON string where create.employees has a number.
type Reference string

// What a column may refer to.
const (
	RefersToNothing  Reference = ""
	RefersToEmployee Reference = "employee" // by handle
	RefersToGroup    Reference = "group"    // by name
	RefersToPosition Reference = "position" // by name
	RefersToSchedule Reference = "schedule" // by name
	RefersToSite     Reference = "site"     // by domain name
	RefersToSkill    Reference = "skill"    // by name
	RefersToStatus   Reference = "status"   // by mnemonic, or by name; always a string
)

// references are the columns that may hold a name.
var references = map[string]Reference{
	"coach.coach_id":                RefersToEmployee,
	"groups":                        RefersToGroup,
	"operator.operator_position_id": RefersToPosition,
	"operator.operator_sites":       RefersToSite,
	"schedule_id":                   RefersToSchedule,
	"skills":                        RefersToSkill,
	"status":                        RefersToStatus,
}

// writeOptions are parameters that say how to write and nothing of the employee.
var writeOptions = []string{"access_token", "user_id", "idempotency_key", "dry_run", "expected_version", "batch_id", "atomic", "import_row"}

// Column is one column of a table of employees. Columns makes them.
type Column struct {
	Name       string      // the header: "phone_numbers.1.phone_number"
	Path       errors.Path // of the parameter in create.employees
	Doc        string
	Type       string    // in words: "text, 1 to 255 characters"
	Required   bool      // every employee needs it
	RequiredIn string    // the object that needs it where it is given: "operator"; "" if none
	Unit       string    // of a number: "s"
	Default    string    // as a cell; "" is none
	Enum       []string  // the words allowed; nil if any are
	Example    string    // as a cell; "" is none
	Secret     bool      // what it holds is repeated nowhere
	Refers     Reference // what a name in it is the name of
	List       bool      // a cell is a list
	Clears     bool      // named after an object or an array of objects; a cell is null, or [] for an array

	kind  schema.Kind // of the value, of a list's elements, of what is cleared
	steps []step      // from params to the value
}

// step is one way down in params: a member, or in an array an element.
type step struct {
	name  string // "" for an element
	index int    // from 0
}

// Columns are those of create.employees under a revision of the contract, in
// the order of its parameters, without those that only clear. The caller may
// leave some out and change the order.
func Columns(revision string) []Column {
	return slices.DeleteFunc(allColumns(revision), func(c Column) bool { return c.Clears })
}

// ClearingColumns are those named after an object or an array of objects:
// "operator", "phone_numbers". They may be in a file and are in no template.
func ClearingColumns(revision string) []Column {
	return slices.DeleteFunc(allColumns(revision), func(c Column) bool { return !c.Clears })
}

// allColumns are all that a file may have.
func allColumns(revision string) []Column {
	var all []Column
	for _, f := range schema.Of[directory.CreateEmployee](revision).Type().Fields {
		if !slices.Contains(writeOptions, f.Name) {
			all = appendColumns(all, f, Column{Required: true})
		}
	}
	return all
}

// appendColumns adds the columns of f and of what is below it. in is the object
// that f is a member of; it is required if all that it is in is.
func appendColumns(all []Column, f *schema.Field, in Column) []Column {
	c := in.down(step{name: f.Name}, in.Path.Key(f.Name))
	c.Doc, c.Unit, c.Enum, c.Secret = f.Doc, f.Unit, f.Enum, f.Secret
	c.Required, c.RequiredIn = f.Required && in.Required, ""
	if f.Required && !in.Required {
		c.RequiredIn = in.Name
	}
	t := f.Type
	isList := t.Kind == schema.Array && t.Elem.Kind != schema.Object
	if t.Kind == schema.Object || t.Kind == schema.Array && !isList {
		c.Clears, c.kind, c.Type = true, t.Kind, "null, to clear all of it"
		all = append(all, c)
	}
	switch {
	case t.Kind == schema.Object:
		for _, member := range t.Fields {
			all = appendColumns(all, member, c)
		}
	case t.Kind == schema.Array && !isList:
		count, _ := strconv.Atoi(f.Items) // which schema has read as a number
		for i := range count {
			element := c.down(step{index: i}, c.Path.Index(i))
			element.Required = c.Required && i == 0 // the others may be missing
			for _, member := range t.Elem.Fields {
				all = appendColumns(all, member, element)
			}
		}
	default:
		c.kind, c.List, c.Refers = t.Kind, isList, references[c.Name]
		if isList {
			c.kind = t.Elem.Kind
		}
		c.Type = c.typeText(f)
		c.Default, c.Example = c.sample(f.Default), c.sample(f.Example)
		all = append(all, c)
	}
	return all
}

// down is a column one step below c, as yet without anything but its place.
func (c Column) down(s step, path errors.Path) Column {
	name := s.name
	if name == "" {
		name = strconv.Itoa(s.index + 1)
	}
	if c.Name != "" {
		name = c.Name + "." + name
	}
	return Column{Name: name, Path: path, steps: append(slices.Clone(c.steps), s)}
}

// typeText puts what a cell of the column holds into words.
func (c *Column) typeText(f *schema.Field) string {
	text := map[schema.Kind]string{
		schema.String: "text", schema.Enum: "word", schema.Number: "whole number", schema.Boolean: "true or false",
	}[c.kind]
	switch {
	case c.Refers == RefersToStatus:
		text = "word, or the name of a status"
	case c.Refers == RefersToEmployee:
		text = "handle or #id of an employee"
	case c.Refers == RefersToSite:
		text = "domain name or #id of a site"
	case c.Refers != RefersToNothing:
		text = "name or #id of a " + string(c.Refers)
	}
	if c.List {
		text = "list: " + text
	}
	rules := *f
	rules.Enum = nil // has a place of its own
	if r := rules.RulesText(); r != "" {
		text += "; " + r
	}
	return text
}

// sample is the text of a tag as a cell.
func (c *Column) sample(text string) string {
	if !c.List || text == "" {
		return text
	}
	var elements []string
	if err := json.Unmarshal([]byte(text), &elements); err != nil {
		return text
	}
	return strings.Join(elements, ";")
}
