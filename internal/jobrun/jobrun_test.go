package jobrun_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/store/testdb"
)

func epoch() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) }

func open(t testing.TB, url string) *store.DB {
	t.Helper()
	db := testdb.Open(t, url)
	return db
}

func runner(db *store.DB, c clock.Clock, handlers map[job.Kind]jobrun.Handler) *jobrun.Runner {
	return &jobrun.Runner{
		Store: db, Clock: c, Log: slog.New(slog.DiscardHandler), Handlers: handlers, Inserted: db.JobsInserted(),
	}
}

func put(t testing.TB, db *store.DB, jobs ...job.Job) {
	t.Helper()
	err := db.JobTx(t.Context(), func(tx job.RunTx) error {
		for _, j := range jobs {
			if err := tx.InsertJob(t.Context(), j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// start runs r until the end of the test.
func start(t testing.TB, r *jobrun.Runner) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
}

// A log collects what ran. A transaction may run twice, so it is emptied with
// each.
type log struct {
	mu  sync.Mutex
	all []string
}

func (l *log) add(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, s)
}

func (l *log) get() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// TestOrder advances the clock by a month: all that is due runs in the order
// of the due times, with what it inserts on the way.
func TestOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db, c := open(t, url), clock.NewFrozen(epoch())
		ran := &log{}
		day := func(n int) time.Time { return epoch().AddDate(0, 0, n) }
		r := runner(db, c, map[job.Kind]jobrun.Handler{
			"step": {InTx: func(_ context.Context, _ job.RunTx, j job.Job) error {
				ran.add(fmt.Sprint(j.Subject, " on ", int(j.DueAt.Sub(epoch()).Hours())/24))
				return nil
			}},
			"chain": {InTx: func(ctx context.Context, tx job.RunTx, j job.Job) error {
				ran.add(fmt.Sprint(j.Subject, " on ", int(j.DueAt.Sub(epoch()).Hours())/24))
				return tx.InsertJob(ctx, job.New("chain", "chain", j.DueAt.AddDate(0, 0, 10)))
			}},
		})
		put(t, db, job.New("step", "b", day(20)), job.New("step", "a", day(5)), job.New("chain", "chain", day(1)), job.New("step", "late", day(40)))
		c.Advance(30 * 24 * time.Hour)
		if err := r.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []string{"chain on 1", "a on 5", "chain on 11", "b on 20", "chain on 21"}
		if got := ran.get(); !slices.Equal(got, want) {
			t.Errorf("ran %q, want %q", got, want)
		}
	})
}

// TestClock has a runner on a clock that stands: it runs what is due, and what
// becomes due with the clock.
func TestClock(t *testing.T) {
	t.Parallel()
	db, c := open(t, "sqlite::memory:"), clock.NewFrozen(epoch())
	ran := make(chan string, 9)
	r := runner(db, c, map[job.Kind]jobrun.Handler{"step": {InTx: func(_ context.Context, _ job.RunTx, j job.Job) error {
		ran <- j.Subject
		return nil
	}}})
	start(t, r)
	put(t, db, job.New("step", "tomorrow", epoch().AddDate(0, 0, 1)), job.New("step", "now", epoch()))
	if got := <-ran; got != "now" {
		t.Errorf("%q ran first, want now", got)
	}
	select {
	case got := <-ran:
		t.Errorf("%q ran, though it is not due", got)
	default:
	}
	c.Advance(24 * time.Hour)
	if got := <-ran; got != "tomorrow" {
		t.Errorf("%q ran, want tomorrow", got)
	}
}

// TestFailing looks that one job that fails takes none of its batch with it,
// comes again, and is given up.
func TestFailing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db, c := open(t, url), clock.NewFrozen(epoch())
		var tried atomic.Int32
		r := runner(db, c, map[job.Kind]jobrun.Handler{
			"make": {InTx: job.In(func(ctx context.Context, tx consent.Tx, j job.Job) error {
				made := storetest.NewConsent()
				made.ID = j.Subject
				return tx.InsertConsent(ctx, made)
			})},
			"fail":  {MaxAttempts: 1, InTx: func(context.Context, job.RunTx, job.Job) error { return errors.New("it\x00 does not work") }},
			"panic": {MaxAttempts: 2, InTx: func(context.Context, job.RunTx, job.Job) error { tried.Add(1); panic("broken") }},
		})
		for i := range 3 {
			put(t, db, job.New("make", fmt.Sprint("c", i), epoch()), job.New([]job.Kind{"fail", "panic", "fail"}[i], "x", epoch()))
		}
		if err := r.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if _, err := db.Consent(t.Context(), fmt.Sprint("c", i)); err != nil {
				t.Errorf("a job among failing ones: %v", err)
			}
		}
		left, err := db.Jobs(t.Context(), job.Filter{Limit: 9})
		if err != nil || len(left) != 3 {
			t.Fatalf("%d jobs are left (%v), want 3", len(left), err)
		}
		for _, j := range left {
			if j.Attempts != 1 || j.Failure == "" || j.Owner != "" || j.Dead() != (j.Kind == "fail") {
				t.Errorf("after a failure the job is %+v", j)
			}
		}
		start(t, r) // the other comes again after a pause of a second
		deadline := clock.Real{}.Now().Add(20 * time.Second)
		for tried.Load() < 2 && now().Before(deadline) {
			if err := r.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := tried.Load(); got != 2 {
			t.Errorf("tried %d times, want 2", got)
		}
	})
}

// TestOutside looks that jobs that reach outside run side by side, that a slow
// one keeps no other kind waiting, and that what they return is stored.
func TestOutside(t *testing.T) {
	t.Parallel()
	db, c := open(t, "sqlite::memory:"), clock.NewFrozen(epoch())
	ran := &log{}
	both := make(chan struct{})
	var inside atomic.Int32
	r := runner(db, c, map[job.Kind]jobrun.Handler{
		"send": {Workers: 4, Outside: func(_ context.Context, j job.Job) (job.TxFunc, error) {
			if inside.Add(1) == 2 {
				close(both)
			}
			<-both // waits for the other: they run side by side or never end
			return func(ctx context.Context, tx job.RunTx, j job.Job) error {
				return tx.InsertJob(ctx, job.New("sent", j.Subject, j.DueAt))
			}, nil
		}},
		"sent": {InTx: func(_ context.Context, _ job.RunTx, j job.Job) error { ran.add(j.Subject); return nil }},
		"busy": {Outside: func(context.Context, job.Job) (job.TxFunc, error) { return nil, job.ErrLater }},
	})
	put(t, db, job.New("send", "a", epoch()), job.New("send", "b", epoch()), job.New("busy", "c", epoch()))
	if err := r.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := ran.get()
	slices.Sort(got)
	if !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("ran %q, want a and b", got)
	}
	left, err := db.Jobs(t.Context(), job.Filter{Limit: 9})
	if err != nil || len(left) != 1 || left[0].Kind != "busy" || left[0].Attempts != 0 {
		t.Errorf("left is %+v (%v), want the busy one without an attempt", left, err)
	}
}

// TestAhead: a claim is for more jobs than there are workers. They run as workers
// become free, never too many at once, and are given back where the workers are
// slow.
func TestAhead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		const workers, n = 2, 30
		db, c := open(t, url), clock.NewFrozen(epoch())
		var inside, most, ran atomic.Int32
		slow := make(chan struct{})
		r := runner(db, c, map[job.Kind]jobrun.Handler{"ask": {Workers: workers, Outside: func(context.Context, job.Job) (job.TxFunc, error) {
			most.Store(max(most.Load(), inside.Add(1)))
			defer inside.Add(-1)
			<-slow
			ran.Add(1)
			return nil, nil
		}}})
		r.Lease = 4 * time.Second // a quarter of it is how long jobs wait in vain
		for i := range n {
			put(t, db, job.New("ask", fmt.Sprint(i), epoch()))
		}
		held := func() (held int) {
			jobs, err := db.Jobs(t.Context(), job.Filter{Limit: n})
			if err != nil {
				t.Error(err)
			}
			for _, j := range jobs {
				if j.Owner != "" {
					held++
				}
			}
			return held
		}
		var settled sync.WaitGroup
		settled.Go(func() {
			if err := r.Settle(t.Context()); err != nil {
				t.Error(err)
			}
		})
		wait(t, "more are claimed than run", func() bool { return held() > workers })
		wait(t, "those that wait are given back", func() bool { return held() == workers })
		close(slow)
		settled.Wait()
		if most.Load() != workers || ran.Load() != n || held() != 0 {
			t.Errorf("%d ran, %d at once, and %d are held; want %d, %d, none", ran.Load(), most.Load(), held(), n, workers)
		}
	})
}

// wait waits for something that comes to be.
func wait(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := now().Add(20 * time.Second); !is(); {
		if now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// TestInstances has several instances run the same jobs: each runs once.
func TestInstances(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db, c := open(t, url), clock.NewFrozen(epoch())
		make := job.In(func(ctx context.Context, tx consent.Tx, j job.Job) error {
			made := storetest.NewConsent()
			made.ID = j.Subject // a second one would not fit beside the first
			return tx.InsertConsent(ctx, made)
		})
		const n = 300
		var jobs []job.Job
		for i := range n {
			jobs = append(jobs, job.New("make", fmt.Sprint("c", i), epoch().Add(time.Duration(i)*time.Second)))
		}
		put(t, db, jobs...)
		c.Advance(time.Hour)
		var group sync.WaitGroup
		for range 3 {
			r := runner(db, c, map[job.Kind]jobrun.Handler{"make": {InTx: make}})
			group.Go(func() {
				if err := r.Settle(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for i := range n {
			if _, err := db.Consent(t.Context(), fmt.Sprint("c", i)); err != nil {
				t.Fatalf("job %d: %v", i, err)
			}
		}
		if left, err := db.Jobs(t.Context(), job.Filter{Limit: 9}); err != nil || len(left) > 0 {
			t.Errorf("left are %+v (%v), want none", left, err)
		}
	})
}

// BenchmarkInTx runs jobs that change one row each.
func BenchmarkInTx(b *testing.B) {
	urls := map[string]string{"file": "sqlite:" + b.TempDir() + "/sluss.db", "memory": "sqlite::memory:"}
	if postgres(b) {
		urls["postgres"] = storetest.Postgres(b)
	}
	for name, url := range urls {
		b.Run(name, func(b *testing.B) {
			db, c := open(b, url), clock.NewFrozen(epoch())
			r := runner(db, c, map[job.Kind]jobrun.Handler{"make": {InTx: job.In(func(ctx context.Context, tx consent.Tx, j job.Job) error {
				made := storetest.NewConsent()
				made.ID = j.ID
				return tx.InsertConsent(ctx, made)
			})}})
			jobs := make([]job.Job, b.N)
			for i := range jobs {
				jobs[i] = job.New("make", "x", epoch())
			}
			put(b, db, jobs...)
			b.ResetTimer()
			for {
				if err := r.Settle(b.Context()); err != nil {
					b.Fatal(err)
				}
				counts, err := db.JobCounts(b.Context(), c.Now())
				if err != nil {
					b.Fatal(err)
				}
				if len(counts) == 0 {
					break
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}

func now() time.Time { return clock.Real{}.Now() }
