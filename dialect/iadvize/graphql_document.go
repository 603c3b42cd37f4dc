package iadvize

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/rosterd/rosterd/errors"
)

// Limits of a request.
const (
	MaxQuery      = 100 << 10 // bytes of a document
	MaxTokens     = 10_000    // words and signs of a document
	MaxQueryDepth = 20        // fields in fields; introspection as tools send it needs 15
	MaxCost       = 500_000   // fields that the answer may have, see measure
	MaxPairs      = 100_000   // pairs of fields or fragments that may be answered under one name, which are compared
	MaxErrors     = 100       // things that are told to be wrong with a document
)

// What measure counts with.
const (
	rootCost = 1000 // of a field that asks the roster
	listCost = 10   // elements of a list that is no connection
)

// document is a request that is valid by the schema: one operation, whose arguments are
// all variables, of exactly the types that the schema says.
type document struct {
	operation *ast.OperationDefinition
	fragments ast.FragmentDefinitionList
	variables map[string]any
	text      string

	schema *ast.Schema
	given  map[string]any // the variables of the request
	bound  map[string]measure
	bad    []graphqlError
}

// document reads a request. It says all that is wrong with it, as far as one can tell.
func (s *graphqlServer) document(request graphqlRequest) (*document, []graphqlError) {
	if len(request.Query) > MaxQuery {
		return nil, []graphqlError{errorAt(nil, fmt.Sprintf("The query has %d bytes, more than %d.", len(request.Query), MaxQuery))}
	}
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: request.Query}, MaxTokens)
	if err != nil {
		return nil, syntaxErrors(err)
	}
	if invalid := validator.ValidateWithRules(s.schema, parsed, s.rules); len(invalid) > 0 {
		return nil, validationErrors(invalid)
	}
	d := &document{fragments: parsed.Fragments, variables: map[string]any{}, schema: s.schema, bound: map[string]measure{}}
	switch d.operation = parsed.Operations.ForName(request.OperationName); {
	case request.OperationName != "" && d.operation == nil:
		return nil, []graphqlError{errorAt(nil, "The document has no operation called "+strconv.Quote(request.OperationName)+".")}
	case d.operation == nil:
		return nil, []graphqlError{errorAt(nil, "The document has several operations, or none, and operationName says not which.")}
	}
	d.takeVariables(request.Variables)
	if len(d.bad) == 0 {
		d.measure()
	}
	if len(d.bad) > 0 {
		return nil, d.bad
	}
	d.print()
	return d, nil
}

// syntaxErrors leave out texts, which may be secrets.
func syntaxErrors(err error) []graphqlError {
	var e *gqlerror.Error
	if !errors.As(err, &e) {
		return []graphqlError{errorAt(nil, "Syntax error.")}
	}
	message, _, _ := strings.Cut(e.Message, ` String "`)
	message, _, _ = strings.Cut(message, ` BlockString "`)
	return []graphqlError{located(e, "Syntax error: "+message)}
}

func validationErrors(invalid gqlerror.List) []graphqlError {
	invalid = invalid[:min(len(invalid), MaxErrors)]
	all := make([]graphqlError, len(invalid))
	for i, e := range invalid {
		all[i] = located(e, e.Message)
	}
	return all
}

func located(e *gqlerror.Error, message string) graphqlError {
	told := errorAt(nil, message)
	for _, l := range e.Locations {
		told.Locations = append(told.Locations, graphqlLocation{l.Line, l.Column})
	}
	return told
}

func (d *document) refuse(at *ast.Position, format string, args ...any) {
	if len(d.bad) == MaxErrors {
		return
	}
	d.bad = append(d.bad, errorAt(at, fmt.Sprintf(format, args...)))
}

// takeVariables checks what was given for the operation's variables, and fills in
// what is standard.
func (d *document) takeVariables(given map[string]any) {
	d.given = map[string]any{}
	for _, v := range d.operation.VariableDefinitions {
		value, found := given[v.Variable]
		if !found && v.DefaultValue != nil {
			value, _ = v.DefaultValue.Value(nil)
			if found = true; !d.fits(v.Type, v.DefaultValue) {
				d.refuse(v.Position, "The default of $%s is not of the type %s.", v.Variable, v.Type)
			}
		}
		switch {
		case found:
			d.given[v.Variable] = d.coerce(v.Type, value, v.Position, "$"+v.Variable)
		case v.Type.NonNull:
			d.refuse(v.Position, "The variable $%s of the type %s is not given.", v.Variable, v.Type)
		}
	}
}

// measure is how large a selection's answer may be.
type measure struct{ cost, depth int }

// measure binds all arguments, and checks how deep the document is and how many fields
// its answer may have: a connection counts for each that it may hold, another list for
// listCost, and a field that asks the roster for rootCost beside.
func (d *document) measure() {
	d.operation.VariableDefinitions = nil // those that bind makes take their place
	d.directives(d.operation.Directives)
	m := d.selection(d.operation.SelectionSet)
	if m.depth > MaxQueryDepth {
		d.refuse(d.operation.Position, "The query is %d fields deep, more than %d.", m.depth, MaxQueryDepth)
	}
	if m.cost > MaxCost {
		d.refuse(d.operation.Position, "The query may be answered with more than %d fields. Ask for fewer at a time.", MaxCost)
	}
}

func (d *document) selection(set ast.SelectionSet) (m measure) {
	for _, s := range set {
		var of measure
		switch s := s.(type) {
		case *ast.Field:
			of = d.field(s)
		case *ast.InlineFragment:
			d.directives(s.Directives)
			of = d.selection(s.SelectionSet)
		case *ast.FragmentSpread:
			d.directives(s.Directives)
			of = d.fragment(s.Definition)
		}
		m = measure{min(m.cost+of.cost, MaxCost+1), max(m.depth, of.depth)}
	}
	return m
}

// fragment measures one that may stand in many places, once.
func (d *document) fragment(f *ast.FragmentDefinition) measure {
	m, known := d.bound[f.Name]
	if !known {
		d.directives(f.Directives)
		m = d.selection(f.SelectionSet)
		d.bound[f.Name] = m
	}
	return m
}

func (d *document) field(f *ast.Field) measure {
	d.directives(f.Directives)
	arguments := d.bind(f.Definition.Arguments, &f.Arguments, f.Position)
	of := d.selection(f.SelectionSet)
	cost, times := 1, 1
	if !strings.HasPrefix(f.Name, "__") && (f.ObjectDefinition == d.schema.Query || f.ObjectDefinition == d.schema.Mutation) {
		cost = rootCost
	}
	switch {
	case isConnection(f.Definition):
		times = DefaultPage
		for _, name := range []string{"first", "last"} {
			if n, given := arguments[name].(int32); given {
				times = min(max(int(n), 0), MaxPage)
			}
		}
	case f.Definition.Type.Elem != nil && f.Name != "edges" && len(f.SelectionSet) > 0:
		times = listCost
	}
	return measure{min(cost+times*of.cost, MaxCost+1), of.depth + 1}
}

func isConnection(f *ast.FieldDefinition) bool {
	return f.Arguments.ForName("first") != nil && f.Arguments.ForName("last") != nil
}

func (d *document) directives(list ast.DirectiveList) {
	for _, directive := range list {
		d.bind(directive.Definition.Arguments, &directive.Arguments, directive.Position)
	}
}

// bind checks the arguments of a field, and makes a variable of each.
func (d *document) bind(definitions ast.ArgumentDefinitionList, list *ast.ArgumentList, at *ast.Position) map[string]any {
	values := map[string]any{}
	var bound ast.ArgumentList
	for _, definition := range definitions {
		argument := list.ForName(definition.Name)
		if argument == nil || d.isUnset(argument.Value) {
			if definition.Type.NonNull && definition.DefaultValue == nil {
				d.refuse(at, "The argument %s of the type %s is not given.", definition.Name, definition.Type)
			}
			continue
		}
		value, err := argument.Value.Value(d.given)
		if err != nil || !d.fits(definition.Type, argument.Value) { // an error is a number that is too great
			d.refuse(argument.Position, "The argument %s is not of the type %s.", definition.Name, definition.Type)
			continue
		}
		values[definition.Name] = d.coerce(definition.Type, value, argument.Position, definition.Name)
		name := "a" + strconv.Itoa(len(d.variables))
		d.variables[name] = values[definition.Name]
		variable := &ast.Value{Kind: ast.Variable, Raw: name, Position: argument.Position}
		bound = append(bound, &ast.Argument{Name: argument.Name, Value: variable, Position: argument.Position})
		of := *definition.Type
		of.NonNull = d.variables[name] != nil // fits wherever the argument does
		d.operation.VariableDefinitions = append(d.operation.VariableDefinitions, &ast.VariableDefinition{Variable: name, Type: &of, Position: argument.Position})
	}
	*list = bound
	return values
}

// fits reports whether a literal has texts and names where the type has: coerce cannot
// tell them apart.
func (d *document) fits(t *ast.Type, v *ast.Value) bool {
	if t.Elem != nil && v.Kind != ast.ListValue {
		return d.fits(t.Elem, v)
	}
	definition := d.schema.Types[t.Name()]
	switch v.Kind {
	case ast.EnumValue:
		return definition.Kind == ast.Enum || definition.Kind == ast.Scalar && !definition.BuiltIn
	case ast.StringValue, ast.BlockValue:
		return definition.Kind != ast.Enum
	}
	for _, child := range v.Children {
		of := t.Elem
		if f := definition.Fields.ForName(child.Name); v.Kind == ast.ObjectValue && f != nil {
			of = f.Type
		}
		if of != nil && !d.fits(of, child.Value) {
			return false
		}
	}
	return true
}

// isUnset reports whether a value is a variable of which nothing is given.
func (d *document) isUnset(v *ast.Value) bool {
	_, given := d.given[v.Raw]
	return v.Kind == ast.Variable && !given
}

// coerce is a value in the form of its type: int32, int64 for ids, float64, string,
// bool, []any, map[string]any, or nil. What is none is refused; no text is repeated,
// for it may be a secret.
func (d *document) coerce(t *ast.Type, value any, at *ast.Position, name string) any {
	refuse := func() any {
		d.refuse(at, "%s is not of the type %s.", name, t)
		return nil
	}
	if value == nil {
		if t.NonNull {
			return refuse()
		}
		return nil
	}
	if t.Elem != nil {
		list, is := value.([]any)
		if !is {
			list = []any{value} // one stands for a list of one
		}
		coerced := make([]any, len(list))
		for i, element := range list {
			coerced[i] = d.coerce(t.Elem, element, at, name+"["+strconv.Itoa(i)+"]")
		}
		return coerced
	}
	switch definition := d.schema.Types[t.NamedType]; definition.Kind {
	case ast.InputObject:
		object, is := value.(map[string]any)
		if !is {
			return refuse()
		}
		return d.coerceObject(definition, object, at, name)
	case ast.Enum:
		if text, is := value.(string); !is || definition.EnumValues.ForName(text) == nil {
			return refuse()
		}
		return value
	}
	coerced, ok := scalarOf(t.NamedType, value)
	if !ok {
		return refuse()
	}
	return coerced
}

func (d *document) coerceObject(definition *ast.Definition, object map[string]any, at *ast.Position, name string) any {
	for _, member := range slices.Sorted(maps.Keys(object)) {
		if definition.Fields.ForName(member) == nil {
			d.refuse(at, "%s: the type %s has no member %s.", name, definition.Name, strconv.Quote(member))
		}
	}
	coerced := map[string]any{}
	for _, f := range definition.Fields {
		value, found := object[f.Name]
		if !found && f.DefaultValue != nil {
			value, _ = f.DefaultValue.Value(nil)
			found = true
		}
		switch {
		case found:
			coerced[f.Name] = d.coerce(f.Type, value, at, name+"."+f.Name)
		case f.Type.NonNull:
			d.refuse(at, "%s: the member %s of the type %s is not given.", name, f.Name, f.Type)
		}
	}
	return coerced
}

// scalarOf is a value of a scalar type, in the form that the resolvers want.
func scalarOf(name string, value any) (any, bool) {
	if f, is := value.(float64); is && name != "Float" && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		value = int64(f) // as JSON may write it: 1.0
	}
	switch v := value.(type) {
	case int32: // of a variable, which has been here before
		return scalarOf(name, int64(v))
	case bool:
		return v, name == "Boolean"
	case string:
		if name == "LegacyId" {
			id, err := strconv.ParseInt(v, 10, 64)
			return id, err == nil
		}
		return v, name != "Int" && name != "Float" && name != "Boolean"
	case int64:
		switch name {
		case "LegacyId":
			return v, true
		case "Int":
			return int32(v), v == int64(int32(v))
		case "Float":
			return float64(v), true
		case "ID":
			return strconv.FormatInt(v, 10), true
		}
	case float64:
		return v, name == "Float"
	}
	return nil, false
}

// print writes the operation with the fragments that it uses, for who executes it.
func (d *document) print() {
	var used ast.FragmentDefinitionList
	for _, f := range d.fragments {
		if _, is := d.bound[f.Name]; is {
			used = append(used, f)
		}
	}
	var text strings.Builder
	formatter.NewFormatter(&text, formatter.WithCompacted(), formatter.WithoutDescription()).FormatQueryDocument(&ast.QueryDocument{
		Operations: ast.OperationList{d.operation}, Fragments: used,
	})
	d.text = text.String()
}

// locate is where the field stands that a path leads to; nowhere if there is none.
func (d *document) locate(path []any) []graphqlLocation {
	set, locations := d.operation.SelectionSet, []graphqlLocation{}
	for _, step := range path {
		name, is := step.(string)
		if !is {
			continue // an element of a list
		}
		var below ast.SelectionSet
		locations = []graphqlLocation{}
		for _, f := range named(set, name) {
			locations = append(locations, graphqlLocation{f.Position.Line, f.Position.Column})
			below = append(below, f.SelectionSet...)
		}
		set = below
	}
	return locations
}

// named are the fields of a selection that are answered under a name.
func named(set ast.SelectionSet, name string) (found []*ast.Field) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if s.Alias == name {
				found = append(found, s)
			}
		case *ast.InlineFragment:
			found = append(found, named(s.SelectionSet, name)...)
		case *ast.FragmentSpread:
			found = append(found, named(s.Definition.SelectionSet, name)...)
		}
	}
	return found
}
