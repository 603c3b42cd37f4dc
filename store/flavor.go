package store

import (
	"context"
	"database/sql"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/rosterd/rosterd/errors"
)

// flavor is all that differs between the databases.
type flavor struct {
	name    string
	dialect goose.Dialect

	// open returns a pool for reading and one for writing, and how many
	// connections of that write at the same time.
	open func(dsn string, o Options) (read, write *sql.DB, writers int, err error)

	// snapshot makes a transaction see the database at one moment.
	snapshot sql.TxOptions

	// brief reports that what a query by keys takes is so little that to be able to end
	// it early, as a context does, would take as long again.
	brief bool

	// ready reports why a database cannot keep a roster, or does not answer.
	ready func(ctx context.Context, db *sql.DB) error

	// begin starts a writing transaction; see lock.
	begin string

	// rebind turns $1, $2, … into the placeholders of the driver.
	rebind func(query string) string

	// ids is the test that expr is one of the ids, and texts of the texts, in a JSON
	// array that is the parameter called placeholder.
	ids   func(expr, placeholder string) string
	texts func(expr, placeholder string) string

	// like is a case-sensitive SQL pattern match, and pattern turns the pattern
	// into what like expects. matches is a match of a regular expression, and regexp
	// turns one of RE2 into what matches expects.
	like    func(expr, placeholder string) string
	pattern func(like string) string
	matches func(expr, placeholder string) string
	regexp  func(re2 string) string

	// among is the test that expr is in the column of rows that "from … where …"
	// gives. Neither may be null.
	among func(expr, column, from string) string

	// sorted is what stands before an expression that rows are to be sorted by once they
	// are found, where the planner would rather walk an index of all rows that has
	// them in order.
	sorted string

	// objects and scalars are a table called as, whose column value has the elements
	// of a JSON array that an expression gives: as JSON or, of one that holds
	// scalars, as texts or what they are.
	objects func(json, as string) string
	scalars func(json, as string) string

	// array is an aggregate, the text of a JSON array of the rows of a table called as,
	// each an object with its columns.
	array func(as string, columns ...string) string

	// schema turns a migration into the words of the database.
	schema func(sql string) string

	// locker makes servers wait for each other's migration; nil if the database's
	// own locks do.
	locker func() (lock.Locker, error)

	// lane tells which orders of which accounts are done one after the other.
	lane func(account int64) int64

	// lock begins a writing transaction, and locks its lane's account before anything
	// else, so that servers wait for each other here and nowhere later, each with rows
	// that the other needs; nil if one writer needs no lock. It also records the
	// transaction, by the session's id and number.
	lock func(s *session, account int64) error

	// analyze is the statement that renews the statistics which plans are made by;
	// empty if plans need none.
	analyze string

	// number numbers the events of a group before its commit; nil if commit does.
	number func(*group) error

	// commit ends a session's transaction, which has changed accounts so. An error is an
	// *outcomeUnknown if the database may have kept it, as when it does not answer for so
	// long, and a lastError if the database refused what was sent with the commit.
	commit func(s *session, c map[int64]*changes, patience time.Duration) error

	// away reports whether an error says that the database cannot be reached, or
	// cannot write now, as while another server takes over.
	away func(error) bool

	// ask makes inquiries, one after the other.
	ask func(s *session, inquiries []inquiry) error

	// insert inserts rows, each table's together and the tables in their order, and
	// tells how many it left out because the database has one of their keys already.
	// insertNew fails with errConflict then, and may end the transaction.
	insert    func(s *session, inserts []insert) (leftOut int64, err error)
	insertNew func(s *session, inserts []insert) error

	// execEach runs a statement that changes something with each of the rows as its
	// parameters, and returns how many rows it affected in all.
	execEach func(s *session, query string, rows [][]any) (affected int64, err error)

	search search

	// estimated says that the database plans by estimates, which it is given.
	estimated bool

	// retriable reports whether an error of a transaction may be due to others and
	// gone when it is tried again.
	retriable func(error) bool

	// check tells problem what the database itself finds wrong with its file.
	check func(r *reader, problem func(string)) error

	// backup writes a copy of the database to a new file; nil if the database has
	// tools of its own for that.
	backup func(ctx context.Context, db *sql.DB, file string) error

	// closed reports whether a connection is lost, broken whether its transaction
	// can do nothing but end, and over whether there is none.
	closed func(*sql.Conn) bool
	broken func(*sql.Conn) (bool, error)
	over   func(*sql.Conn) (bool, error)
}

// flavorOf tells by dsn which database is meant.
func flavorOf(dsn string) (flavor, error) {
	scheme, _, isURL := strings.Cut(dsn, "://")
	switch {
	case isPostgres(dsn):
		return postgres(), nil
	case isURL:
		return flavor{}, errors.New("a database at " + scheme + "://… is not one that rosterd knows; give a postgres:// URL or the path of a SQLite file")
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

var tableEnd = regexp.MustCompile(`(?m)^\);$`)
