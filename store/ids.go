package store

import (
	"context"
	"sync"
)

// Bounds of the blocks in which ids are reserved.
const (
	firstBlock   = 1000   // ids in the first block of a process
	largestBlock = 16_000 // each block is twice as large as the one before, up to this
)

// idBlocks hands out ids of blocks that are reserved in the database. The next block is
// reserved while half of the last is left, so that nobody waits for the writer who
// does not take very many; those who do find the blocks larger and larger.
type idBlocks struct {
	writer *writer

	mu     sync.Mutex
	blocks []block // in the order of their ids
	left   int64   // in all blocks
	size   int64   // of the last block
	order  *reservation
	busy   sync.WaitGroup
}

// block is the ids from next up to end, without end.
type block struct{ next, end int64 }

// reservation is a block that was ordered.
type reservation struct {
	done chan struct{}
	err  error
}

// NewIDs hands out ids, each greater than the one before.
func (s *Store) NewIDs(ctx context.Context, n int) ([]int64, error) {
	for {
		taken, order := s.ids.take(n)
		if order == nil {
			return taken, nil
		}
		select {
		case <-order.done:
			if order.err != nil {
				return nil, order.err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take hands out n ids if there are as many, else says what to wait for.
func (i *idBlocks) take(n int) ([]int64, *reservation) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.left < int64(n) {
		i.reserve(int64(n))
		return nil, i.order
	}
	i.left -= int64(n)
	taken := make([]int64, 0, n)
	for len(taken) < n {
		b := &i.blocks[0]
		if b.next == b.end {
			i.blocks = i.blocks[1:]
			continue
		}
		taken = append(taken, b.next)
		b.next++
	}
	if i.left < i.size/2 {
		i.reserve(0)
	}
	return taken, nil
}

// reserve orders the next block, of n ids at least, unless one is on its way.
func (i *idBlocks) reserve(n int64) {
	if i.order != nil {
		return
	}
	size := max(n, min(max(2*i.size, firstBlock), largestBlock))
	order := &reservation{done: make(chan struct{})}
	i.order = order
	i.busy.Go(func() {
		var end int64
		order.err = i.writer.do(forever, 0, []task{func(tx *tx) error {
			return tx.row(`update id_blocks set next_id = next_id + $1 where name = 'all' returning next_id`, size).Scan(&end)
		}})[0]
		i.mu.Lock()
		defer i.mu.Unlock()
		if order.err == nil {
			i.blocks, i.left, i.size = append(i.blocks, block{end - size, end}), i.left+size, min(size, largestBlock)
		}
		i.order = nil
		close(order.done)
	})
}
