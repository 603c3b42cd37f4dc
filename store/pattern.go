package store

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
)

// posixPattern writes an RE2 pattern as one of PostgreSQL that matches the same
// texts: what RE2 says with flags and classes is said with sets of characters.
// The pattern was checked before; one that was not matches nothing.
func posixPattern(re2 string) string {
	re, err := syntax.Parse(re2, syntax.Perl)
	if err != nil {
		return `(?!)`
	}
	var b strings.Builder
	posix(&b, re.Simplify())
	return b.String()
}

func posix(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpNoMatch:
		b.WriteString(`(?!)`)
	case syntax.OpEmptyMatch:
		b.WriteString(`(?:)`)
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if re.Flags&syntax.FoldCase == 0 {
				posixSet(b, []rune{r, r})
				continue
			}
			set := []rune{r, r}
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				set = append(set, f, f)
			}
			posixSet(b, set)
		}
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			b.WriteString(`(?!)`)
			return
		}
		posixSet(b, re.Rune)
	case syntax.OpAnyCharNotNL:
		b.WriteString(`[^\n]`)
	case syntax.OpAnyChar:
		b.WriteString(`(?:.|\n)`)
	case syntax.OpBeginLine:
		b.WriteString(`(?:\A|(?<=\n))`)
	case syntax.OpEndLine:
		b.WriteString(`(?:\Z|(?=\n))`)
	case syntax.OpBeginText:
		b.WriteString(`\A`)
	case syntax.OpEndText:
		b.WriteString(`\Z`)
	case syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		before, after := `(?<=[0-9A-Za-z_])`, `(?=[0-9A-Za-z_])`
		notBefore, notAfter := `(?<![0-9A-Za-z_])`, `(?![0-9A-Za-z_])`
		if re.Op == syntax.OpWordBoundary {
			b.WriteString(`(?:` + before + notAfter + `|` + notBefore + after + `)`)
		} else {
			b.WriteString(`(?:` + before + after + `|` + notBefore + notAfter + `)`)
		}
	case syntax.OpCapture:
		posixGroup(b, re.Sub[0], "")
	case syntax.OpStar:
		posixGroup(b, re.Sub[0], "*")
	case syntax.OpPlus:
		posixGroup(b, re.Sub[0], "+")
	case syntax.OpQuest:
		posixGroup(b, re.Sub[0], "?")
	case syntax.OpRepeat:
		limits := fmt.Sprintf("{%d,%d}", re.Min, re.Max)
		if re.Max < 0 {
			limits = fmt.Sprintf("{%d,}", re.Min)
		}
		posixGroup(b, re.Sub[0], limits)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			posixGroup(b, sub, "")
		}
	case syntax.OpAlternate:
		b.WriteString(`(?:`)
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			posix(b, sub)
		}
		b.WriteByte(')')
	}
}

func posixGroup(b *strings.Builder, re *syntax.Regexp, repeated string) {
	b.WriteString(`(?:`)
	posix(b, re)
	b.WriteString(`)` + repeated)
}

// posixSet writes a set of characters, given as pairs of first and last.
func posixSet(b *strings.Builder, pairs []rune) {
	b.WriteByte('[')
	for i := 0; i < len(pairs); i += 2 {
		low, high := pairs[i], min(pairs[i+1], 0x10FFFF)
		if low == 0 {
			low = 1 // PostgreSQL has no U+0000
		}
		if low > high {
			continue
		}
		fmt.Fprintf(b, `\U%08X`, low)
		if high > low {
			fmt.Fprintf(b, `-\U%08X`, high)
		}
	}
	b.WriteByte(']')
}
