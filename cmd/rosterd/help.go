package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
)

// helpWidth is the length of a line of help in characters.
const helpWidth = 80

// printHelp tells of a method where rosterd call names one, else what kong tells.
func printHelp(options kong.HelpOptions, parsed *kong.Context) error {
	name, revision := "", ""
	for _, p := range parsed.Path {
		if p.Positional != nil && p.Parent != nil && p.Parent.Name == "call" && p.Positional.Name == "method" {
			name = parsed.Value(p).String()
		}
	}
	if name == "" {
		return kong.DefaultHelpPrinter(options, parsed)
	}
	for _, f := range parsed.Flags() {
		if f.Name == "revision" {
			revision, _ = parsed.FlagValue(f).(string)
		}
	}
	m, err := methodNamed(name, revision)
	if err != nil {
		return err
	}
	return printMethod(parsed.Stdout, m)
}

// printMethod tells how to call a method.
func printMethod(w io.Writer, m rpc.Info) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: rosterd call %s [NAME=VALUE ...] [flags]\n\n", m.Name)
	wrap(&b, "", "", m.Summary)
	switch {
	case m.Right != "":
		wrap(&b, "", "", "It needs the right "+m.Right+".")
	case m.Open:
		wrap(&b, "", "", "It needs no token.")
	}
	if len(m.Components) > 0 {
		wrap(&b, "", "", "The account needs the component "+strings.Join(m.Components, " or ")+".")
	}
	if len(m.Params.Fields) > 0 {
		b.WriteString("\nParameters:\n")
		for name, f := range m.Params.Members() {
			indent := strings.Repeat("  ", 1+strings.Count(name, "."))
			wrap(&b, indent, indent+"  ", name+" ("+traits(f)+")")
			wrap(&b, indent+"    ", indent+"    ", about(f))
		}
	}
	if m.Example != "" {
		fmt.Fprintf(&b, "\nExample:\n  rosterd call %s '%s'\n", m.Name, strings.ReplaceAll(m.Example, "'", `'\''`))
	}
	if len(m.Errors) > 0 {
		var own []string
		for _, code := range m.Errors {
			own = append(own, code.Mnemonic)
		}
		slices.Sort(own)
		b.WriteString("\n")
		wrap(&b, "", "", "Errors beyond those of every method: "+strings.Join(own, ", ")+".")
	}
	b.WriteString("\nrosterd call --help tells the flags, and how parameters are given.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// traits is what a value must be.
func traits(f *schema.Field) string {
	text := f.TypeText()
	if f.Required {
		text += ", required"
	}
	if rules := f.RulesText(); rules != "" {
		text += "; " + rules
	}
	if f.Default != "" {
		text += "; default " + f.Default
	}
	return text
}

// about is what a value is.
func about(f *schema.Field) string {
	text := f.Doc
	if f.Component != "" {
		text += " Needs the component " + f.Component + "."
	}
	if f.Example != "" {
		text += " Example: " + f.Example
	}
	return text
}

// wrap writes text in lines of helpWidth, with an indent for the first and one for
// the rest.
func wrap(b *strings.Builder, first, rest, text string) {
	length := 0
	for word := range strings.FieldsSeq(text) {
		switch n := len([]rune(word)); {
		case length == 0:
			b.WriteString(first)
			length = len(first) + n
		case length+1+n > helpWidth:
			b.WriteString("\n" + rest)
			length = len(rest) + n
		default:
			b.WriteString(" ")
			length += 1 + n
		}
		b.WriteString(word)
	}
	if length > 0 {
		b.WriteString("\n")
	}
}
