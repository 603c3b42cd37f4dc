package schema

import (
	"iter"
	"slices"
	"strings"
)

// Members yields the members of an object, or of the elements of an array, and
// what is in them, each after what it is in, by dotted name:
// phone_numbers.phone_number. Where a type contains itself, it is not entered
// again.
func (t *Type) Members() iter.Seq2[string, *Field] {
	return func(yield func(string, *Field) bool) { t.members("", nil, yield) }
}

func (t *Type) members(prefix string, above []*Type, yield func(string, *Field) bool) bool {
	for t.Kind == Array {
		t = t.Elem
	}
	if slices.Contains(above, t) {
		return true
	}
	for _, f := range t.Fields {
		if !yield(prefix+f.Name, f) || !f.Type.members(prefix+f.Name+".", append(above, t), yield) {
			return false
		}
	}
	return true
}

// TypeText puts the type and its unit into words: "array of numbers", "number, s".
func (f *Field) TypeText() string {
	text := string(f.Type.Kind)
	if f.Type.Kind == Array {
		text = "array of " + string(f.Type.Elem.Kind) + "s"
	}
	if f.Unit != "" {
		text += ", " + f.Unit
	}
	return text
}

// RulesText puts what is allowed into words: "1 to 255 characters; at most 10".
func (f *Field) RulesText() string {
	var rules []string
	if len(f.Enum) > 0 {
		rules = append(rules, strings.Join(f.Enum, ", "))
	}
	if f.Range != "" {
		rules = append(rules, spanText(f.Range))
	}
	if f.Length != "" {
		rules = append(rules, spanText(f.Length)+" characters")
	}
	if f.Items != "" {
		rules = append(rules, "at most "+f.Items)
	}
	return strings.Join(rules, "; ")
}

// spanText puts a tag like 1..255 or ..255 into words.
func spanText(tag string) string {
	low, high, _ := strings.Cut(tag, "..")
	switch {
	case low == "":
		return "at most " + high
	case high == "":
		return "at least " + low
	}
	return low + " to " + high
}
