package main

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/jsquery"
	"github.com/rosterd/rosterd/schema"
)

// Pages that are read, and how many in a turn.
const (
	pageSize        = 100
	readers         = 16
	pagesOverHTTP   = 2000
	pagesOfPeer     = 400
	pagesInProcess  = 300
	scans           = 2
	deepest         = 100_000 // the greatest offset that there is
	ofPeer          = 100_000 // employees that PocketBase has
	createsTogether = 1000
)

// inGroup is the filter of a group and a status, as get.employees takes it.
func inGroup(group, status int64) directory.Filter {
	return directory.Filter{Filters: schema.Some([]directory.Filter{
		{Field: schema.Some("groups"), Operator: schema.Some("jsquery"), Value: jsontext.Value(fmt.Sprintf("%q", expression(group)))},
		{Field: schema.Some("status_id"), Operator: schema.Some("="), Value: jsontext.Value(fmt.Sprint(status))},
	})}
}

func expression(group int64) string { return fmt.Sprintf("#.group_id = %d", group) }

// filtered is a request for the first page of a group's employees with a status.
func (s *server) filtered(status int64) func(i int) request {
	return func(i int) request {
		body := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"get.employees","params":{"limit":%d,"filter":{"filters":[`+
			`{"field":"groups","operator":"jsquery","value":%q},{"field":"status_id","operator":"=","value":%d}]}}}`,
			i, pageSize, expression(s.groups[i%len(s.groups)]), status)
		r := s.call(body, pageSize)
		r.has = `"full_name":`
		return r
	}
}

// pages is requests for a page over HTTP by readers connections: of rosterd, filtered,
// from the large roster, and of PocketBase, the first without a filter, from ofPeer.
func pages(ctx context.Context, b *bench) (pair, error) {
	r, err := b.large(ctx)
	if err != nil {
		return pair{}, err
	}
	status, err := statusID(ctx, r, rareStatus)
	if err != nil {
		return pair{}, err
	}
	s, err := b.rosterdOn(ctx, r.Path)
	if err != nil {
		return pair{}, err
	}
	p, err := b.pocketbase(ctx)
	if err != nil {
		return pair{}, err
	}
	there := min(ofPeer, b.employees)
	if _, err := load(ctx, p.address, 1, there/createsTogether, p.createMany(createsTogether)); err != nil {
		return pair{}, err
	}
	list := p.request(fmt.Sprintf("%s?perPage=%d", records, pageSize), nil, `"collectionName":"employees"`, pageSize)
	return pair{
		ours:      throughput(s.process, s.address, readers, pagesOverHTTP, 1, s.filtered(status)),
		reference: throughput(p.process, p.address, readers, pagesOfPeer, 1, func(int) request { return list }),
	}, nil
}

// statusID is the id of a standard status.
func statusID(ctx context.Context, r *staff.Roster, mnemonic string) (id int64, err error) {
	db, err := openRaw(ctx, r.Path)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	return id, db.QueryRowContext(ctx, "select id from statuses where account_id = ? and mnemonic = ?", r.Account, mnemonic).Scan(&id)
}

// openRaw opens a roster for queries by hand, on one connection. It maps as much of the
// file as SQLite lets it.
func openRaw(ctx context.Context, file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", "file:"+file+"?mode=ro&_query_only=on")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "pragma mmap_size = 2147418112"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// oneByOne is a side that does something n times in a turn, one after the other, and
// tells how long that takes in the middle.
func oneByOne(n int, do func(ctx context.Context, i int) error) side {
	return func(ctx context.Context) (turn, error) {
		took := make([]time.Duration, n)
		t, err := timed(nil, n, func() error {
			for i := range took {
				began := time.Now()
				if err := do(ctx, i); err != nil {
					return err
				}
				took[i] = time.Since(began)
			}
			return nil
		})
		t.value = quantile(took, 0.5)
		return t, err
	}
}

// reads is what rows that read the large roster in this process have.
type reads struct {
	*staff.Roster
	raw    *sql.DB
	status int64
}

func (b *bench) reads(ctx context.Context) (*reads, error) {
	r, err := b.large(ctx)
	if err != nil {
		return nil, err
	}
	status, err := statusID(ctx, r, rareStatus)
	if err != nil {
		return nil, err
	}
	db, err := openRaw(ctx, r.Path)
	if err != nil {
		return nil, err
	}
	b.atEnd(db.Close)
	return &reads{r, db, status}, nil
}

// page has rosterd read a page, which there have to be enough employees for.
func (r *reads) page(ctx context.Context, c directory.GetEmployees) error {
	c.Limit = schema.Some(int64(pageSize))
	list, err := r.Service.GetEmployees(r.Actor(ctx), c)
	if err == nil && list.Total < pageSize {
		err = fmt.Errorf("%d employees are found", list.Total)
	}
	return err
}

func (r *reads) group(i int) int64 { return r.Groups[i%len(r.Groups)] }

// children is a filtered page and its total, as directory.Service reads it; and the page
// alone by hand, with a query for each kind of child of each employee.
func children(ctx context.Context, b *bench) (pair, error) {
	r, err := b.reads(ctx)
	if err != nil {
		return pair{}, err
	}
	byHand, err := newHand(ctx, r)
	if err != nil {
		return pair{}, err
	}
	return pair{
		ours: oneByOne(pagesInProcess, func(ctx context.Context, i int) error {
			return r.page(ctx, directory.GetEmployees{Filter: schema.Some(inGroup(r.group(i), r.status))})
		}),
		reference: oneByOne(pagesInProcess, byHand.page),
	}, nil
}

// hand reads pages with a query per child.
type hand struct {
	*reads
	employees, numbers, groups, statuses, coaches *sql.Stmt
}

func newHand(ctx context.Context, r *reads) (h *hand, err error) {
	h = &hand{reads: r}
	for _, s := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&h.employees, `select e.id, e.full_name, e.first_name, e.last_name, e.patronymic, e.email, e.login, e.status_id, e.schedule_id, e.coach_id, e.call_recording,
			e.in_external, e.in_internal, e.out_external, e.out_internal, e.extension, e.extension_voice_mail, e.extension_queue
			from memberships m join employees e on e.account_id = m.account_id and e.id = m.employee_id
			where m.account_id = ? and m.group_id = ? and m.status_id = ? order by m.employee_id limit ?`},
		{&h.numbers, `select p.id, p.spelling, p.channels_count, p.dial_time, p.status from employee_phone_numbers n join phone_numbers p on p.account_id = n.account_id and p.id = n.phone_number_id
			where n.account_id = ? and n.employee_id = ? order by n.position`},
		{&h.groups, `select g.id, g.name from memberships m join employee_groups g on g.account_id = m.account_id and g.id = m.group_id where m.account_id = ? and m.employee_id = ? order by g.id`},
		{&h.statuses, `select mnemonic from statuses where account_id = ? and id = ?`},
		{&h.coaches, `select full_name from employees where account_id = ? and id = ?`},
	} {
		if *s.to, err = r.raw.PrepareContext(ctx, s.text); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// person is what is read by hand.
type person struct {
	id, statusID                                                            int64
	scheduleID, coachID                                                     *int64
	fullName, lastName, recording                                           string
	firstName, patronymic, email, login, coachName, status, extension       *string
	inExternal, inInternal, outExternal, outInternal, voiceMail, extensions int64
	numbers                                                                 []number
	groups                                                                  []group
}

type number struct {
	id, channels, dialTime int64
	spelling, status       string
}

type group struct {
	id   int64
	name string
}

func (h *hand) page(ctx context.Context, i int) error {
	people := make([]person, 0, pageSize)
	err := each(ctx, h.employees, func(scan func(...any) error) error {
		var p person
		err := scan(&p.id, &p.fullName, &p.firstName, &p.lastName, &p.patronymic, &p.email, &p.login, &p.statusID, &p.scheduleID, &p.coachID, &p.recording,
			&p.inExternal, &p.inInternal, &p.outExternal, &p.outInternal, &p.extension, &p.voiceMail, &p.extensions)
		people = append(people, p)
		return err
	}, h.Account, h.group(i), h.status, pageSize)
	if err == nil && len(people) != pageSize {
		err = fmt.Errorf("a page has %d employees", len(people))
	}
	if err != nil {
		return err
	}
	for i := range people {
		p := &people[i]
		err := errors.Join(each(ctx, h.numbers, func(scan func(...any) error) error {
			var n number
			err := scan(&n.id, &n.spelling, &n.channels, &n.dialTime, &n.status)
			p.numbers = append(p.numbers, n)
			return err
		}, h.Account, p.id),
			each(ctx, h.groups, func(scan func(...any) error) error {
				var g group
				err := scan(&g.id, &g.name)
				p.groups = append(p.groups, g)
				return err
			}, h.Account, p.id),
			h.statuses.QueryRowContext(ctx, h.Account, p.statusID).Scan(&p.status))
		if p.coachID != nil {
			err = errors.Join(err, h.coaches.QueryRowContext(ctx, h.Account, p.coachID).Scan(&p.coachName))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// each visits the rows of a query.
func each(ctx context.Context, query *sql.Stmt, visit func(scan func(...any) error) error, args ...any) error {
	rows, err := query.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// deepID is the id after which a page at nine tenths of the roster begins.
func (r *reads) deepID(ctx context.Context, b *bench) (id int64, err error) {
	return id, r.raw.QueryRowContext(ctx, "select id from employees where account_id = ? order by id limit 1 offset ?", r.Account, b.employees/10*9).Scan(&id)
}

// deepConnection is a page of a GraphQL connection over HTTP, deep in the roster and its
// first.
func deepConnection(ctx context.Context, b *bench) (pair, error) {
	r, err := b.reads(ctx)
	if err != nil {
		return pair{}, err
	}
	id, err := r.deepID(ctx, b)
	if err != nil {
		return pair{}, err
	}
	s, err := b.rosterdOn(ctx, r.Path)
	if err != nil {
		return pair{}, err
	}
	after := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "cursor%d", id))
	users := func(args string) func(int) request {
		query := s.call(fmt.Appendf(nil, `{"query":"{ users(first: %d%s) { edges { node { id userName } } } }"}`, pageSize, args), pageSize)
		query.path, query.has = "/graphql", `"userName":`
		return func(int) request { return query }
	}
	return pair{
		ours:      latency(s.process, s.address, pagesInProcess, 0.5, users(fmt.Sprintf(`, after: \"%s\"`, after))),
		reference: latency(s.process, s.address, pagesInProcess, 0.5, users("")),
	}, nil
}

// deepKey is a page of get.employees behind a key deep in the roster, and the first one.
func deepKey(ctx context.Context, b *bench) (pair, error) {
	r, err := b.reads(ctx)
	if err != nil {
		return pair{}, err
	}
	id, err := r.deepID(ctx, b)
	if err != nil {
		return pair{}, err
	}
	behind := directory.Filter{Field: schema.Some("id"), Operator: schema.Some(">"), Value: jsontext.Value(fmt.Sprint(id))}
	return pair{
		ours: oneByOne(pagesInProcess, func(ctx context.Context, _ int) error {
			return r.page(ctx, directory.GetEmployees{Filter: schema.Some(behind)})
		}),
		reference: oneByOne(pagesInProcess, func(ctx context.Context, _ int) error { return r.page(ctx, directory.GetEmployees{}) }),
	}, nil
}

// deepOffset is a page behind many rows that are skipped; and by hand, with the key's
// index for those, the ids and documents of the page.
func deepOffset(ctx context.Context, b *bench) (pair, error) {
	r, err := b.reads(ctx)
	if err != nil {
		return pair{}, err
	}
	offset := int64(min(deepest, b.employees-pageSize))
	query, err := r.raw.PrepareContext(ctx, `select id, document from employees
		where account_id = ?1 and id in (select id from employees indexed by sqlite_autoindex_employees_1 where account_id = ?1 order by id limit ?2 offset ?3) order by id`)
	if err != nil {
		return pair{}, err
	}
	return pair{
		ours: oneByOne(pagesInProcess, func(ctx context.Context, _ int) error {
			return r.page(ctx, directory.GetEmployees{Offset: schema.Some(offset)})
		}),
		reference: oneByOne(pagesInProcess, func(ctx context.Context, _ int) error {
			n := 0
			err := each(ctx, query, func(scan func(...any) error) error {
				n++
				var id int64
				var document string
				return scan(&id, &document)
			}, r.Account, pageSize, offset)
			if err == nil && n != pageSize {
				err = fmt.Errorf("a page has %d employees", n)
			}
			return err
		}),
	}, nil
}

// searched are parts of names: one that few have, and one that nobody has.
func searched(i int) string { return []string{"erstonehau", "quetzalco"}[i%2] }

// scan looks for texts with LIKE: it reads all rows until a page is full. Where has the
// columns, each with ?2.
func (r *reads) scan(where string) side {
	return oneByOne(scans, func(ctx context.Context, i int) error {
		query, err := r.raw.PrepareContext(ctx, "select id from employees where account_id = ?1 and "+where+" order by id limit 100")
		if err != nil {
			return err
		}
		defer query.Close()
		found := 0
		err = each(ctx, query, func(scan func(...any) error) error {
			found++
			var id int64
			return scan(&id)
		}, r.Account, "%"+searched(i)+"%")
		if err == nil && (found > 0) != (i%2 == 0) {
			err = fmt.Errorf("%s: %d found", searched(i), found)
		}
		return err
	})
}

// byPart is a search for a part of the full name.
func byPart(ctx context.Context, b *bench) (pair, error) {
	r, err := b.reads(ctx)
	if err != nil {
		return pair{}, err
	}
	return pair{
		ours: oneByOne(pagesInProcess, func(ctx context.Context, i int) error {
			like := directory.Filter{Field: schema.Some("full_name"), Operator: schema.Some("ilike"), Value: jsontext.Value(`"%` + searched(i) + `%"`)}
			list, err := r.Service.GetEmployees(r.Actor(ctx), directory.GetEmployees{Limit: schema.Some(int64(pageSize)), Filter: schema.Some(like)})
			if err == nil && (list.Total > 0) != (i%2 == 0) {
				err = fmt.Errorf("%s: %d found", searched(i), list.Total)
			}
			return err
		}),
		reference: r.scan("full_name_folded like ?2"),
	}, nil
}

// byText is a search of Rocket.Chat's among agents, over HTTP.
func byText(ctx context.Context, b *bench) (pair, error) {
	r, err := b.reads(ctx)
	if err != nil {
		return pair{}, err
	}
	s, err := b.rosterdOn(ctx, r.Path)
	if err != nil {
		return pair{}, err
	}
	headers, err := s.rocketChat(ctx)
	if err != nil {
		return pair{}, err
	}
	return pair{
		ours: latency(s.process, s.address, pagesInProcess, 0.5, func(i int) request {
			has := []string{rareName, `"count":0`}[i%2]
			return request{path: fmt.Sprintf("/api/v1/livechat/users/agent?count=%d&text=%s", pageSize, searched(i)), headers: headers, has: has}
		}),
		reference: r.scan("agent and (handle like ?2 or shown_name_folded like ?2 or email_folded like ?2)"),
	}, nil
}

// rocketChat signs the account's administrator in, and returns the headers of requests.
func (s *server) rocketChat(ctx context.Context) (headers string, err error) {
	conn, err := dial(ctx, s.address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	body, err := conn.do(request{path: "/api/v1/login", headers: "Content-Type: application/json\r\n", body: []byte(`{"user":"load","password":"load"}`), has: "authToken"})
	if err != nil {
		return "", err
	}
	var answer struct {
		Data struct{ UserID, AuthToken string }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", err
	}
	return fmt.Sprintf("X-User-Id: %s\r\nX-Auth-Token: %s\r\n", answer.Data.UserID, answer.Data.AuthToken), nil
}

// total is the count of what a filter finds, and its page.
func total(ctx context.Context, b *bench) (pair, error) {
	r, err := b.reads(ctx)
	if err != nil {
		return pair{}, err
	}
	part := func(limit int64, uncounted bool) side {
		return oneByOne(pagesInProcess, func(ctx context.Context, i int) error {
			expr, err := jsquery.Parse(expression(r.group(i)))
			if err != nil {
				return err
			}
			page, _, err := r.Store.Employees(ctx, r.Account, directory.Query{
				Where: directory.All{directory.Test{Field: "groups", Op: directory.OpJSQuery, Expr: expr}, directory.Is("status_id", r.status)},
				Limit: limit, Uncounted: uncounted,
			})
			if err == nil && (int64(len(page.Items)) != limit || (page.Total == 0) != uncounted) {
				err = fmt.Errorf("%d employees of %d", len(page.Items), page.Total)
			}
			return err
		})
	}
	return pair{ours: part(0, false), reference: part(pageSize, true)}, nil
}
