package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
)

const (
	maxBatch = 4096 // entries in a block
	maxRows  = 500  // audit rows that a block seals
	// share is how many times as long as the commit before the next one waits
	// for company, counted from that one's beginning: a slow disk has larger
	// batches, and the rest of the program its part of the processor.
	share = 3
	// A batch for which several wait begins no sooner than brief after the one
	// before, and need not wait for longer than gather.
	brief  = 500 * time.Microsecond
	gather = 5 * time.Millisecond
	// patience is how long whoever waits may be kept while most of those who have
	// begun are busy otherwise, with a signature say: when they wait as well, one
	// commit does for all.
	patience = 10 * time.Millisecond
	// sealEvery is how often audit rows are sealed, another chain is looked for
	// as an anchor, and the spool is emptied.
	sealEvery = time.Second
	// storeTime is how long the store may take before a batch goes to the
	// spool: callers wait for it.
	storeTime = 2 * time.Second
)

// ErrClosed says that an entry came after Close.
var ErrClosed = errors.New("audit log closed")

// A Log writes one chain: that of an instance, from Start to Close. It commits
// in groups: a batch is stored once somebody waits for an entry, and takes all
// that have begun by then along. Entries that are begun long before anybody
// waits, as those of tokens in a queue for their signature, so cost next to
// nothing. It is safe for concurrent use.
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
	head    Head       // of the chain as this log has left it
	known   bool       // nobody need look whether head is still true
	anchor  Head       // newest block of another chain
	looked  time.Time  // for it, in real time

	mu      sync.Mutex
	closed  bool
	waiting []*waiter
	asked   int           // how many of them somebody waits for
	since   time.Time     // when the first of these was asked for, in real time
	wake    chan struct{} // has room for one: somebody waits for an entry

	last    time.Time     // when the batch before was begun, in real time
	took    time.Duration // how long it took
	company int           // how many entries it had
}

// A waiter is an entry on its way. Its asked and taken are guarded by the mu of the log.
type waiter struct {
	entry  Entry
	asked  bool // somebody waits for it
	taken  bool // it is in a batch
	stored chan error
}

// Start starts a chain and the goroutines that write it. Call it once.
func (l *Log) Start(ctx context.Context) {
	l.chain, l.wake = ident.NewUUID(), make(chan struct{}, 1)
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

// Close stores what waits, seals what can be sealed, and stops.
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
	w := &waiter{entry: e, stored: make(chan error, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return func() error { return ErrClosed }
	}
	l.waiting = append(l.waiting, w)
	return func() error { return l.wait(ctx, w) }
}

// wait waits until w is stored, and has that done if nobody has yet.
func (l *Log) wait(ctx context.Context, w *waiter) error {
	l.mu.Lock()
	if !w.taken && !w.asked {
		w.asked = true
		if l.asked++; l.asked == 1 {
			l.since = clock.Real{}.Now()
		}
		signal(l.wake)
	}
	l.mu.Unlock()
	select {
	case err := <-w.stored:
		return err
	case <-ctx.Done():
		return ctx.Err()
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
		whole := context.WithoutCancel(ctx)
		if l.flush(whole, over); over {
			if !l.away.Load() {
				_ = l.seal(whole) // else the next instance does
			}
			return
		}
	}
}

// tend seals audit rows, and empties the spool once the store is there, until
// ctx ends. It has what nobody waits for stored, too. No caller waits for it.
// What fails is tried again.
func (l *Log) tend(ctx context.Context) {
	clock.Real{}.Poll(ctx, sealEvery, nil, func(ctx context.Context) {
		signal(l.wake)
		err := l.catchUp(ctx)
		if err == nil {
			err = l.seal(ctx)
		}
		if ctx.Err() == nil {
			l.away.Store(err != nil)
		}
	})
}

// seal seals the audit rows that no block does.
func (l *Log) seal(ctx context.Context) error {
	for {
		n, err := l.append(ctx, ident.NewUUID(), nil)
		if err != nil || n < maxRows {
			return err
		}
	}
}

// signal wakes who waits on c, now or later.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is told already
	}
}

// gather waits, in real time, so that more come along while many ask at once.
// Who comes alone never waits. It reports whether ctx ended meanwhile.
func (l *Log) gather(ctx context.Context) bool {
	for {
		pause := l.pause()
		if pause <= 0 {
			return false
		}
		due := make(chan struct{})
		t := clock.Real{}.AfterFunc(pause, func() { close(due) })
		select {
		case <-ctx.Done():
			t.Stop()
			return true
		case <-due:
		case <-l.wake: // one more waits
			t.Stop()
		}
	}
}

// pause returns how long the next batch is to wait, unless more are asked for
// meanwhile.
func (l *Log) pause() time.Duration {
	l.mu.Lock()
	begun, asked, since := len(l.waiting), l.asked, l.since
	l.mu.Unlock()
	if begun <= 1 && l.company <= 1 {
		return 0
	}
	pause := max(brief, share*l.took)
	if asked == begun {
		pause = brief
	}
	pause = min(gather, pause) - clock.Real{}.Since(l.last)
	if asked > 0 && 4*asked < begun {
		pause = max(pause, patience-clock.Real{}.Since(since))
	}
	return pause
}

// flush stores a batch and, if that is asked for, all that has come meanwhile.
func (l *Log) flush(ctx context.Context, all bool) {
	for again := true; again; {
		var batch []*waiter
		if batch, again = l.take(); len(batch) == 0 {
			return
		}
		l.last, l.company = clock.Real{}.Now(), len(batch)
		err := l.store(ctx, batch)
		l.took = clock.Real{}.Since(l.last)
		for _, w := range batch {
			w.stored <- err
		}
		again = again || all
	}
}

// take takes the entries of the next batch, and reports whether there are more.
func (l *Log) take() (_ []*waiter, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch := l.waiting[:min(len(l.waiting), maxBatch)]
	l.waiting = l.waiting[len(batch):]
	if len(l.waiting) == 0 {
		l.waiting = nil
	}
	for _, w := range batch {
		if w.taken = true; w.asked {
			l.asked--
		}
	}
	if l.waiting == nil {
		select {
		case <-l.wake: // who has asked since is in the batch
		default:
		}
	}
	return batch, l.waiting != nil
}

// store stores a batch in the database, else in the spool.
func (l *Log) store(ctx context.Context, batch []*waiter) error {
	entries := make([]Entry, len(batch))
	for i, w := range batch {
		entries[i] = w.entry
	}
	body, err := l.encoder.encode(entries)
	if err != nil {
		return err
	}
	id := ident.NewUUID()
	if l.Spool.Folder == "" || !l.away.Load() {
		_, err := l.append(ctx, id, body)
		if err == nil || l.Spool.Folder == "" {
			return err
		}
		l.away.Store(true)
	}
	// It may be stored nevertheless. Whoever empties the spool looks.
	return l.Spool.put(id, body)
}

// append adds a block to the chain: the entries of a batch, or as many audit
// rows as one may seal. It returns how many these were. A batch that is stored
// already is not stored again, and no block is made that would hold nothing.
func (l *Log) append(ctx context.Context, batch string, body []byte) (sealed int, err error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.Spool.Folder != "" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, storeTime)
		defer cancel()
	}
	if err := l.findAnchor(ctx); err != nil {
		return 0, err
	}
	head, known := l.head, l.known
	// Whatever fails, or is tried twice, may be stored for all we know.
	l.known = false
	err = l.Store.AuditTx(ctx, func(tx Tx) error {
		if !known {
			var err error
			if head, err = tx.Head(ctx, l.chain); err != nil {
				return err
			}
			if stored, err := tx.Stored(ctx, batch); stored || err != nil {
				return err
			}
		}
		known = false
		var rows []event.Event
		if len(body) == 0 {
			var err error
			if rows, err = tx.Unsealed(ctx, maxRows); err != nil || len(rows) == 0 {
				return err
			}
		}
		b := Block{
			Head:  Head{Chain: l.chain, Position: head.Position + 1},
			Batch: batch, At: l.Clock.Now().Truncate(time.Millisecond), Body: body, Rows: sumRows(rows), Anchor: l.anchor,
		}
		b.Hash = b.sum(head.Hash)
		if err := tx.Append(ctx, b, rows); err != nil {
			return err
		}
		head, sealed = b.Head, len(rows)
		return nil
	})
	if err == nil {
		l.head, l.known = head, true
	}
	return sealed, err
}

// findAnchor looks for a newer anchor every so often. The caller holds writing.
func (l *Log) findAnchor(ctx context.Context) error {
	if !l.looked.IsZero() && (clock.Real{}).Since(l.looked) < sealEvery {
		return nil
	}
	anchor, err := l.Store.Newest(ctx, l.chain)
	if err != nil {
		return fmt.Errorf("find an anchor: %w", err)
	}
	l.anchor, l.looked = anchor, clock.Real{}.Now()
	return nil
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
		if _, err := l.append(ctx, id, body); err != nil {
			return err
		}
		l.Spool.remove(id)
	}
	return nil
}
