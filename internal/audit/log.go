package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
)

const (
	maxBatch = 4096 // entries in a block
	maxRows  = 500  // audit rows that a block seals
	// gather is how long a batch waits at most until it is as large as the one
	// before. A caller alone never waits.
	gather = 5 * time.Millisecond
	// sealEvery is how often audit rows are sealed and the spool is emptied
	// when no entry comes.
	sealEvery = time.Second
	// storeTime is how long the store may take before a batch goes to the
	// spool: callers wait for it.
	storeTime = 2 * time.Second
)

// ErrClosed says that an entry came after Close.
var ErrClosed = errors.New("audit log closed")

// A Log writes one chain: that of an instance, from Start to Close. It commits
// in groups: what comes while one batch is being stored is the next batch. It
// is safe for concurrent use.
type Log struct {
	Store Store
	// Spool is where batches wait while the store is away. Nothing is kept
	// there, and Record fails with the store, if it is the zero value.
	Spool Spool
	Clock clock.Clock

	chain   string
	encoder encoder
	away    atomic.Bool // the store failed, and was not seen to work since
	cancel  context.CancelFunc
	done    sync.WaitGroup
	writing sync.Mutex // held by who adds a block

	mu      sync.Mutex
	closed  bool
	waiting []waiter
	company int           // entries of the batch before
	wake    chan struct{} // has room for one: the first entry waits
	full    chan struct{} // has room for one: company entries wait
}

type waiter struct {
	entry  Entry
	stored chan<- error
}

// Start starts a chain and the goroutines that write it. Call it once.
func (l *Log) Start(ctx context.Context) {
	l.chain, l.wake, l.full = ident.NewUUID(), make(chan struct{}, 1), make(chan struct{}, 1)
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.done.Go(func() { l.run(ctx) })
	l.done.Go(func() { l.tend(ctx) })
}

// Chain returns the name of the chain.
func (l *Log) Chain() string { return l.chain }

// Waiting returns how many entries wait to be stored.
func (l *Log) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// Close stores what waits and stops.
func (l *Log) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.cancel()
	l.done.Wait()
	return nil
}

// Record returns once e is stored, in the database or in the spool. The entry
// may be stored even if ctx ends before.
func (l *Log) Record(ctx context.Context, e Entry) error { return l.Begin(ctx, e)() }

// Begin begins to store e. What it returns waits, as Record does.
func (l *Log) Begin(ctx context.Context, e Entry) (wait func() error) {
	stored := make(chan error, 1)
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return func() error { return ErrClosed }
	}
	l.waiting = append(l.waiting, waiter{e, stored})
	first, full := len(l.waiting) == 1, len(l.waiting) == l.company
	l.mu.Unlock()
	if first {
		signal(l.wake)
	}
	if full {
		signal(l.full)
	}
	return func() error {
		select {
		case err := <-stored:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run writes batches until ctx ends, and then what is left.
func (l *Log) run(ctx context.Context) {
	for {
		over := false
		select {
		case <-ctx.Done():
			over = true
		case <-l.wake:
			over = l.gather(ctx)
		}
		if l.flush(context.WithoutCancel(ctx)); over {
			return
		}
	}
}

// tend seals audit rows, and empties the spool once the store is there, until
// ctx ends. No caller waits for it. What fails is tried again.
func (l *Log) tend(ctx context.Context) {
	clock.Real{}.Poll(ctx, sealEvery, nil, func(ctx context.Context) {
		if err := l.catchUp(ctx); err != nil {
			l.away.Store(true)
			return
		}
		l.away.Store(l.append(ctx, ident.NewUUID(), nil) != nil && ctx.Err() == nil)
	})
}

// signal wakes who waits on c, now or later.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is told already
	}
}

// gather waits, in real time, until as many entries wait as the batch before
// had, but not for long. It reports whether ctx ended before.
func (l *Log) gather(ctx context.Context) bool {
	l.mu.Lock()
	complete := len(l.waiting) >= l.company
	l.mu.Unlock()
	if complete {
		return false
	}
	t := time.NewTimer(gather)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return true
	case <-l.full:
	case <-t.C:
	}
	return false
}

// flush stores all that waits, in batches.
func (l *Log) flush(ctx context.Context) {
	for {
		l.mu.Lock()
		batch := l.waiting[:min(len(l.waiting), maxBatch)]
		l.waiting = l.waiting[len(batch):]
		if len(l.waiting) == 0 {
			l.waiting = nil
		}
		if len(batch) > 0 {
			l.company = len(batch)
		}
		select {
		case <-l.full: // they are in the batch
		default:
		}
		l.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		err := l.store(ctx, batch)
		for _, w := range batch {
			w.stored <- err
		}
	}
}

// store stores a batch in the database, else in the spool.
func (l *Log) store(ctx context.Context, batch []waiter) error {
	entries := make([]Entry, len(batch))
	for i, w := range batch {
		entries[i] = w.entry
	}
	body, err := l.encoder.encode(entries)
	if err != nil {
		return err
	}
	id := ident.NewUUID()
	if l.Spool.Folder == "" {
		return l.append(ctx, id, body)
	}
	if !l.away.Load() {
		if l.append(ctx, id, body) == nil {
			return nil
		}
		l.away.Store(true)
	}
	// It may be stored nevertheless. Whoever empties the spool looks.
	return l.Spool.put(id, body)
}

// append adds a block to the chain. A batch that is stored already is not
// stored again, and no block is made that would hold nothing.
func (l *Log) append(ctx context.Context, batch string, body []byte) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.Spool.Folder != "" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, storeTime)
		defer cancel()
	}
	anchor, err := l.Store.Newest(ctx, l.chain)
	if err != nil {
		return fmt.Errorf("find an anchor: %w", err)
	}
	return l.Store.AuditTx(ctx, func(tx Tx) error {
		if stored, err := tx.Stored(ctx, batch); stored || err != nil {
			return err
		}
		rows, err := tx.Unsealed(ctx, maxRows)
		if err != nil || len(rows) == 0 && len(body) == 0 {
			return err
		}
		head, err := tx.Head(ctx, l.chain)
		if err != nil {
			return err
		}
		b := Block{
			Head:  Head{Chain: l.chain, Position: head.Position + 1},
			Batch: batch, At: l.Clock.Now().Truncate(time.Millisecond), Body: body, Rows: sumRows(rows), Anchor: anchor,
		}
		b.Hash = b.sum(head.Hash)
		return tx.Append(ctx, b, rows)
	})
}

// catchUp stores what lies in the spool, oldest first, until one fails.
func (l *Log) catchUp(ctx context.Context) error {
	if l.Spool.Folder == "" {
		return nil
	}
	for _, id := range l.Spool.batches() {
		body, err := l.Spool.get(id)
		if err != nil {
			continue // it stays for an operator to look at
		}
		if err := l.append(ctx, id, body); err != nil {
			return err
		}
		l.Spool.remove(id)
	}
	return nil
}
