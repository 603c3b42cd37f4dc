package main

import (
	"context"
	"log/slog"
	"sync"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/store"
)

// buildSearch makes the search index, or what it lacks, and logs that there is none
// where there cannot be one.
func buildSearch(ctx context.Context, s *store.Store, log *slog.Logger) error {
	began := false
	err := s.BuildSearch(ctx, func(done, all int64) {
		if !began && done < all {
			began = true
			log.Info("the search index is being made", "done", done, "employees", all)
		}
	})
	var none *store.Unindexed
	switch {
	case errors.As(err, &none):
		log.Warn("there is no search index; parts of names are found by looking at every employee", "reason", none.Reason)
		return nil
	case err == nil && began:
		log.Info("the search index is ready")
	}
	return err
}

// startBuildSearch makes the search index while others use the database. stop ends
// it, and waits; the next time goes on.
func startBuildSearch(ctx context.Context, s *store.Store, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() {
		if err := buildSearch(ctx, s, log); err != nil && ctx.Err() == nil {
			log.Error("the search index is not made", "error", err)
		}
	})
	return func() {
		cancel()
		work.Wait()
	}
}
