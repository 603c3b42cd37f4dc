package importer

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	encodings "golang.org/x/net/html/charset"

	"github.com/rosterd/rosterd/errors"
)

// sheetName is the sheet of employees. Where no sheet is called so, it is the
// first one.
const sheetName = "employees"

// xlsxFile reads a sheet of an XLSX.
type xlsxFile struct {
	book  *excelize.File
	sheet string
	table *table
}

// inMemory is the size in bytes up to which a sheet, or the texts of all sheets,
// are kept in memory; what is larger goes into a temporary file.
const inMemory = 8 << 20

func openXLSX(file *os.File, size int64, o Options) (*xlsxFile, error) {
	if err := verifyXLSX(file, size, o); err != nil {
		return nil, err
	}
	f := &xlsxFile{}
	err := guarded(func() error {
		var err error
		f.book, err = excelize.OpenFile(file.Name(), excelize.Options{
			UnzipSizeLimit: o.MaxUnzipped, UnzipXMLSizeLimit: min(inMemory, o.MaxUnzipped),
		})
		return err
	})
	if err == nil {
		err = f.open(o)
	}
	if err != nil && f.book != nil {
		_ = f.close() // which leaves at most a temporary file behind
	}
	return f, err
}

func (f *xlsxFile) open(o Options) error {
	sheets := f.book.GetSheetList()
	if len(sheets) == 0 {
		return &FileError{What: damaged}
	}
	f.sheet = sheets[0]
	if i := slices.IndexFunc(sheets, func(s string) bool { return strings.EqualFold(s, sheetName) }); i >= 0 {
		f.sheet = sheets[i]
	}
	var header []string
	var at int
	err := f.rows(func(line int, cells []string) error {
		header, at = cells, line
		return io.EOF // there is no need to go on
	})
	switch {
	case err == nil:
		return &FileError{What: "is empty: the sheet " + strconv.Quote(f.sheet) + " has no cells"}
	case err != io.EOF:
		return err
	}
	f.table, err = newTable(header, at, newCatalogue(o.Revision), o.Mapping)
	return err
}

// damaged is what an XLSX is that cannot be read.
const damaged = "is a damaged XLSX, perhaps cut off; save it again"

// guarded turns what a library that reads foreign files panics with into a
// malformed file.
func guarded(read func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = &FileError{What: damaged}
		}
	}()
	if err := read(); err != nil {
		return &FileError{What: damaged}
	}
	return nil
}

// rows calls row for each row of cells that are not all empty.
func (f *xlsxFile) rows(row func(line int, cells []string) error) error {
	var rows *excelize.Rows
	err := guarded(func() (err error) {
		rows, err = f.book.Rows(f.sheet)
		return err
	})
	if err != nil {
		return err
	}
	defer rows.Close()
	for line := 1; ; line++ {
		var cells []string
		more := false
		err := guarded(func() (err error) {
			if more = rows.Next(); more {
				cells, err = rows.Columns()
			}
			return errors.Join(err, rows.Error())
		})
		switch {
		case err != nil || !more:
			return err
		case isBlank(cells):
		default:
			if err := row(line, cells); err != nil {
				return err
			}
		}
	}
}

func (f *xlsxFile) read(row func(Row) error) error {
	return f.rows(func(line int, cells []string) error {
		if line <= f.table.line {
			return nil
		}
		next, err := f.table.row(line, f.withoutTail(cells))
		if err != nil {
			return err
		}
		return row(next)
	})
}

// withoutTail leaves out empty cells beyond the header.
func (f *xlsxFile) withoutTail(cells []string) []string {
	if width := len(f.table.header); len(cells) > width && isBlank(cells[width:]) {
		return cells[:width]
	}
	return cells
}

func (f *xlsxFile) rejected(w io.Writer) (rowWriter, error) {
	x, err := newXLSXWriter(w)
	if err != nil {
		return nil, err
	}
	return x, x.cells(f.table.header)
}

func (f *xlsxFile) close() error { return f.book.Close() }

// verifyXLSX looks whether an archive is whole, within the limits and of sound
// XML where it holds rows: the library that reads them takes what it cannot read
// for the end.
func verifyXLSX(file io.ReaderAt, size int64, o Options) error {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return &FileError{What: damaged}
	}
	if !slices.ContainsFunc(archive.File, func(f *zip.File) bool { return strings.EqualFold(f.Name, "[Content_Types].xml") }) {
		return &FileError{What: "is a ZIP archive and no XLSX"}
	}
	tooLarge := &FileError{What: fmt.Sprintf("is too large when it is unpacked: over %d MiB, or over %d MiB beside its sheets; split it, or save it as CSV",
		o.MaxUnzipped>>20, MaxPart>>20)}
	left, leftOfParts := o.MaxUnzipped, int64(MaxPart)
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		inFile := strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml" // as the library decides it
		limit := left
		if !inFile {
			limit = min(left, leftOfParts)
		}
		texts := -1
		if inFile || strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml") {
			texts = o.MaxTexts
		}
		n, err := verifyPart(part, limit, texts)
		switch {
		case n > limit:
			return tooLarge
		case err != nil:
			return err
		}
		if left -= n; !inFile {
			leftOfParts -= n
		}
	}
	return nil
}

// verifyPart unpacks a part and returns its size; it ends a byte beyond limit.
// One that holds rows or texts is XML with at most so many texts; for others
// maxTexts is -1.
func verifyPart(part *zip.File, limit int64, maxTexts int) (int64, error) {
	if part.UncompressedSize64 > uint64(limit) {
		return limit + 1, nil
	}
	r, err := part.Open()
	if err != nil {
		return 0, &FileError{What: damaged}
	}
	defer r.Close()
	counted := &countingReader{r: io.LimitReader(r, limit+1)}
	if maxTexts >= 0 {
		err = verifyXML(counted, maxTexts)
	} else {
		_, err = io.Copy(io.Discard, counted)
	}
	var malformed *FileError
	if err != nil && !errors.As(err, &malformed) {
		err = &FileError{What: damaged}
	}
	return counted.n, err
}

// maxXML is the length in bytes of what may stand between two tags, in which a
// character takes up to six, and of a tag.
const maxXML = 8 * MaxCell

func verifyXML(r *countingReader, maxTexts int) error {
	r.mostWithout = maxXML
	dec := xml.NewDecoder(r)
	dec.CharsetReader = encodings.NewReaderLabel
	for texts := 0; ; {
		token, err := dec.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if start, isStart := token.(xml.StartElement); isStart && start.Name.Local == "si" {
			texts++
		}
		if texts > maxTexts {
			return &FileError{What: fmt.Sprintf("has more than %d different texts; split it, or save it as CSV", maxTexts)}
		}
	}
}

// countingReader counts what is read. If mostWithout is not 0, so many bytes
// without a tag's beginning are too many: the XML decoder would hold them all.
type countingReader struct {
	r           io.Reader
	n           int64
	mostWithout int64
	lastTag     int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if i := bytes.LastIndexByte(p[:n], '<'); i >= 0 {
		c.lastTag = c.n + int64(i)
	}
	if c.n += int64(n); c.mostWithout > 0 && c.n-c.lastTag > c.mostWithout {
		return n, &FileError{What: fmt.Sprintf("has a cell of more than %d bytes", MaxCell)}
	}
	return n, err
}

// xlsxWriter writes rows of texts into a sheet. No cell is a formula.
type xlsxWriter struct {
	book  *excelize.File
	sheet *excelize.StreamWriter
	out   io.Writer

	header []string // the first row
	line   int
}

func newXLSXWriter(w io.Writer) (*xlsxWriter, error) {
	book := excelize.NewFile()
	err := book.SetSheetName(book.GetSheetName(0), sheetName)
	var sheet *excelize.StreamWriter
	if err == nil {
		sheet, err = book.NewStreamWriter(sheetName)
	}
	if err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return &xlsxWriter{book: book, sheet: sheet, out: w}, nil
}

// maxUTF16 is what a cell can hold, in units of UTF-16. The library would cut
// the rest.
const maxUTF16 = excelize.TotalCellChars

// notXML reports whether XML has no way to write a character.
func notXML(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

func (w *xlsxWriter) cells(cells []string) error {
	if w.line == 0 {
		w.header = cells
	}
	values := make([]any, len(cells))
	for i, cell := range cells {
		switch {
		case cell == "":
			continue
		case len(cell) > maxUTF16 && len(utf16.Encode([]rune(cell))) > maxUTF16:
			return fmt.Errorf("the column %s has %d characters, and a cell of XLSX has %d at most", w.header[i], utf8.RuneCountInString(cell), maxUTF16)
		case strings.ContainsFunc(cell, notXML):
			return fmt.Errorf("the column %s has a character that XLSX cannot hold", w.header[i])
		}
		values[i] = cell
	}
	w.line++
	at, err := excelize.CoordinatesToCellName(1, w.line)
	if err != nil {
		return err
	}
	return w.sheet.SetRow(at, values)
}

// write writes a row that was read, in which an escape may have stood for a
// character that cannot be written.
func (w *xlsxWriter) write(row Row) error {
	cells := make([]string, len(row.cells))
	for i, cell := range row.cells {
		cells[i] = strings.Map(func(r rune) rune {
			if notXML(r) {
				return utf8.RuneError
			}
			return r
		}, cell)
	}
	return w.cells(cells)
}

// close writes the file, which is packed as it is written and never held whole.
func (w *xlsxWriter) close() error {
	err := w.sheet.Flush()
	if err == nil {
		w.book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w.out) })
		_, err = w.book.WriteToBuffer()
	}
	return errors.Join(err, w.book.Close())
}
