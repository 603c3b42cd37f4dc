package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// sequence is a side whose turns come to values, one after the other.
func sequence(cpu time.Duration, values ...float64) side {
	return func(context.Context) (turn, error) {
		v := values[0]
		values = values[1:]
		return turn{v, cpu}, nil
	}
}

// TestTable works the arithmetic out by hand: the first turn does not count, the ratio
// is that of the medians, the spread that of turns beside each other.
func TestTable(t *testing.T) {
	ended := 0
	measured := []row{
		{"1", "rate", "raw", perSecond, atLeast(2), func(_ context.Context, b *bench) (pair, error) {
			b.atEnd(func() error { ended++; return nil })
			return pair{sequence(1500*time.Nanosecond, 9, 2000, 1000, 3000), sequence(time.Millisecond, 1, 1000, 900, 1000)}, nil
		}},
		{"2", "time", "append", seconds, atMost(4), func(context.Context, *bench) (pair, error) {
			return pair{sequence(0, 1, 0.005, 0.006, 0.007), sequence(0, 1, 0.001, 0.001, 0.001)}, nil
		}},
		{"3", "memory", "", size, atMost(40e6), func(context.Context, *bench) (pair, error) {
			return pair{ours: sequence(0, 1, 30e6, 40e6, 50e6)}, nil
		}},
		{"4", "fails", "raw", perSecond, atLeast(1), func(_ context.Context, b *bench) (pair, error) {
			b.atEnd(func() error { ended++; return nil })
			return pair{}, errors.New("no disk")
		}},
		{"5", "goes on", "raw", perSecond, atLeast(1), func(context.Context, *bench) (pair, error) {
			return pair{sequence(0, 1, 1, 1, 1), sequence(0, 1, 1, 1, 1)}, nil
		}},
	}
	want := []string{
		"| 1 | rate | raw | 2.0k/s | 1.5µs | 1.0k/s | 1ms | **2.00** | 1.11 to 3.00 | ≥ 2.00 | met |",
		"| 2 | time | append | 6ms |  | 1ms |  | **6.00** | 5.00 to 7.00 | ≤ 4.00 | missed |",
		"| 3 | memory |  | 40.0 MB |  |  |  | **40.0 MB** | 30.0 MB to 50.0 MB | ≤ 40.0 MB | met |",
		"| 4 | fails | raw | | | | | | | ≥ 1.00 | not measured |",
		"| 5 | goes on | raw | 1.0/s |  | 1.0/s |  | **1.00** | 1.00 to 1.00 | ≥ 1.00 | met |",
	}
	var out bytes.Buffer
	b := bench{turns: 3}
	if err := b.table(t.Context(), &out, measured); err == nil || !strings.Contains(err.Error(), "row 4: no disk") {
		t.Errorf("error %v; want one about row 4", err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")[2:] // after the head
	for i, line := range lines {
		if line != want[i] {
			t.Errorf("got  %s\nwant %s", line, want[i])
		}
	}
	if len(lines) != len(want) || ended != 2 {
		t.Errorf("%d lines, want %d; %d rows ended, want 2", len(lines), len(want), ended)
	}
}

func TestQuantile(t *testing.T) {
	var took []time.Duration
	for i := range 100 {
		took = append(took, time.Duration(100-i)*time.Second)
	}
	for q, want := range map[float64]float64{0.5: 50, 0.99: 99, 1: 100, 0: 1} {
		if got := quantile(took, q); got != want {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 999: "999ns", 1234: "1.23µs", 22490200: "22.5ms", 12345 * time.Millisecond: "12.3s",
	} {
		if got := short(d); got != want {
			t.Errorf("%d ns: %s, want %s", d, got, want)
		}
	}
}

func TestChosen(t *testing.T) {
	some, err := chosen([]string{"13", "2", "7b"})
	var numbers []string
	for _, r := range some {
		numbers = append(numbers, r.number)
	}
	if got := strings.Join(numbers, " "); err != nil || got != "13a 13b 2 7b" {
		t.Errorf("%s, %v; want 13a 13b 2 7b", got, err)
	}
	if _, err := chosen([]string{"99"}); err == nil {
		t.Error("there is a row 99")
	}
}
