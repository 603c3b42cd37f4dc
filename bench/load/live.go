package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"

	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/bench/usage"
)

// singles is how many creates of a round are measured while nobody else writes.
const singles = 500

// live measures single creates, one after the other, in a roster of n employees:
// some alone, then others while more are loaded, in turns, until n are.
func live(ctx context.Context, o options) (err error) {
	r, err := staff.Open(ctx, o.ours())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Store.Close()) }()
	if err := r.Load(ctx, 0, o.n, fillBatch, o.parallel); err != nil {
		return err
	}
	one := &single{roster: r, next: 2 * o.n}
	var idle, busy []time.Duration
	var loading time.Duration
	for round := range o.rounds {
		for range singles {
			if err := one.create(ctx, &idle); err != nil {
				return err
			}
		}
		from, to := o.n+round*o.n/o.rounds, o.n+(round+1)*o.n/o.rounds
		began := time.Now()
		if err := one.beside(ctx, &busy, func(ctx context.Context) error { return r.Load(ctx, from, to, o.batch, o.parallel) }); err != nil {
			return err
		}
		loading += time.Since(began)
	}
	fmt.Printf("a roster of %d employees; %d more in batches of %d, %d at a time: %.0f a second\n\n", o.n, o.n, o.batch, o.parallel, float64(o.n)/loading.Seconds())
	printLatency("idle", idle)
	printLatency("loading", busy)
	fmt.Printf("\np99 while loading is %.1f times that of an idle roster\n", percentile(busy, 99).Seconds()/percentile(idle, 99).Seconds())
	return nil
}

// fillBatch is the size of the batches by which a roster is filled that is measured
// afterwards.
const fillBatch = 500

// single creates employees one at a time, beginning with the next-th.
type single struct {
	roster *staff.Roster
	next   int
}

// create creates one, and notes how long that took.
func (s *single) create(ctx context.Context, took *[]time.Duration) error {
	commands := staff.Batch(s.next, s.next+1, s.roster.Groups)
	s.next++
	began := time.Now()
	result := s.roster.Service.CreateEmployees(s.roster.Actor(ctx), commands)[0]
	*took = append(*took, time.Since(began))
	return result.Err
}

// beside creates one after the other while load runs.
func (s *single) beside(ctx context.Context, took *[]time.Duration, load func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	loaded := make(chan error, 1)
	go func() { loaded <- load(ctx) }()
	for {
		if err := s.create(ctx, took); err != nil {
			cancel()
			return errors.Join(err, <-loaded)
		}
		select {
		case err := <-loaded:
			return err
		default:
		}
	}
}

func printLatency(name string, took []time.Duration) {
	fmt.Printf("%-8s %6d creates  p50 %8.2f ms  p99 %8.2f ms  max %8.2f ms\n", name, len(took),
		milliseconds(percentile(took, 50)), milliseconds(percentile(took, 99)), milliseconds(percentile(took, 100)))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// percentile is the smallest of took that p per cent do not exceed.
func percentile(took []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[max((len(sorted)*p+99)/100-1, 0)]
}

// decode measures what reading n employees as JSON takes, which is no part of the
// comparison.
func decode(o options) error {
	groups := make([]int64, staff.Groups)
	for i := range groups {
		groups[i] = int64(i) + 1
	}
	document, err := json.Marshal(staff.Employee(0, groups), json.OmitZeroStructFields(true))
	if err != nil {
		return err
	}
	rules := schema.Of[directory.CreateEmployee](directory.RevisionSeed)
	var watch usage.Stopwatch
	watch.Start()
	for range o.n {
		if _, err := rules.Decode(document); err != nil {
			return err
		}
	}
	watch.Stop()
	fmt.Printf("decoding takes %.1f µs an employee (%d bytes of JSON)\n", watch.Time.Seconds()/float64(o.n)*1e6, len(document))
	return nil
}
