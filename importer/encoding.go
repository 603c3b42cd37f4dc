package importer

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/rosterd/rosterd/errors"
)

// charset is how a file writes text.
type charset struct {
	name  string            // for people
	codec encoding.Encoding // nil for UTF-8
	mark  []byte            // the byte order mark at the file's beginning
}

var (
	utf16LE = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf16BE = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
)

// marked are the encodings that a mark tells.
var marked = []charset{
	{"UTF-8", nil, []byte("\xef\xbb\xbf")},
	{"UTF-16LE", utf16LE, []byte("\xff\xfe")},
	{"UTF-16BE", utf16BE, []byte("\xfe\xff")},
}

// reader reads the text of a whole file r in UTF-8, without the mark.
func (c charset) reader(r io.Reader) io.Reader {
	if len(c.mark) > 0 {
		r = &skipping{r: r, left: len(c.mark)}
	}
	if c.codec == nil {
		return r
	}
	return transform.NewReader(r, c.codec.NewDecoder())
}

// skipping leaves out the first bytes.
type skipping struct {
	r    io.Reader
	left int
}

func (s *skipping) Read(p []byte) (int, error) {
	for s.left > 0 {
		n, err := s.r.Read(make([]byte, s.left))
		if s.left -= n; err != nil {
			return 0, err
		}
	}
	return s.r.Read(p)
}

// writer writes UTF-8 to w as text of c, the mark first. Close leaves w open.
func (c charset) writer(w io.Writer) (io.WriteCloser, error) {
	if _, err := w.Write(c.mark); err != nil {
		return nil, err
	}
	if c.codec == nil {
		return open{w}, nil
	}
	return transform.NewWriter(w, c.codec.NewEncoder()), nil
}

// open is a writer that closing leaves open.
type open struct{ io.Writer }

// Close does nothing.
func (open) Close() error { return nil }

// namedCharset is the encoding that a user calls by a name of the WHATWG's list.
func namedCharset(name string) (charset, error) {
	codec, err := htmlindex.Get(name)
	if err != nil {
		return charset{}, errors.New(`there is no encoding "` + name + `"; known are utf-8, utf-16le, utf-16be, windows-1251, koi8-r and the others of the WHATWG's list`)
	}
	canonical, _ := htmlindex.Name(codec)
	if canonical == "utf-8" {
		codec = nil
	}
	return charset{name: canonical, codec: codec}, nil
}

// recognise finds out how a file is encoded, and looks whether all of it is. A
// mark at the beginning wins over the name that was given, if one was.
func recognise(file io.ReadSeeker, name string) (charset, *FileError) {
	head, err := readHead(file)
	if err != nil {
		return charset{}, &FileError{What: readingFailed(err)}
	}
	c, known := charset{name: "UTF-8"}, name != ""
	if known {
		if c, err = namedCharset(name); err != nil {
			return charset{}, &FileError{What: err.Error()}
		}
	}
	if i := slices.IndexFunc(marked, func(m charset) bool { return bytes.HasPrefix(head, m.mark) }); i >= 0 {
		c, known = marked[i], true
	} else if wide := wideWithoutMark(head); !known && wide != nil {
		c, known = *wide, true
	}
	seen, err := look(file, c)
	if err != nil {
		return charset{}, &FileError{What: readingFailed(err)}
	}
	if !known && seen.bad > seen.multibyte && seen.nul == 0 && isPrintable(head) {
		c = charset{name: "windows-1251", codec: charmap.Windows1251}
		if seen, err = look(file, c); err != nil {
			return charset{}, &FileError{What: readingFailed(err)}
		}
	}
	return c, seen.malformed(c, isPrintable(head))
}

// headSize is how much of a file's beginning tells what it is.
const headSize = 8 << 10

func readHead(file io.ReadSeeker) ([]byte, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	head, err := io.ReadAll(io.LimitReader(file, headSize))
	return head, err
}

// wideWithoutMark finds UTF-16 by a header that begins in ASCII.
func wideWithoutMark(head []byte) *charset {
	if len(head) < 4 {
		return nil
	}
	switch a, b, c, d := head[0] != 0, head[1] != 0, head[2] != 0, head[3] != 0; {
	case a && !b && c && !d:
		return &charset{name: "UTF-16LE", codec: utf16LE}
	case !a && b && !c && d:
		return &charset{name: "UTF-16BE", codec: utf16BE}
	}
	return nil
}

// isPrintable reports whether there is no control character that text has not. A
// NUL is told by its line.
func isPrintable(head []byte) bool {
	return !bytes.ContainsFunc(head, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\x00\t\n\v\f\r\x1a", r) })
}

// sight is what was seen in a text that should be UTF-8. Lines count from 1; 0
// is nowhere.
type sight struct {
	nul       int // the line of the first NUL
	invalid   int // of the first byte that is no UTF-8
	replaced  int // of the first U+FFFD
	bad       int // bytes that are no UTF-8
	multibyte int // characters of several bytes
}

// look reads all of a file's text.
func look(file io.ReadSeeker, c charset) (sight, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return sight{}, err
	}
	r := bufio.NewReaderSize(c.reader(file), 64<<10)
	var seen sight
	for line := 1; ; {
		part, err := r.Peek(r.Size())
		if err != nil && err != io.EOF {
			return seen, err
		}
		if err == nil { // a character may be cut
			part = part[:len(part)-cutOff(part)]
		}
		seen.add(part, line)
		line += bytes.Count(part, []byte("\n"))
		if err == io.EOF {
			return seen, nil
		}
		if _, err := r.Discard(len(part)); err != nil {
			return seen, err
		}
	}
}

// cutOff is how many bytes at the end begin a character that goes on.
func cutOff(part []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(part); n++ {
		if tail := part[len(part)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// add looks at a part that begins in line.
func (s *sight) add(part []byte, line int) {
	first := func(place *int, at int) {
		if *place == 0 && at >= 0 {
			*place = line + bytes.Count(part[:at], []byte("\n"))
		}
	}
	first(&s.nul, bytes.IndexByte(part, 0))
	first(&s.replaced, bytes.Index(part, []byte("\ufffd")))
	if utf8.Valid(part) {
		s.multibyte += len(part) - utf8.RuneCount(part)
		return
	}
	for at := 0; at < len(part); {
		r, size := utf8.DecodeRune(part[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			first(&s.invalid, at)
			s.bad++
		case size > 1:
			s.multibyte++
		}
		at += size
	}
}

// malformed is what of it no table can have.
func (s *sight) malformed(c charset, printable bool) *FileError {
	const choose = "; save the file as UTF-8, or name its encoding with --encoding"
	switch {
	case !printable && (s.nul > 0 || s.invalid > 0):
		return &FileError{What: "is binary and no CSV, XLSX or NDJSON"}
	case s.nul > 0:
		return &FileError{Line: s.nul, What: "has a NUL byte; remove it, or name the file's encoding with --encoding"}
	case c.codec == nil && s.invalid > 0:
		return &FileError{Line: s.invalid, What: "has bytes that are no UTF-8" + choose}
	case c.codec != nil && s.replaced > 0:
		return &FileError{Line: s.replaced, What: "has bytes that are no " + c.name + choose}
	}
	return nil
}
