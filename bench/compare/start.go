package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/rosterd/rosterd/bench/staff"
)

// Of a roster on which rosterd starts, and how often it does in a turn.
const (
	smallRoster = 1000 // employees
	starts      = 5
)

// small is a server that has not been started, of a roster with some employees, and a
// request that it answers.
func (b *bench) small(ctx context.Context) (*server, request, error) {
	s := &server{file: filepath.Join(b.dir, "small.db")}
	b.atEnd(func() error { return remove(s.file) })
	r, err := staff.Open(ctx, s.file)
	if err != nil {
		return nil, request{}, err
	}
	err = r.Load(ctx, 0, smallRoster, 500, 1)
	if err := errors.Join(err, r.Store.Close()); err != nil {
		return nil, request{}, err
	}
	if s.token, s.groups, err = staff.Token(ctx, s.file); err != nil {
		return nil, request{}, err
	}
	return s, s.call([]byte(`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"limit":10}}`), 1), nil
}

// firstAnswer starts a server and returns when it has answered a request.
func (b *bench) firstAnswer(ctx context.Context, s *server, r request) error {
	if err := b.serve(ctx, s); err != nil {
		return err
	}
	_, err := load(ctx, s.address, 1, 1, func(int) request { return r })
	return err
}

// start is how long it takes from starting the program to its first answer; the median
// of some.
func start(ctx context.Context, b *bench) (pair, error) {
	s, read, err := b.small(ctx)
	if err != nil {
		return pair{}, err
	}
	if _, err := b.build(ctx, "cmd/rosterd"); err != nil {
		return pair{}, err
	}
	return pair{ours: func(ctx context.Context) (turn, error) {
		var took []time.Duration
		for range starts {
			began := time.Now()
			if err := b.firstAnswer(ctx, s, read); err != nil {
				return turn{}, err
			}
			took = append(took, time.Since(began))
			if err := s.stop(); err != nil {
				return turn{}, err
			}
		}
		return turn{value: quantile(took, 0.5)}, nil
	}}, nil
}

// idleMemory is what is resident of a server that has started and answered once.
func idleMemory(ctx context.Context, b *bench) (pair, error) {
	s, read, err := b.small(ctx)
	if err != nil {
		return pair{}, err
	}
	return pair{ours: func(ctx context.Context) (turn, error) {
		if err := b.firstAnswer(ctx, s, read); err != nil {
			return turn{}, err
		}
		resident, err := s.memory()
		return turn{value: float64(resident)}, errors.Join(err, s.stop())
	}}, nil
}
