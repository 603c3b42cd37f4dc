package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/directory"
)

// server is rosterd on a database of its own.
type server struct {
	*process
	address string
	token   string
	groups  []int64
	file    string
}

// rosterd starts rosterd on a new SQLite file, which is removed when the row ends.
func (b *bench) rosterd(ctx context.Context, flags ...string) (*server, error) {
	dir, err := os.MkdirTemp(b.dir, "rosterd-")
	if err != nil {
		return nil, err
	}
	b.atEnd(func() error { return os.RemoveAll(dir) })
	return b.rosterdOn(ctx, filepath.Join(dir, "roster.db"), flags...)
}

// rosterdOn starts rosterd on a database that may be there.
func (b *bench) rosterdOn(ctx context.Context, db string, flags ...string) (*server, error) {
	s := &server{file: db}
	var err error
	if s.token, s.groups, err = staff.Token(ctx, db); err != nil {
		return nil, err
	}
	return s, b.serve(ctx, s, flags...)
}

// serve starts the server on its file, again if it has been stopped, and returns when
// it listens.
func (b *bench) serve(ctx context.Context, s *server, flags ...string) error {
	var err error
	s.process, s.address, err = b.listening(ctx, "cmd/rosterd", append([]string{"serve", "--log-level", "warn", "--db", s.file}, flags...)...)
	return err
}

// call is a request to call a method, or a batch of calls, all of which must succeed.
func (s *server) call(body []byte, calls int) request {
	return request{"/v2.0", "Authorization: Bearer " + s.token + "\r\nContent-Type: application/json\r\n", body, `"result":`, calls}
}

// creation appends a call of create.employees for the i-th employee of staff.
func (s *server) creation(b []byte, i int) []byte {
	e := staff.Operator(i, s.groups)
	return creation(b, i, &e)
}

func creation(b []byte, id int, e *directory.CreateEmployee) []byte {
	b = fmt.Appendf(b, `{"jsonrpc":"2.0","id":%d,"method":"create.employees","params":`, id)
	return append(staff.AppendParams(b, e), '}')
}

// create is a request to create the i-th employee of staff.
func (s *server) create(i int) request { return s.call(s.creation(nil, i), 1) }

// createMany is a request to create the i-th of the batches of some employees.
func (s *server) createMany(size int) func(i int) request {
	return func(i int) request {
		return s.call(array(size, func(b []byte, n int) []byte { return s.creation(b, i*size+n) }), size)
	}
}

// array is a JSON array of n elements.
func array(n int, appendElement func(b []byte, i int) []byte) []byte {
	b := []byte{'['}
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendElement(b, i)
	}
	return append(b, ']')
}
