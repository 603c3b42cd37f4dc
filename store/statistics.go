package store

import "sync/atomic"

// A new database has no statistics, and what is planned without them reads whole
// tables; PostgreSQL's autovacuum looks only once a minute whether there is anything to
// count. So a server that has added some employees has them counted, and again when it
// has added many more.
const (
	firstStatistics  = 1000 // employees added by this process
	statisticsGrowth = 10   // … and then so many times as many
)

// statistics is how many employees a process has added, and at how many statistics are
// to be renewed.
type statistics struct{ added, next atomic.Int64 }

// due notes that n more were added, and reports whether statistics are to be renewed.
func (s *statistics) due(n int64) bool {
	if n <= 0 {
		return false
	}
	s.next.CompareAndSwap(0, firstStatistics)
	added, next := s.added.Add(n), s.next.Load()
	return added >= next && s.next.CompareAndSwap(next, added*statisticsGrowth)
}

// renewStatistics has the database count its rows beside the writer, if it does not do
// so by itself in time.
func (w *writer) renewStatistics(added int64) {
	if w.flavor.analyze == "" || !w.statistics.due(added) {
		return
	}
	w.busy.Go(func() {
		if _, err := w.db.ExecContext(forever, w.flavor.analyze); err != nil {
			w.log.Warn("statistics of the database could not be renewed; autovacuum will", "error", err)
		}
	})
}
