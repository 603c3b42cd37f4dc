package store

import (
	"slices"

	"github.com/rosterd/rosterd/directory"
)

// foresee finds what steps are going to ask for, in two queries for all of an account
// instead of as many for each.
func (g *group) foresee(steps []step) error {
	numbers, groups, known := map[int64][]string{}, map[int64][]int64{}, 0
	for _, s := range steps {
		if s.asks == nil {
			continue
		}
		known++
		numbers[s.account] = append(numbers[s.account], s.asks.Numbers...)
		for _, id := range s.asks.Groups {
			_, learnt := g.waiting.learnt[fact{account: s.account, kind: directory.KindGroup, id: id}]
			if !learnt && !slices.Contains(groups[s.account], id) {
				groups[s.account] = append(groups[s.account], id)
			}
		}
	}
	if known < 2 {
		return nil // who is alone may as well ask
	}
	for account, identities := range numbers {
		if err := g.foreseeNumbers(account, identities); err != nil {
			return err
		}
	}
	for account, ids := range groups {
		t := &tx{group: g, account: account}
		if _, err := t.Unknown(directory.KindGroup, ids); err != nil {
			return err
		}
	}
	return nil
}

func (g *group) foreseeNumbers(account int64, identities []string) error {
	if len(identities) == 0 {
		return nil
	}
	if g.waiting.foreseen == nil {
		g.waiting.foreseen = map[identity]*directory.Number{}
	}
	for _, text := range identities {
		g.waiting.foreseen[identity{account, text}] = nil
	}
	return g.session.each(func(row scanner) error {
		n, err := scanNumber(row)
		g.waiting.foreseen[identity{account, n.Identity}] = &n
		return err
	}, numbersByIdentity(&g.session.flavor), account, list(identities))
}
