package importer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
)

// Format is how a file holds its rows.
type Format string

// The formats.
const (
	CSV    Format = "csv"
	XLSX   Format = "xlsx"
	NDJSON Format = "ndjson" // an object with the params of create.employees a line
)

// Limits of what is read. A file beyond one of them is malformed.
const (
	MaxLine     = 1 << 20  // bytes of a row of CSV or a line of NDJSON, in UTF-8
	MaxColumns  = 1000     // columns of a table
	MaxCell     = 64 << 10 // bytes of a cell, in UTF-8
	MaxUnzipped = 1 << 30  // bytes of all that is in an XLSX
	MaxPart     = 32 << 20 // bytes of what is in an XLSX beside sheets and their texts
	MaxTexts    = 2 << 20  // different texts in an XLSX, where they are kept together
)

// Options say what is not to be recognised; the zero Options recognise all.
type Options struct {
	Revision  string  // of the contract, as schema.Of takes it
	Format    Format  // "" is recognised by content, then by the file's ending
	Delimiter rune    // of CSV; 0 is recognised among comma, semicolon, tab and |
	Encoding  string  // of CSV and NDJSON, a name of the WHATWG's list ("windows-1251"); "" is recognised among UTF-8, UTF-16 and Windows-1251
	Mapping   Mapping // of the headers of CSV and XLSX

	MaxLine     int   // 0 is MaxLine
	MaxUnzipped int64 // 0 is MaxUnzipped
	MaxTexts    int   // 0 is MaxTexts
}

// FileError is why a file cannot be imported at all. It never repeats a cell.
type FileError struct {
	File string // as it was named
	Line int    // of the file, from 1; in XLSX the row; 0 if it is about no line
	What string // what is wrong and what to do
}

// Error is the file, the line and what is wrong, in one line.
func (e *FileError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What)
	}
	return e.File + ": " + e.What
}

// readingFailed tells in one line that the system could not read.
func readingFailed(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err // the file is named already
	}
	return "cannot be read: " + err.Error()
}

func unreadable(path string, err error) *FileError {
	return &FileError{File: path, What: readingFailed(err)}
}

// File is an open file of employees. One goroutine at a time may use it.
type File struct {
	Format Format

	path   string
	file   *os.File
	opened fs.FileInfo
	rows   rowsReader
}

// rowsReader is what differs between the formats.
type rowsReader interface {
	// read calls row for each row, from where the file stands: its beginning.
	read(row func(Row) error) error
	// rejected writes rows that read has given.
	rejected(w io.Writer) (rowWriter, error)
	close() error
}

// rowWriter writes rows again.
type rowWriter interface {
	write(row Row) error
	close() error
}

// Open opens a file and reads as much as tells what it is: the format, the
// encoding, the header. What is wrong is a *FileError.
func Open(path string, o Options) (*File, error) {
	if o.MaxLine == 0 {
		o.MaxLine = MaxLine
	}
	if o.MaxUnzipped == 0 {
		o.MaxUnzipped = MaxUnzipped
	}
	if o.MaxTexts == 0 {
		o.MaxTexts = MaxTexts
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	f := &File{path: path, file: file}
	if err := f.open(o); err != nil {
		_ = file.Close() // which was only read
		return nil, f.named(err)
	}
	return f, nil
}

func (f *File) open(o Options) error {
	var err error
	if f.opened, err = f.file.Stat(); err != nil {
		return unreadable(f.path, err)
	}
	if !f.opened.Mode().IsRegular() {
		return &FileError{What: "is no regular file; it is read several times"}
	}
	head, err := readHead(f.file)
	if err != nil {
		return unreadable(f.path, err)
	}
	if f.Format = o.Format; f.Format == "" {
		if f.Format, err = recogniseFormat(head, f.path); err != nil {
			return err
		}
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return &FileError{What: "is empty"}
	}
	if err := o.fit(f.Format); err != nil {
		return err
	}
	switch f.Format {
	case CSV:
		f.rows, err = openCSV(f.file, o)
	case XLSX:
		f.rows, err = openXLSX(f.file, f.opened.Size(), o)
	case NDJSON:
		f.rows, err = openNDJSON(f.file, o)
	default:
		err = &FileError{What: fmt.Sprintf("cannot be read as %q; known are csv, xlsx and ndjson", f.Format)}
	}
	return err
}

// fit is an error where an option means nothing for the format.
func (o *Options) fit(format Format) error {
	switch {
	case o.Delimiter != 0 && format != CSV:
		return &FileError{What: "is " + string(format) + ", and only CSV has a delimiter"}
	case o.Delimiter != 0 && !validDelimiter(o.Delimiter):
		return &FileError{What: fmt.Sprintf("%q cannot be a delimiter", o.Delimiter)}
	case o.Encoding != "" && format == XLSX:
		return &FileError{What: "is xlsx, and only CSV and NDJSON have an encoding"}
	case len(o.Mapping) > 0 && format == NDJSON:
		return &FileError{What: "is ndjson, and only CSV and XLSX have a header to map"}
	}
	return nil
}

// Beginnings of files.
var (
	zipMagic = []byte("PK\x03\x04")
	oleMagic = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") // of .xls, and of XLSX with a password
)

// recogniseFormat tells the format by a file's beginning, then by its ending.
// What is neither zipped nor JSON is CSV.
func recogniseFormat(head []byte, path string) (Format, error) {
	ending := strings.ToLower(filepath.Ext(path))
	if wide := wideWithoutMark(head); wide != nil {
		head = bytes.ReplaceAll(head, []byte{0}, nil)
	}
	for _, m := range marked {
		if rest, isMarked := bytes.CutPrefix(head, m.mark); isMarked {
			head = bytes.ReplaceAll(rest, []byte{0}, nil)
		}
	}
	text := bytes.TrimSpace(head)
	switch {
	case bytes.HasPrefix(head, zipMagic):
		return XLSX, nil
	case bytes.HasPrefix(head, oleMagic):
		return "", &FileError{What: "is an old .xls or has a password; save it as .xlsx without one"}
	case bytes.HasPrefix(text, []byte("{")), ending == ".ndjson", ending == ".jsonl":
		return NDJSON, nil
	case bytes.HasPrefix(text, []byte("[")) && (ending == ".json" || bytes.HasPrefix(bytes.TrimSpace(text[1:]), []byte("{"))):
		return "", &FileError{What: "is a JSON array; write one object a line instead (NDJSON)"}
	case ending == ".xlsx" && len(text) > 0:
		return "", &FileError{What: "does not begin like an XLSX; it is damaged or in another format, which --format names"}
	}
	return CSV, nil
}

// named gives a FileError the file's name.
func (f *File) named(err error) error {
	var malformed *FileError
	if errors.As(err, &malformed) && malformed.File == "" {
		malformed.File = f.path
	}
	return err
}

// Rows calls row for each row in the file's order, rows of empty cells left out,
// until row or ctx ends it with an error, which is returned. It may be called
// again, and reads from the beginning each time. A malformed file is a *FileError
// at the place where it is found: a first call that gets to the end has found
// none.
func (f *File) Rows(ctx context.Context, row func(Row) error) error {
	now, err := f.file.Stat()
	if err != nil {
		return unreadable(f.path, err)
	}
	if now.Size() != f.opened.Size() || !now.ModTime().Equal(f.opened.ModTime()) {
		return &FileError{File: f.path, What: "has changed since " + f.opened.ModTime().Format(time.TimeOnly) + ", while it was imported; leave it alone and run the import again"}
	}
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return unreadable(f.path, err)
	}
	count := 0
	err = f.rows.read(func(r Row) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		count++
		return row(r)
	})
	if err == nil && count == 0 {
		err = &FileError{What: "has no rows"}
	}
	return f.named(err)
}

// Digest is the SHA-256 of the file's bytes in hexadecimal, by which the same
// file is known again.
func (f *File) Digest() (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f.file, 0, f.opened.Size())); err != nil {
		return "", unreadable(f.path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Rejected writes rows of f to w again, in f's format, encoding and delimiter and
// under its header, to be mended and imported. Close it. It does not use f any
// more.
func (f *File) Rejected(w io.Writer) (*Rejected, error) {
	rows, err := f.rows.rejected(w)
	if err != nil {
		return nil, err
	}
	return &Rejected{rows}, nil
}

// Close ends the reading and removes what was unpacked.
func (f *File) Close() error { return errors.Join(f.rows.close(), f.file.Close()) }

// Row is one row of a File. It may be kept.
type Row struct {
	Line     int            // where it begins: the physical line, in XLSX the row's number; from 1
	Params   jsontext.Value // an object: params of create.employees, those of Problems left out
	Problems []Problem      // cells that could not be read: the row has failed if there are any

	cells []string // of CSV and XLSX
}

// Problem is a cell that could not be read.
type Problem struct {
	Column string       // as in the file's header
	Path   errors.Path  // of the parameter
	Code   *errors.Code // data_type_error, invalid_parameter_value or invalid_parameters_combination
	Value  *string      // the cell, as errors.Shown; nil if it is secret
}

// Rejected writes rows of a File again. One goroutine at a time may use it.
type Rejected struct{ rows rowWriter }

// Write writes a row that came from the File.
func (r *Rejected) Write(row Row) error { return r.rows.write(row) }

// Close writes what is left; the io.Writer stays open.
func (r *Rejected) Close() error { return r.rows.close() }
