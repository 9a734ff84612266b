// Package jobrun runs the jobs of package job when they are due.
//
// Jobs run in lanes. The ordered lane runs all jobs that work in the database
// alone, one after the other in the order of their due times, many in one
// transaction. A job that reaches outside has a lane of its own kind, whose
// jobs begin in that order but run side by side, so that a slow bank or a slow
// receiver keeps nobody else waiting.
//
// A handler takes the job's DueAt for the present: on a clock that was advanced
// by a month, a job of the 3rd runs as of the 3rd, and one that it inserts for
// the 5th runs before one that was there for the 6th. What reads the clock
// itself sees where the clock stands, which is later. Order is kept within a
// lane of one instance. Instances run side by side, and a job that failed comes
// again later.
package jobrun

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
)

const (
	// pollEvery is how often the store is asked for jobs that another instance
	// inserted or let go. Real time.
	pollEvery = time.Second
	// defaultLease is how long a job is held, in real time. An instance that
	// was killed gives its jobs up after that.
	defaultLease = time.Minute
	// batch is how many jobs run in one transaction.
	batch = 100
	// ahead is how many jobs are claimed for each slot of a lane in which jobs run
	// side by side, beyond those that begin at once.
	ahead = 4
	// feedAfter is how long something waits for the feeds, so that they get more
	// at a time. Real time.
	feedAfter = 10 * time.Millisecond
	// laterAfter is the real time after which a job comes again that found no
	// room.
	laterAfter = time.Second
	// giveUpAfter is how often a job may fail if its handler does not say.
	giveUpAfter = 12
)

// A Handler is how the jobs of a kind run: one of InTx and Outside.
type Handler struct {
	// InTx runs a job within the transaction that finishes it, so that what it
	// does happens once.
	InTx job.TxFunc
	// Outside runs a job that reaches outside, at least once, and returns what
	// to store in the transaction that finishes it; nil for nothing. It has to
	// be done within half of the lease.
	Outside func(ctx context.Context, j job.Job) (job.TxFunc, error)
	// Workers is how many jobs of Outside run side by side; 1 if 0, which keeps
	// their order.
	Workers int
	// PerSubject is how many of them may be about one subject; any number if 0.
	// The rest waits, and lets those about others pass.
	PerSubject int
	// MaxAttempts is how often a job may fail before it is given up; 12 if 0,
	// which is some hours.
	MaxAttempts int
}

// A Feed turns something else that waits in the store into jobs, and returns
// how much it has turned.
type Feed func(ctx context.Context) (int, error)

// A Runner runs jobs. Run owns its goroutines.
type Runner struct {
	Store    job.Store
	Clock    clock.Clock
	Log      *slog.Logger
	Metrics  *Metrics // none if nil
	Handlers map[job.Kind]Handler
	Feeds    []Feed
	// Inserted tells of the jobs that this process inserted; may be nil.
	Inserted *job.News
	// Fed gets a value when there is something for the feeds; may be nil.
	Fed <-chan struct{}
	// Lease is how long a job is held in real time; a minute if 0.
	Lease time.Duration

	setUp   sync.Once
	owner   string
	lanes   []*lane
	settles sync.Mutex // held by Settle
}

// prepare makes the lanes.
func (r *Runner) prepare() {
	r.setUp.Do(func() {
		add := func(l *lane) {
			l.woken, l.running = make(chan struct{}, 1), map[string]int{}
			r.lanes = append(r.lanes, l)
		}
		r.owner = ident.NewUUID()
		if r.Lease == 0 {
			r.Lease = defaultLease
		}
		ordered := &lane{Runner: r, size: batch}
		for kind, h := range r.Handlers {
			if h.InTx != nil {
				ordered.kinds = append(ordered.kinds, kind)
				continue
			}
			add(&lane{
				Runner: r, kinds: []job.Kind{kind}, slots: make(chan struct{}, max(h.Workers, 1)), perSubject: h.PerSubject,
			})
		}
		if len(ordered.kinds) > 0 {
			slices.Sort(ordered.kinds)
			add(ordered)
		}
	})
}

// Run runs jobs until ctx ends, and returns when none runs any more.
func (r *Runner) Run(ctx context.Context) {
	r.prepare()
	var group sync.WaitGroup
	for _, l := range r.lanes {
		group.Go(func() { l.run(ctx) })
	}
	group.Go(func() { r.spread(ctx) })
	for _, f := range r.Feeds {
		group.Go(func() {
			feed := func(ctx context.Context) { r.feed(ctx, f) }
			feed(ctx)
			clock.Real{}.Poll(ctx, pollEvery, r.Fed, func(ctx context.Context) {
				pause(ctx, feedAfter)
				feed(ctx)
			})
		})
	}
	if r.Metrics != nil {
		group.Go(func() { r.watch(ctx) })
	}
	group.Wait()
}

// pause lets d of real time pass, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) {
	over := make(chan struct{})
	defer clock.Real{}.AfterFunc(d, func() { close(over) }).Stop()
	select {
	case <-over:
	case <-ctx.Done():
	}
}

// spread tells the lanes of the jobs that this process inserted.
func (r *Runner) spread(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.Inserted.Chan():
			first := r.Inserted.Take()
			for _, l := range r.lanes {
				l.hear(first)
			}
		}
	}
}

func kick(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// feed runs a feed until it has nothing more.
func (r *Runner) feed(ctx context.Context, f Feed) int {
	total := 0
	for ctx.Err() == nil {
		n, err := f(ctx)
		if err != nil && ctx.Err() == nil {
			r.Log.Warn("make jobs", "error", err)
		}
		if total += n; n == 0 || err != nil {
			break
		}
	}
	if total > 0 && r.Inserted == nil {
		for _, l := range r.lanes {
			kick(l.woken)
		}
	}
	return total
}

// settleTime bounds Settle, in real time.
const settleTime = 10 * time.Second

// Settle runs what is due, and what comes of that, until nothing is, or until
// ten seconds of real time have passed. Whoever has moved the clock calls it,
// to see what the new time brings.
func (r *Runner) Settle(ctx context.Context) error {
	r.prepare()
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	r.settles.Lock()
	defer r.settles.Unlock()
	for {
		n := 0
		for _, f := range r.Feeds {
			n += r.feed(ctx, f)
		}
		for _, l := range r.lanes {
			m, err := l.settle(ctx)
			if n += m; err != nil && !errors.Is(err, context.DeadlineExceeded) {
				return fmt.Errorf("run what is due: %w", err)
			}
		}
		if n == 0 || ctx.Err() != nil {
			return nil
		}
	}
}
