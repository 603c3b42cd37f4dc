package importer

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// What the package comment says of cells, in both directions.

const (
	nullCell = "null"
	escape   = `\` // at a text's beginning: the rest is the text
	between  = ";" // the elements of a list
)

var (
	idCell = regexp.MustCompile(`^#[0-9]{1,18}$`)

	// rounded is how spreadsheets show a number that is too long for them.
	rounded = regexp.MustCompile(`^-?[0-9]([.,][0-9]+)?E\+[0-9]+$`)
)

var booleans = map[string]bool{
	"true": true, "1": true, "yes": true, "да": true,
	"false": false, "0": false, "no": false, "нет": false,
}

// isEmpty reports whether a cell says nothing.
func isEmpty(cell string) bool { return strings.TrimSpace(cell) == "" }

// appendValue appends the JSON value of a cell, which is not empty, to dst. If
// it has none, the code says why.
func (c *Column) appendValue(dst []byte, cell string) ([]byte, *errors.Code) {
	trimmed := strings.TrimSpace(cell)
	switch {
	case trimmed == nullCell:
		return append(dst, nullCell...), nil
	case c.Clears && c.kind == schema.Array && trimmed == "[]":
		return append(dst, trimmed...), nil
	case c.Clears:
		return dst, errors.InvalidParameterValue
	case c.List:
		return c.appendList(dst, trimmed)
	}
	return c.appendScalar(dst, cell)
}

func (c *Column) appendScalar(dst []byte, cell string) ([]byte, *errors.Code) {
	trimmed := strings.TrimSpace(cell)
	switch {
	case c.isText():
		return c.appendText(dst, cell)
	case c.kind == schema.Boolean:
		b, ok := booleans[strings.ToLower(trimmed)]
		if !ok {
			return dst, errors.DataTypeError
		}
		return strconv.AppendBool(dst, b), nil
	}
	n, err := strconv.ParseInt(trimmed, 10, 64)
	if err == nil {
		return strconv.AppendInt(dst, n, 10), nil
	}
	if number := jsontext.Value(trimmed); !number.IsValid() || number.Kind() != '0' {
		return dst, errors.DataTypeError
	}
	n, ok := schema.Whole(trimmed)
	if !ok {
		return dst, errors.InvalidParameterValue
	}
	return strconv.AppendInt(dst, n, 10), nil
}

// isText reports whether the column's cells, or elements of its lists, are texts:
// what refers to something may be a name.
func (c *Column) isText() bool {
	return c.kind == schema.String || c.kind == schema.Enum || c.Refers != RefersToNothing
}

// takesID reports whether #13 is an id.
func (c *Column) takesID() bool { return c.kind == schema.Number && c.Refers != RefersToNothing }

func (c *Column) appendText(dst []byte, text string) ([]byte, *errors.Code) {
	switch {
	case strings.HasPrefix(text, escape):
		return appendString(dst, text[len(escape):]), nil
	case c.takesID() && idCell.MatchString(text):
		n, _ := strconv.ParseInt(text[1:], 10, 64) // of at most 18 digits
		return strconv.AppendInt(dst, n, 10), nil
	case rounded.MatchString(text):
		return dst, errors.InvalidParameterValue
	}
	return appendString(dst, text), nil
}

func appendString(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, text) // files are UTF-8 by now; what is not, is replaced
	return dst
}

func (c *Column) appendList(dst []byte, cell string) ([]byte, *errors.Code) {
	if strings.HasPrefix(cell, "[") {
		list := jsontext.Value(cell)
		if list.Compact() != nil {
			return dst, errors.InvalidParameterValue
		}
		return append(dst, list...), nil
	}
	dst = append(dst, '[')
	before := len(dst)
	for element := range strings.SplitSeq(cell, between) {
		if element = strings.TrimSpace(element); element == "" {
			continue
		}
		if len(dst) > before {
			dst = append(dst, ',')
		}
		var code *errors.Code
		if dst, code = c.appendScalar(dst, element); code != nil {
			return dst, code
		}
	}
	if len(dst) == before {
		return dst, errors.InvalidParameterValue // the empty list is written []
	}
	return append(dst, ']'), nil
}

// cell is the cell of a JSON value: appendValue's reverse. guard makes the cell
// one that no spreadsheet takes for a formula.
func (c *Column) cell(value jsontext.Value, guard bool) (cell string, ok bool) {
	switch {
	case value.Kind() == 'n':
		return nullCell, true
	case c.Clears:
		return "[]", c.kind == schema.Array && string(value) == "[]"
	case c.List:
		return c.listCell(value, guard)
	}
	return c.scalarCell(value, guard)
}

func (c *Column) scalarCell(value jsontext.Value, guard bool) (cell string, ok bool) {
	switch kind := value.Kind(); {
	case kind == '"' && c.isText():
		var text string
		if json.Unmarshal(value, &text) != nil {
			return "", false
		}
		if c.mustEscape(text) || guard && isFormula(text) {
			text = escape + text
		}
		return text, true
	case kind == '0' && c.takesID():
		n, ok := schema.Whole(string(value))
		return "#" + strconv.FormatInt(n, 10), ok && idCell.MatchString("#"+strconv.FormatInt(n, 10))
	case kind == '0' && c.kind == schema.Number:
		n, ok := schema.Whole(string(value))
		return strconv.FormatInt(n, 10), ok
	case (kind == 't' || kind == 'f') && c.kind == schema.Boolean:
		return string(value), true
	}
	return "", false
}

// mustEscape reports whether text as a cell would be read as something else.
func (c *Column) mustEscape(text string) bool {
	trimmed := strings.TrimSpace(text)
	return trimmed == "" || trimmed == nullCell || strings.HasPrefix(text, escape) ||
		c.takesID() && idCell.MatchString(text) || rounded.MatchString(text)
}

// listCell writes a list with semicolons where that is read as the same list,
// and in JSON where it is not.
func (c *Column) listCell(value jsontext.Value, guard bool) (cell string, ok bool) {
	var elements []jsontext.Value
	if json.Unmarshal(value, &elements) != nil {
		return "", false
	}
	cells := make([]string, len(elements))
	plain := len(elements) > 0
	for i, element := range elements {
		cell, ok := c.scalarCell(element, false)
		if !ok {
			return "", false
		}
		cells[i] = cell
		plain = plain && cell == strings.TrimSpace(cell) && !strings.ContainsAny(cell, between+escape)
	}
	cell = strings.Join(cells, between)
	if plain && cell != nullCell && !strings.HasPrefix(cell, "[") && !(guard && isFormula(cell)) {
		return cell, true
	}
	list := value.Clone()
	return string(list), list.Compact() == nil
}

// isFormula reports whether a spreadsheet that opens a CSV may take the cell for
// a formula. Numbers with a sign, among them phone numbers, are harmless.
func isFormula(cell string) bool {
	for _, first := range []string{"=", "@", "\t", "\r", "\n", "＝", "＠", "＋", "－"} {
		if strings.HasPrefix(cell, first) {
			return true
		}
	}
	signed := strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "-")
	return signed && strings.Trim(cell[1:], "0123456789 ().-*#") != ""
}

// harmless is text as a cell of CSV that is not taken for a formula.
func harmless(text string) string {
	if isFormula(text) {
		return escape + text
	}
	return text
}
