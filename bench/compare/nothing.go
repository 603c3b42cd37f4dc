package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/rosterd/rosterd/bench/staff"
)

// The size of turns of a method that does nothing.
const (
	nothingCalls   = 40_000
	nothingBatches = 400
	nothingBatch   = 100
)

// nothing is a method that does nothing, each call a request of its own.
func nothing(ctx context.Context, b *bench) (pair, error) {
	return b.doNothing(ctx, 64, nothingCalls, 1, func(method string, _ int) []byte { return callOf(nil, method, 1) })
}

// nothingInBatches is a method that does nothing, called in batches.
func nothingInBatches(ctx context.Context, b *bench) (pair, error) {
	return b.doNothing(ctx, 16, nothingBatches, nothingBatch, func(method string, size int) []byte {
		return array(size, func(b []byte, i int) []byte { return callOf(b, method, i) })
	})
}

func callOf(b []byte, method string, id int) []byte {
	return fmt.Appendf(b, `{"jsonrpc":"2.0","id":%d,"method":%q}`, id, method)
}

// doNothing has both servers called n times, size calls each time: with a token, and
// go-ethereum's, which knows none, without.
func (b *bench) doNothing(ctx context.Context, connections, n, size int, body func(method string, size int) []byte) (pair, error) {
	db := filepath.Join(b.dir, "nothing.db")
	b.atEnd(func() error { return remove(db) })
	token, groups, err := staff.Token(ctx, db)
	if err != nil {
		return pair{}, err
	}
	s := &server{token: token, groups: groups, file: db}
	if s.process, s.address, err = b.listening(ctx, "bench/nothing", "-db", db); err != nil {
		return pair{}, err
	}
	theirs, address, err := b.listening(ctx, "bench/peers/ethereum")
	if err != nil {
		return pair{}, err
	}
	ourRequest := s.call(body("nothing", size), size)
	theirRequest := request{"/", "Content-Type: application/json\r\n", body("bench_nothing", size), `"result":`, size}
	return pair{
		ours:      throughput(s.process, s.address, connections, n, size, func(int) request { return ourRequest }),
		reference: throughput(theirs, address, connections, n, size, func(int) request { return theirRequest }),
	}, nil
}
