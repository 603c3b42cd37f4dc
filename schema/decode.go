package schema

import (
	"bytes"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
)

// decoding reads one document. What its methods return is a syntax error, after
// which nothing else counts.
type decoding struct {
	dec        *jsontext.Decoder
	reserved   []string
	positional bool   // the members of the root were given by position
	name       []byte // the last member's, reused
	found      findings
}

// decoders are those that are not in use; a new one takes long compared with a short
// document.
var decoders = sync.Pool{New: func() any { return new(jsontext.Decoder) }}

func newDecoding(document jsontext.Value, reserved []string) *decoding {
	d := &decoding{dec: decoders.Get().(*jsontext.Decoder), reserved: reserved}
	d.dec.Reset(bytes.NewBuffer(document), jsontext.AllowDuplicateNames(true)) // whoever called has refused duplicate names
	return d
}

// end gives the decoder back, and the document with it.
func (d *decoding) end() {
	d.dec.Reset(bytes.NewBuffer(nil))
	decoders.Put(d.dec)
}

// document reads all of it into a place of type t.
func (d *decoding) document(t *Type, into reflect.Value) error {
	var err error
	if t.Kind == Object && d.dec.PeekKind() == '[' {
		d.positional = true
		err = d.byPosition(t, into)
	} else {
		err = d.value(t, into, root)
	}
	if err != nil {
		return err
	}
	if _, err := d.dec.ReadToken(); err != io.EOF {
		return errors.New("more after the end")
	}
	return nil
}

// value reads the next value into a place of type t.
func (d *decoding) value(t *Type, into reflect.Value, at place) error {
	kind := d.dec.PeekKind()
	switch {
	case t.Kind == Object && kind == '{':
		return d.object(t, into, at.path())
	case t.Kind == Array && kind == '[':
		return d.array(t, into, at.path())
	}
	raw, err := d.dec.ReadValue()
	if err != nil {
		return err
	}
	switch {
	case t.Kind == Any:
		into.SetBytes(raw.Clone())
	case (t.Kind == String || t.Kind == Enum) && kind == '"':
		into.SetString(unquote(raw))
	case t.Kind == Boolean && (kind == 't' || kind == 'f'):
		into.SetBool(kind == 't')
	case t.Kind == Number && kind == '0':
		n, ok := Whole(string(raw))
		if !ok {
			d.found.shape(errors.InvalidParameterValue, at.path(), shownRaw(raw))
			break
		}
		into.SetInt(n)
	default:
		d.found.shape(errors.DataTypeError, at.path(), shownRaw(raw))
	}
	return nil
}

func (d *decoding) object(t *Type, into reflect.Value, at errors.Path) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	given := make([]bool, len(t.Fields))
	unknown := 0
	for d.dec.PeekKind() != '}' {
		quoted, err := d.dec.ReadValue()
		if err != nil {
			return err
		}
		if d.name, err = jsontext.AppendUnquote(d.name[:0], quoted); err != nil {
			return err
		}
		i, known := t.index[string(d.name)]
		switch {
		case at.IsRoot() && slices.Contains(d.reserved, string(d.name)), !known && unknown == MaxViolations:
			err = d.dec.SkipValue()
		case known:
			given[i] = true
			err = d.member(t.Fields[i], into, at)
		default:
			unknown++
			err = d.unexpected(at.Key(string(d.name)))
		}
		if err != nil {
			return err
		}
	}
	for i, f := range t.Fields {
		if !given[i] {
			d.absent(f, at)
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// byPosition reads an array whose elements are the members of t.
func (d *decoding) byPosition(t *Type, into reflect.Value) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	var at errors.Path
	i := 0
	for ; d.dec.PeekKind() != ']'; i++ {
		var err error
		switch {
		case i >= len(t.Fields)+MaxViolations:
			err = d.dec.SkipValue()
		case i >= len(t.Fields):
			err = d.unexpected(at.Index(i))
		case d.dec.PeekKind() == 'n':
			d.absent(t.Fields[i], at)
			err = d.dec.SkipValue()
		default:
			err = d.member(t.Fields[i], into, at)
		}
		if err != nil {
			return err
		}
	}
	for _, f := range t.Fields[min(i, len(t.Fields)):] {
		d.absent(f, at)
	}
	_, err := d.dec.ReadToken()
	return err
}

// unexpected notes a value that no member waits for.
func (d *decoding) unexpected(at errors.Path) error {
	raw, err := d.dec.ReadValue()
	if err == nil {
		d.found.shape(errors.UnexpectedParameters, at, shownRaw(raw))
	}
	return err
}

// member reads the next value into the member of a struct.
func (d *decoding) member(f *Field, in reflect.Value, at errors.Path) error {
	v := in.FieldByIndex(f.index)
	isNull := d.dec.PeekKind() == 'n'
	switch {
	case f.Optional && isNull:
		*presenceOf(v) = null
		return d.dec.SkipValue()
	case f.Optional:
		*presenceOf(v) = set
		v = v.Field(optValue)
	case isNull && (f.Required || f.NoNull):
		d.found.shape(errors.RequiredParameterMissed, at.Key(f.Name), nil)
		return d.dec.SkipValue()
	}
	return d.value(f.Type, v, member(at, f.Name))
}

// absent notes what is missed where a member is not given. A member that is an
// Opt can tell that itself later.
func (d *decoding) absent(f *Field, at errors.Path) {
	switch {
	case f.Optional:
	case f.Required:
		d.found.shape(errors.RequiredParameterMissed, at.Key(f.Name), nil)
	case f.Type.Kind == Object:
		for _, inner := range f.Type.Fields {
			d.absent(inner, at.Key(f.Name))
		}
	}
}

func (d *decoding) array(t *Type, into reflect.Value, at errors.Path) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	into.Set(t.empty)
	start := len(d.found.all)
	for i := 0; d.dec.PeekKind() != ']'; i++ {
		var err error
		if t.items == 0 || i <= t.items {
			into.Grow(1)
			into.SetLen(i + 1)
		}
		// The one element that is too many shows that the array is too long.
		if t.items > 0 && i >= t.items || d.found.full(start) {
			err = d.dec.SkipValue()
		} else {
			err = d.value(t.Elem, into.Index(i), element(at, i))
		}
		if err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// unquote is the string that raw, valid JSON, denotes.
func unquote(raw jsontext.Value) string {
	if text := raw[1 : len(raw)-1]; bytes.IndexByte(text, '\\') < 0 {
		return string(text)
	}
	text, _ := jsontext.AppendUnquote(nil, raw)
	return string(text)
}

// shownRaw is raw, valid JSON, as a violation repeats it.
func shownRaw(raw jsontext.Value) *string {
	switch raw.Kind() {
	case '{', '[':
		return nil
	case '"':
		return errors.Shown(unquote(raw))
	default:
		return errors.Shown(string(raw))
	}
}

// maxDigits is the length of the largest int64.
const maxDigits = 19

// Whole is the whole number that a JSON number denotes, however it is
// spelled, and whether it is one that fits.
func Whole(number string) (n int64, ok bool) {
	n, err := strconv.ParseInt(number, 10, 64)
	if err == nil {
		return n, true
	}
	mantissa, exponent := number, int64(0)
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		mantissa = number[:i]
		// One that is out of range becomes the largest of 32 bits, far more than
		// there are digits: the result is the same.
		exponent, _ = strconv.ParseInt(number[i+1:], 10, 32)
	}
	unsigned := strings.TrimPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(unsigned, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return 0, true
	}
	zeros := exponent - int64(len(fraction)) + int64(len(digits)-len(significant))
	if zeros < 0 || int64(len(significant))+zeros > maxDigits {
		return 0, false
	}
	sign := mantissa[:len(mantissa)-len(unsigned)]
	n, err = strconv.ParseInt(sign+significant+strings.Repeat("0", int(zeros)), 10, 64)
	return n, err == nil
}
