package main

import "testing"

func TestCompare(t *testing.T) {
	of := func(on string, render int64) counts {
		return counts{on, map[string]int64{"decode": 1000, "call": 1000, "render": render}}
	}
	for _, test := range []struct {
		name        string
		now, before counts
		good        bool
	}{
		{"the same", of("here", 10_000), of("here", 10_000), true},
		{"fewer", of("here", 100), of("here", 10_000), true},
		{"as many as are allowed", of("here", 10_500), of("here", 10_000), true},
		{"more than are allowed", of("here", 10_501), of("here", 10_000), false},
		{"no baseline", of("here", 10_000), of("here", 0), false},
		{"another machine", of("here", 10_000), of("there", 10_000), false},
	} {
		if err := test.now.compare(test.before); (err == nil) != test.good {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
