package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
)

// operations are what is counted, and how often, so that what only the first does is
// little of it.
var operations = []struct {
	name string
	n    int
	make func(context.Context) (func() error, error)
}{
	{"decode", 1000, decode},
	{"call", 1000, call},
	{"render", 30, render},
}

// operate does an operation n times.
func operate(ctx context.Context, name string, n int) error {
	for _, o := range operations {
		if o.name != name {
			continue
		}
		do, err := o.make(ctx)
		if err != nil {
			return err
		}
		return repeat(n, do)
	}
	return fmt.Errorf("there is no operation %s", name)
}

// repeat is the function inside which callgrind counts.
//
//go:noinline
func repeat(n int, do func() error) error {
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// params are those of create.employees for an employee with everything that rows of
// bench/compare have.
func params() []byte {
	groups := make([]int64, staff.Groups)
	for i := range groups {
		groups[i] = int64(1000 + i)
	}
	e := staff.Operator(0, groups)
	return staff.AppendParams(nil, &e)
}

// decode is the decoding and the checks of the parameters of a create.
func decode(context.Context) (func() error, error) {
	s, text := schema.Of[directory.CreateEmployee](""), jsontext.Value(params())
	return func() error {
		c, err := s.Decode(text)
		if err != nil {
			return err
		}
		return s.Check(&c)
	}, nil
}

// call is a whole call of a method that takes the same parameters and does nothing.
func call(ctx context.Context) (func() error, error) {
	return serve(ctx, params(), func(context.Context, directory.CreateEmployee) (struct{}, error) { return struct{}{}, nil })
}

// pageSize is how many employees render shows.
const pageSize = 100

// page is the result of get.employees.
type page = methods.Answer[directory.List[directory.EmployeeRow]]

// render is a call, without parameters, that is answered with a page of employees.
func render(ctx context.Context) (do func() error, err error) {
	dir, err := os.MkdirTemp("", "instructions-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r, err := staff.Open(ctx, filepath.Join(dir, "roster.db"))
	if err != nil {
		return nil, err
	}
	list, err := readPage(ctx, r)
	if err := errors.Join(err, r.Store.Close()); err != nil {
		return nil, err
	}
	return serve(ctx, []byte(`{}`), func(context.Context, struct{}) (page, error) { return page{Data: list}, nil })
}

// readPage makes employees and reads them.
func readPage(ctx context.Context, r *staff.Roster) (list directory.List[directory.EmployeeRow], err error) {
	if err := r.LoadOf(ctx, staff.Operator, 0, pageSize, pageSize, 1); err != nil {
		return list, err
	}
	return r.Service.GetEmployees(r.Actor(ctx), directory.GetEmployees{Limit: schema.Some(int64(pageSize))})
}

// serve is a call of a method that everybody may call.
func serve[P, R any](ctx context.Context, params []byte, run func(context.Context, P) (R, error)) (func() error, error) {
	s, err := rpc.New(rpc.Options{}, rpc.Method[P, R]{Name: "operation", Summary: "An operation.", Open: true, Run: run})
	if err != nil {
		return nil, err
	}
	frame := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"operation","params":%s}`, params)
	return func() error {
		answer := s.Serve(ctx, frame)
		if !bytes.Contains(answer, []byte(`"result":`)) {
			return fmt.Errorf("%.500s", answer)
		}
		return nil
	}, nil
}
