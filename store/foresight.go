package store

import (
	"slices"

	"github.com/rosterd/rosterd/directory"
)

// foresee finds what steps are going to ask for, and the standard statuses, in three
// queries for all of an account instead of as many for each.
func (g *group) foresee(steps []step) error {
	numbers, groups, standards, known := map[int64][]string{}, map[int64][]int64{}, map[int64]bool{}, 0
	for _, s := range steps {
		if s.asks == nil {
			continue
		}
		known++
		if _, learnt := g.waiting.learnt[fact{account: s.account, kind: directory.KindStatus}]; !learnt {
			standards[s.account] = true
		}
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
	var inquiries []inquiry
	for account, identities := range numbers {
		if len(identities) > 0 {
			inquiries = append(inquiries, g.foreseeNumbers(account, identities))
		}
	}
	for account, ids := range groups {
		if len(ids) > 0 {
			t := &tx{group: g, account: account}
			inquiries = append(inquiries, t.areThere(directory.KindGroup, ids, func(int64) {}))
		}
	}
	for account := range standards {
		inquiries = append(inquiries, g.foreseeStandards(account))
	}
	if len(inquiries) == 0 {
		return nil
	}
	return g.session.flavor.ask(g.session, inquiries)
}

func (g *group) foreseeNumbers(account int64, identities []string) inquiry {
	if g.waiting.foreseen == nil {
		g.waiting.foreseen = map[identity]*directory.Number{}
	}
	for _, text := range identities {
		g.waiting.foreseen[identity{account, text}] = nil
	}
	return inquiry{numbersByIdentity(&g.session.flavor), []any{account, list(identities)}, func(row scanner) error {
		n, err := scanNumber(row)
		g.waiting.foreseen[identity{account, n.Identity}] = &n
		return err
	}}
}

// foreseeStandards learns the standard statuses, and that it has.
func (g *group) foreseeStandards(account int64) inquiry {
	t := &tx{group: g, account: account}
	t.learn(fact{account: account, kind: directory.KindStatus}, 0)
	return inquiry{`select id, mnemonic from statuses where account_id = $1 and mnemonic is not null`, []any{account}, func(row scanner) error {
		f := fact{account: account, kind: directory.KindStatus}
		var id int64
		err := row.Scan(&id, &f.mnemonic)
		t.learn(f, id)
		return err
	}}
}
