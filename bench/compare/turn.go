package main

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/rosterd/rosterd/bench/usage"
)

// pair is the sides of a row. A row whose goal is no ratio has no reference.
type pair struct{ ours, reference side }

// side measures something once and returns what it was.
type side func(context.Context) (turn, error)

// turn is what a side has come to.
type turn struct {
	value float64       // in the row's unit
	cpu   time.Duration // of one operation, in the processes that serve; 0 where it tells nothing
}

// timed measures how many operations a second are done together, and the CPU of each
// in a server; server is nil where this process does them.
func timed(server *process, operations int, do func() error) (turn, error) {
	used := func() (time.Duration, error) { return usage.Processor(), nil }
	if server != nil {
		used = server.cpu
	}
	before, err := used()
	if err != nil {
		return turn{}, err
	}
	began := time.Now()
	if err := do(); err != nil {
		return turn{}, err
	}
	took := time.Since(began)
	after, err := used()
	return turn{float64(operations) / took.Seconds(), (after - before) / time.Duration(operations)}, err
}

// throughput is a side that sends n requests over some connections, others in each
// turn; each is so many operations. Requests are made before they are timed.
func throughput(p *process, address string, connections, n, each int, requestOf func(i int) request) side {
	next := 0
	return func(ctx context.Context) (turn, error) {
		requests := make([]request, n)
		for i := range requests {
			requests[i] = requestOf(next + i)
		}
		next += n
		return timed(p, n*each, func() error {
			_, err := load(ctx, address, connections, n, func(i int) request { return requests[i] })
			return err
		})
	}
}

// latency is as throughput, for one connection and a quantile of how long requests
// take.
func latency(p *process, address string, n int, q float64, requestOf func(i int) request) side {
	next := 0
	return func(ctx context.Context) (turn, error) {
		from := next
		next += n
		var took []time.Duration
		t, err := timed(p, n, func() (err error) {
			took, err = load(ctx, address, 1, n, func(i int) request { return requestOf(from + i) })
			return err
		})
		if err == nil {
			t.value = quantile(took, q)
		}
		return t, err
	}
}

// quantile is the time, in seconds, that a share q of durations do not exceed, which
// this puts in order.
func quantile(took []time.Duration, q float64) float64 {
	slices.Sort(took)
	at := int(math.Ceil(q*float64(len(took)))) - 1
	return took[max(at, 0)].Seconds()
}

// middle is the median of turns, of values and of CPU each; of an even number of them
// the greater of the two in the middle.
func middle(turns []turn) turn {
	var values []float64
	var cpus []time.Duration
	for _, t := range turns {
		values, cpus = append(values, t.value), append(cpus, t.cpu)
	}
	slices.Sort(values)
	slices.Sort(cpus)
	return turn{values[len(values)/2], cpus[len(cpus)/2]}
}
