package importer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
)

// ndjsonFile reads an object of params a line. What its members mean is for who
// decodes them.
type ndjsonFile struct {
	file    *os.File
	text    charset
	maxLine int
}

func openNDJSON(file *os.File, o Options) (*ndjsonFile, error) {
	text, malformed := recognise(file, o.Encoding)
	if malformed != nil {
		return nil, malformed
	}
	return &ndjsonFile{file, text, o.MaxLine}, nil
}

func (f *ndjsonFile) read(row func(Row) error) error {
	lines := newLineReader(f.text.reader(f.file), f.maxLine)
	for {
		text, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		params, what := object(text)
		if what != "" {
			return &FileError{Line: lines.line, What: what}
		}
		if err := row(Row{Line: lines.line, Params: params}); err != nil {
			return err
		}
	}
}

// object is a copy of a line, or what it is instead of one object.
func object(text []byte) (params jsontext.Value, what string) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(text))
	if dec.PeekKind() != '{' {
		return nil, "is no JSON object; write the params of one employee a line"
	}
	params, err := dec.ReadValue()
	var at *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return nil, "has the same name twice in one object"
	case errors.As(err, &at):
		return nil, "is no JSON: " + at.Err.Error()
	case err != nil:
		return nil, "is no JSON, or ends too early"
	case len(bytes.TrimSpace(dec.UnreadBuffer())) > 0:
		return nil, "has something after its object"
	}
	return params.Clone(), ""
}

func (f *ndjsonFile) rejected(w io.Writer) (rowWriter, error) {
	text, err := f.text.writer(w)
	if err != nil {
		return nil, err
	}
	return newNDJSONWriter(text), nil
}

func (f *ndjsonFile) close() error { return nil }

// ndjsonWriter writes objects.
type ndjsonWriter struct {
	text  io.WriteCloser
	lines *bufio.Writer
}

func newNDJSONWriter(text io.WriteCloser) *ndjsonWriter {
	return &ndjsonWriter{text, bufio.NewWriter(text)}
}

func (w *ndjsonWriter) write(row Row) error { return w.object(row.Params) }

func (w *ndjsonWriter) object(text []byte) error {
	if _, err := w.lines.Write(text); err != nil {
		return err
	}
	return w.lines.WriteByte('\n')
}

func (w *ndjsonWriter) close() error { return errors.Join(w.lines.Flush(), w.text.Close()) }

// lineReader reads lines of a bounded length.
type lineReader struct {
	r    *bufio.Reader
	most int
	line int // of what next gave last
	text []byte
}

func newLineReader(r io.Reader, most int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), most: most}
}

// next is the next line with its end, which the last one may lack. It holds until
// next is called again. A line that is too long is a *FileError, the end io.EOF.
func (l *lineReader) next() ([]byte, error) {
	l.line++
	l.text = l.text[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		l.text = append(l.text, part...)
		switch {
		case len(l.text) > l.most+len("\r\n"):
			return nil, &FileError{Line: l.line, What: fmt.Sprintf("is over %d bytes long", l.most)}
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(l.text) == 0:
			return nil, io.EOF
		case err != nil && err != io.EOF:
			return nil, &FileError{Line: l.line, What: readingFailed(err)}
		default:
			return l.text, nil
		}
	}
}
