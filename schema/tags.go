package schema

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// tagKeys are all keys that a tag may have.
var tagKeys = []string{
	"json", "doc", "unit", "example", "default", "required", "null", "length", "range", "enum",
	"items", "unique", "secret", "partial", "filter", "sort", "ours", "component",
}

// fail stops the program that was written wrong at where, a type or a field.
func fail(where, format string, args ...any) {
	panic("schema: " + where + ": " + fmt.Sprintf(format, args...))
}

// tags are the tags of one field as they hold under one revision.
type tags struct {
	where string
	value map[string]string
}

func parseTags(where, tag, revision string) tags {
	plain, revised := map[string]string{}, map[string]string{}
	for rest := strings.TrimSpace(tag); rest != ""; {
		key, after, _ := strings.Cut(rest, ":")
		quoted, err := strconv.QuotedPrefix(after)
		if err != nil || quoted[0] != '"' {
			fail(where, "tag %q is not key:\"value\"", rest)
		}
		value, _ := strconv.Unquote(quoted) // QuotedPrefix has found it good
		rest = strings.TrimSpace(after[len(quoted):])

		rule, of, isRevised := strings.Cut(key, "@")
		if !slices.Contains(tagKeys, rule) {
			fail(where, "unknown tag key %q; known are %s", key, strings.Join(tagKeys, ", "))
		}
		if isRevised && (of == "" || rule == "json") {
			fail(where, "tag key %q names no revision, or is one that cannot differ by revision", key)
		}
		into := plain
		switch {
		case isRevised && of != revision:
			continue
		case isRevised:
			into = revised
		}
		if _, twice := into[rule]; twice {
			fail(where, "tag key %q stands twice", key)
		}
		into[rule] = value
	}
	maps.Copy(plain, revised)
	return tags{where, plain}
}

// flag is a tag that is true or false, and false if there is none.
func (t tags) flag(key string) bool { return t.choice(key, "false", "true") }

// choice reports whether a tag has the value yes; it may also have the value no.
func (t tags) choice(key, no, yes string) bool {
	switch v := t.value[key]; v {
	case "", no:
		return false
	case yes:
		return true
	default:
		fail(t.where, "%s is %q and must be %q or %q", key, v, yes, no)
		return false
	}
}

// count is a tag that is a positive number, and 0 if there is none.
func (t tags) count(key string) int {
	v := t.value[key]
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		fail(t.where, "%s is %q and must be a number from 1", key, v)
	}
	return n
}

// list is a tag of words between commas.
func (t tags) list(key string) []string {
	v := t.value[key]
	if v == "" {
		return nil
	}
	words := strings.Split(v, ",")
	for i, word := range words {
		if word == "" || slices.Contains(words[:i], word) {
			fail(t.where, "%s is %q: a word is empty or stands twice", key, v)
		}
	}
	return words
}

// span is a range of whole numbers, both ends included.
type span struct{ min, max int64 }

var unbounded = span{math.MinInt64, math.MaxInt64}

func (s span) has(n int64) bool { return s.min <= n && n <= s.max }

// span is a tag like 1..255 or 1.., and unbounded if there is none.
func (t tags) span(key string) span {
	v := t.value[key]
	if v == "" {
		return unbounded
	}
	s := unbounded
	low, high, ok := strings.Cut(v, "..")
	var errLow, errHigh error
	if low != "" {
		s.min, errLow = strconv.ParseInt(low, 10, 64)
	}
	if high != "" {
		s.max, errHigh = strconv.ParseInt(high, 10, 64)
	}
	if !ok || low == "" && high == "" || errLow != nil || errHigh != nil || s.min > s.max {
		fail(t.where, "%s is %q and must be like 1..255, 1.. or ..255", key, v)
	}
	return s
}
