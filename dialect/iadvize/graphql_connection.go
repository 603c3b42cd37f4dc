package iadvize

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rosterd/rosterd/directory"
)

// Pages of connections.
const (
	DefaultPage = 100  // elements where neither first nor last says how many
	MaxPage     = 1000 // elements at most
)

// pageArgs are the arguments of a connection.
type pageArgs struct {
	Before, After *string
	First, Last   *int32
}

// span is the part of a connection that is asked for: those after and before two ids,
// each unless 0, and of them the first or the last ones.
type span struct {
	after, before int64
	first, last   int // -1 for all
}

// span reads the arguments.
func (a pageArgs) span() (span, error) {
	s := span{first: -1, last: -1}
	for _, n := range []struct {
		name  string
		given *int32
		to    *int
	}{{"first", a.First, &s.first}, {"last", a.Last, &s.last}} {
		if n.given == nil {
			continue
		}
		if *n.given < 0 || *n.given > MaxPage {
			return s, badArgument(fmt.Sprintf("The argument %s must be from 0 to %d.", n.name, MaxPage))
		}
		*n.to = int(*n.given)
	}
	if s.first < 0 && s.last < 0 {
		s.first = DefaultPage
	}
	for _, c := range []struct {
		name  string
		given *string
		to    *int64
	}{{"after", a.After, &s.after}, {"before", a.Before, &s.before}} {
		if c.given == nil {
			continue
		}
		id, ok := idOf(*c.given)
		if !ok {
			return s, badArgument(fmt.Sprintf("The argument %s is no cursor of a connection.", c.name))
		}
		*c.to = id
	}
	return s, nil
}

// A cursor is a key: it stays good whatever comes and goes.
const cursorPrefix = "cursor"

func cursorOf(id int64) string {
	return base64.StdEncoding.EncodeToString([]byte(cursorPrefix + strconv.FormatInt(id, 10)))
}

func idOf(cursor string) (int64, bool) {
	text, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil {
		return 0, false
	}
	digits, is := strings.CutPrefix(string(text), cursorPrefix)
	id, err := strconv.ParseInt(digits, 10, 64)
	return id, is && err == nil && id > 0
}

// source is what a connection is a part of, in the order of ids.
type source[T, N any] struct {
	where directory.Condition // nil for all
	read  func(context.Context, directory.Query) (directory.Page[T], error)
	id    func(*T) int64
	node  func(context.Context, *T) N
}

// with is where, and one thing more of the id.
func (s *source[T, N]) with(op directory.Op, id int64) directory.Condition {
	test := directory.Test{Field: "id", Op: op, Values: []any{id}}
	if s.where == nil {
		return test
	}
	return directory.All{s.where, test}
}

// connection is a page, the edges of which have all that they show.
type connection[N any] struct {
	Edges    []*edge[N]
	PageInfo *pageInfo

	total func(context.Context) (int64, error)
}

type edge[N any] struct {
	Cursor string
	Node   N
}

// pageInfo looks at what is beyond the page only if it is asked.
type pageInfo struct {
	StartCursor, EndCursor *string

	next, previous func(context.Context) (bool, error)
}

func (p *pageInfo) HasNextPage(ctx context.Context) (bool, error)     { return p.next(ctx) }
func (p *pageInfo) HasPreviousPage(ctx context.Context) (bool, error) { return p.previous(ctx) }

// TotalCount counts, which takes time, only if it is asked.
func (c *connection[N]) TotalCount(ctx context.Context) (*int32, error) {
	n, err := c.total(ctx)
	total := int32(n)
	return &total, err
}

// page reads a part of a source by key, so that it takes the same time wherever it is.
func page[T, N any](ctx context.Context, s source[T, N], args pageArgs) (*connection[N], error) {
	span, err := args.span()
	if err != nil {
		return nil, err
	}
	part := s
	if span.after != 0 {
		part.where = part.with(directory.OpGreater, span.after)
	}
	if span.before != 0 {
		part.where = part.with(directory.OpLess, span.before)
	}
	q := directory.Query{Where: part.where, Limit: int64(span.first) + 1, Uncounted: true}
	backwards := span.first < 0
	if backwards {
		q.Limit, q.Order = int64(span.last)+1, []directory.Order{{Field: "id", Descending: true}}
	}
	found, err := s.read(ctx, q)
	if err != nil {
		return nil, err
	}
	items, more := found.Items, int64(len(found.Items)) == q.Limit
	if more {
		items = items[:len(items)-1]
	}
	if backwards {
		slices.Reverse(items)
	}
	cut := !backwards && span.last >= 0 && span.last < len(items)
	if cut {
		items = items[len(items)-span.last:]
	}
	c := &connection[N]{Edges: make([]*edge[N], len(items)), PageInfo: &pageInfo{}}
	for i := range items {
		c.Edges[i] = &edge[N]{cursorOf(s.id(&items[i])), s.node(ctx, &items[i])}
	}
	if len(items) > 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[len(items)-1].Cursor
	}
	c.PageInfo.next = func(ctx context.Context) (bool, error) {
		if backwards {
			return s.any(ctx, directory.OpAtLeast, span.before)
		}
		return more, nil
	}
	c.PageInfo.previous = func(ctx context.Context) (bool, error) {
		if backwards {
			return more, nil
		}
		if cut {
			return true, nil
		}
		return s.any(ctx, directory.OpAtMost, span.after)
	}
	c.total = func(ctx context.Context) (int64, error) {
		counted, err := s.read(ctx, directory.Query{Where: s.where})
		return counted.Total, err
	}
	return c, nil
}

// any reports whether there is something on one side of an id; nothing is beyond 0.
func (s *source[T, N]) any(ctx context.Context, op directory.Op, id int64) (bool, error) {
	if id == 0 {
		return false, nil
	}
	found, err := s.read(ctx, directory.Query{Where: s.with(op, id), Limit: 1, Uncounted: true})
	return len(found.Items) > 0, err
}

// listed reads what is in memory already, as page asks for it.
func listed[T any](items []T, id func(*T) int64) func(context.Context, directory.Query) (directory.Page[T], error) {
	return func(_ context.Context, q directory.Query) (directory.Page[T], error) {
		var found []T
		for i := range items {
			if holds(q.Where, id(&items[i])) {
				found = append(found, items[i])
			}
		}
		slices.SortFunc(found, func(a, b T) int { return int(min(max(id(&a)-id(&b), -1), 1)) })
		if len(q.Order) > 0 && q.Order[0].Descending {
			slices.Reverse(found)
		}
		return directory.Page[T]{Items: found[:min(int64(len(found)), q.Limit)], Total: int64(len(found))}, nil
	}
}

// holds reports whether a condition that page made of ids holds.
func holds(c directory.Condition, id int64) bool {
	switch c := c.(type) {
	case directory.All:
		return !slices.ContainsFunc(c, func(part directory.Condition) bool { return !holds(part, id) })
	case directory.Test:
		with := c.Values[0].(int64)
		return map[directory.Op]bool{
			directory.OpGreater: id > with, directory.OpLess: id < with, directory.OpAtLeast: id >= with, directory.OpAtMost: id <= with,
		}[c.Op]
	}
	return true
}
