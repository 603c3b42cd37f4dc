package store

import (
	"database/sql"
	"io/fs"
	"regexp"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/rosterd/rosterd/errors"
)

// flavor is all that differs between the databases.
type flavor struct {
	name    string
	dialect goose.Dialect

	// open returns a pool for reading and one for writing.
	open func(dsn string, o Options) (read, write *sql.DB, err error)

	// begin starts a writing transaction.
	begin string

	// rebind turns $1, $2, … into the placeholders of the driver.
	rebind func(query string) string

	// ids is a subquery of the ids, and texts of the texts, in a JSON array that
	// is the parameter called placeholder.
	ids   func(placeholder string) string
	texts func(placeholder string) string

	// like is a case-sensitive SQL pattern match, and pattern turns the pattern
	// into what like expects. matches is a match of an RE2 pattern.
	like    func(expr, placeholder string) string
	pattern func(like string) string
	matches func(expr, placeholder string) string

	// schema turns a migration into the words of the database.
	schema func(sql string) string

	// lost reports whether a connection's transaction is gone, as an error may
	// leave it.
	lost func(conn *sql.Conn) (bool, error)
}

// flavorOf tells by dsn which database is meant.
func flavorOf(dsn string) (flavor, error) {
	scheme, _, found := strings.Cut(dsn, "://")
	if found {
		return flavor{}, errors.New("database " + scheme + "://… is not one that rosterd knows; give the path of a SQLite file")
	}
	return sqlite(), nil
}

// migrationFS shows migrations in the words of a flavor.
type migrationFS struct {
	fs.FS
	translate func(string) string
}

// ReadFile returns the translated file.
func (m migrationFS) ReadFile(name string) ([]byte, error) {
	text, err := fs.ReadFile(m.FS, name)
	return []byte(m.translate(string(text))), err
}

// Open returns the translated file.
func (m migrationFS) Open(name string) (fs.File, error) {
	file, err := m.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return file, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	text, err := m.ReadFile(name)
	return &migrationFile{strings.NewReader(string(text)), file, info}, err
}

type migrationFile struct {
	*strings.Reader
	fs.File
	info fs.FileInfo
}

func (f *migrationFile) Read(p []byte) (int, error) { return f.Reader.Read(p) }
func (f *migrationFile) Stat() (fs.FileInfo, error) { return f.info, nil }

var (
	placeholder = regexp.MustCompile(`\$([0-9]+)`)
	tableEnd    = regexp.MustCompile(`(?m)^\);$`)
)
