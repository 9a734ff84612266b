package jobrun

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/problem"
)

// A lane runs the jobs of some kinds.
type lane struct {
	*Runner
	kinds []job.Kind
	slots chan struct{} // of the jobs that run outside; nil in the ordered lane
	mu    sync.Mutex    // held by the pass that runs; guards size
	size  int           // how many jobs of the ordered lane to claim
	woken chan struct{} // has room for one

	alarms sync.Mutex  // guards alarm and rings
	alarm  clock.Timer // wakes the lane; nil if none is set
	rings  time.Time   // when, on the business clock

	perSubject int
	subjects   sync.Mutex     // guards running
	running    map[string]int // by subject, if there are at most perSubject
}

// run runs what is due until ctx ends.
func (l *lane) run(ctx context.Context) {
	pass := func(ctx context.Context) {
		l.silence()
		if _, err := l.pass(ctx, ctx); err != nil && ctx.Err() == nil {
			l.Log.Warn("run jobs", "error", err)
		}
		next, err := l.Store.NextJob(ctx, l.kinds, l.Clock.Now())
		if err == nil && !next.IsZero() { // else the next poll tries again
			l.ring(next)
		}
	}
	pass(ctx)
	clock.Real{}.Poll(ctx, pollEvery, l.woken, pass)
	l.silence()
	l.drain(context.WithoutCancel(ctx))
}

// hear notes when the first of new jobs are due, by kind.
func (l *lane) hear(first map[job.Kind]time.Time) {
	for _, kind := range l.kinds {
		if at, ok := first[kind]; ok {
			l.ring(at)
		}
	}
}

// ring has the lane wake at the instant, unless it does so before: at once if
// that has come.
func (l *lane) ring(at time.Time) {
	now := l.Clock.Now()
	if !at.After(now) {
		kick(l.woken)
		return
	}
	l.alarms.Lock()
	defer l.alarms.Unlock()
	if l.alarm != nil {
		if !at.Before(l.rings) {
			return
		}
		l.alarm.Stop()
	}
	l.alarm, l.rings = l.Clock.AfterFunc(at.Sub(now), func() { kick(l.woken) }), at
}

// silence ends the alarm.
func (l *lane) silence() {
	l.alarms.Lock()
	defer l.alarms.Unlock()
	if l.alarm != nil {
		l.alarm.Stop()
	}
	l.alarm = nil
}

// settle runs what is due and waits for it. It returns how many jobs it took.
// What runs outside is not cut off when ctx ends.
func (l *lane) settle(ctx context.Context) (int, error) {
	n, err := l.pass(ctx, context.WithoutCancel(ctx))
	l.drain(ctx)
	return n, err
}

// drain waits until no job runs outside, or until ctx ends.
func (l *lane) drain(ctx context.Context) {
	taken := 0
	for range cap(l.slots) {
		select {
		case l.slots <- struct{}{}:
			taken++
		case <-ctx.Done():
		}
	}
	for range taken {
		<-l.slots
	}
}

// pass takes jobs until nothing more is due. Those that run outside get the
// context outside.
func (l *lane) pass(ctx, outside context.Context) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	total := 0
	for ctx.Err() == nil {
		n, err := l.take(ctx, outside)
		if total += n; err != nil || n == 0 {
			return total, err
		}
	}
	return total, ctx.Err()
}

// take claims some jobs and runs them, or starts them if they run outside.
func (l *lane) take(ctx, outside context.Context) (int, error) {
	if l.slots == nil {
		jobs, err := l.claim(ctx, l.size)
		if err != nil || len(jobs) == 0 {
			return 0, err
		}
		return len(jobs), l.runBatch(ctx, jobs)
	}
	free := l.takeSlots(ctx)
	jobs, err := l.claim(ctx, l.reach(free))
	jobs, over := l.admit(jobs)
	for range free - len(jobs) {
		<-l.slots
	}
	l.giveBack(ctx, over)
	return l.startAll(ctx, outside, jobs, free), err
}

// reach returns how many jobs to claim when so many slots are free. Where there
// is much to do a claim is for several jobs to each slot, since it costs about as
// much as for one. Jobs of which only some about a subject may run are not held
// without need.
func (l *lane) reach(free int) int {
	if free == 0 || l.perSubject > 0 || cap(l.slots) == 1 {
		return free
	}
	return free + ahead*cap(l.slots)
}

// startAll starts jobs, the first of them in the slots that are taken, the others
// as slots become free. What has to wait for long it gives back. It returns how
// many it has started.
func (l *lane) startAll(ctx, outside context.Context, jobs []job.Job, taken int) int {
	soon, cancel := context.WithTimeout(ctx, l.Lease/4)
	defer cancel()
	for i, j := range jobs {
		if i >= taken {
			select {
			case l.slots <- struct{}{}:
			case <-soon.Done():
				l.giveBack(ctx, jobs[i:])
				return i
			}
		}
		go func() {
			defer func() { <-l.slots }()
			defer l.leave(j)
			l.runOutside(outside, j)
		}()
	}
	return len(jobs)
}

// admit returns the jobs that may run and those that are too many about their
// subject.
func (l *lane) admit(jobs []job.Job) (in, over []job.Job) {
	if l.perSubject == 0 {
		return jobs, nil
	}
	l.subjects.Lock()
	defer l.subjects.Unlock()
	for _, j := range jobs {
		if l.running[j.Subject] >= l.perSubject {
			over = append(over, j)
			continue
		}
		l.running[j.Subject]++
		in = append(in, j)
	}
	return in, over
}

// full returns the subjects that have as many jobs running as they may.
func (l *lane) full() (subjects []string) {
	l.subjects.Lock()
	defer l.subjects.Unlock()
	for s, n := range l.running {
		if n >= l.perSubject {
			subjects = append(subjects, s)
		}
	}
	return subjects
}

// leave notes that a job has ended, and has others of its subject come.
func (l *lane) leave(j job.Job) {
	if l.perSubject == 0 {
		return
	}
	l.subjects.Lock()
	defer l.subjects.Unlock()
	if l.running[j.Subject]--; l.running[j.Subject] == 0 {
		delete(l.running, j.Subject)
	}
	kick(l.woken)
}

// takeSlots waits for a free slot and takes all that are free.
func (l *lane) takeSlots(ctx context.Context) int {
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case l.slots <- struct{}{}:
		default:
			return n
		}
	}
}

func (l *lane) claim(ctx context.Context, limit int) ([]job.Job, error) {
	if limit == 0 {
		return nil, nil
	}
	now := clock.Real{}.Now()
	return l.Store.ClaimJobs(ctx, job.Claim{
		Owner: l.owner, Kinds: l.kinds, Not: l.full(), Now: l.Clock.Now(), Real: now, Until: now.Add(l.Lease), Limit: limit,
	})
}

// runOutside runs a job that reaches outside and ends it.
func (l *lane) runOutside(ctx context.Context, j job.Job) {
	h := l.Handlers[j.Kind]
	within, cancel := context.WithTimeout(ctx, l.Lease/2)
	defer cancel()
	done, err := guarded(func() (job.TxFunc, error) { return h.Outside(within, j) })
	if err == nil {
		// What happened outside has happened, also if the server stops now.
		ctx := context.WithoutCancel(ctx)
		err = l.Store.JobTx(ctx, func(tx job.RunTx) error {
			if err := tx.FinishJob(ctx, j); err != nil || done == nil {
				return err
			}
			_, err := guarded(func() (struct{}, error) { return struct{}{}, done(ctx, tx, j) })
			return err
		})
	}
	l.end(ctx, j, err)
}

// guarded calls f and turns a panic into an error: one job must not take the
// others with it.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// end notes how a job went, and gives it back if it failed.
func (l *lane) end(ctx context.Context, j job.Job, err error) {
	outcome, failure := l.outcome(ctx, j, err)
	l.Metrics.done(j, outcome, l.Clock.Now())
	if outcome == "done" || outcome == "lost" {
		return
	}
	if outcome == "failed" || outcome == "dead" {
		l.Log.Warn("job "+outcome, "kind", string(j.Kind), "job", j.ID, "subject", j.Subject, "attempt", j.Attempts+1, "error", err)
	}
	if err := l.Store.FailJob(context.WithoutCancel(ctx), j, failure); err != nil {
		l.Log.Warn("give a job back", "job", j.ID, "error", err) // its lease runs out
	}
}

// outcome says how a job went, for the metrics, and what becomes of it unless
// that is done or lost.
func (l *lane) outcome(ctx context.Context, j job.Job, err error) (string, job.Failure) {
	now := clock.Real{}.Now()
	switch {
	case err == nil:
		return "done", job.Failure{}
	case isLost(err):
		return "lost", job.Failure{}
	case ctx.Err() != nil:
		return "stopped", job.Failure{Uncounted: true}
	case isLater(err), problem.Is(err, problem.Busy): // no room, or no database
		return "later", job.Failure{Uncounted: true, HeldUntil: now.Add(laterAfter)}
	}
	f := job.Failure{Text: textOf(err), HeldUntil: now.Add(backoff(j.Attempts))}
	limit := l.Handlers[j.Kind].MaxAttempts
	if limit == 0 {
		limit = giveUpAfter
	}
	if j.Attempts+1 >= limit {
		f.DeadAt = now
		return "dead", f
	}
	return "failed", f
}

// textOf returns the text of a failure as it is stored.
func textOf(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
	if len(s) > job.MaxFailure {
		s = strings.ToValidUTF8(s[:job.MaxFailure], "")
	}
	return s
}

// backoff returns the real time to wait after so many failures before this
// one: a second, then twice as long each time, an hour at most.
func backoff(attempts int) time.Duration { return min(time.Second<<min(attempts, 12), time.Hour) }
