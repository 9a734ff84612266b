package jobrun

import (
	"context"
	"errors"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/problem"
)

func isLost(err error) bool  { return errors.Is(err, job.ErrLost) }
func isLater(err error) bool { return errors.Is(err, job.ErrLater) }

// A stumble is the error of one job of a batch.
type stumble struct {
	at  int
	err error
}

func (s *stumble) Error() string { return s.err.Error() }

// Unwrap returns the job's error, so that the store sees whether to run the
// transaction again.
func (s *stumble) Unwrap() error { return s.err }

// runBatch runs jobs, in order and in as few transactions as it takes: one, if
// none fails and none inserts another that is due before the next. What it does
// not get to it gives back, to be claimed again in the right order.
func (l *lane) runBatch(ctx context.Context, jobs []job.Job) error {
	for len(jobs) > 0 {
		n, err := l.commit(ctx, jobs)
		s, stumbled := errors.AsType[*stumble](err)
		if stumbled && problem.Is(err, problem.Busy) && !problem.Is(s.err, problem.Busy) {
			stumbled = false // it is the store that is away
		}
		if stumbled && s.at > 0 { // those before it were undone, though nothing is wrong with them
			n, err = l.commit(ctx, jobs[:s.at])
		}
		switch {
		case stumbled && s.at == 0:
			l.end(ctx, jobs[0], s.err)
			jobs = jobs[1:]
			continue
		case err != nil:
			l.giveBack(ctx, jobs)
			return err
		}
		now := l.Clock.Now()
		for _, j := range jobs[:n] {
			l.Metrics.done(j, "done", now)
		}
		if jobs = jobs[n:]; !stumbled {
			l.size = batch
			if len(jobs) > 0 {
				l.size = 2 * n // one job after the other inserts more: claim few
			}
			l.giveBack(ctx, jobs)
			return ctx.Err()
		}
	}
	return nil
}

// commit runs jobs in one transaction and returns how many it ran.
func (l *lane) commit(ctx context.Context, jobs []job.Job) (int, error) {
	n := 0
	start := clock.Real{}.Now()
	err := l.Store.JobTx(ctx, func(tx job.RunTx) error {
		n = 0
		for i, j := range jobs {
			first := tx.EarliestInserted()
			if i > 0 && (!first.IsZero() && first.Before(j.DueAt) || clock.Real{}.Since(start) > l.Lease/4) {
				return nil
			}
			if err := l.runOne(ctx, tx, j); err != nil {
				return &stumble{i, err}
			}
			n++
		}
		return nil
	})
	return n, err
}

// runOne ends a job and does its work.
func (l *lane) runOne(ctx context.Context, tx job.RunTx, j job.Job) error {
	if err := tx.FinishJob(ctx, j); err != nil {
		return err
	}
	_, err := guarded(func() (struct{}, error) { return struct{}{}, l.Handlers[j.Kind].InTx(ctx, tx, j) })
	return err
}

// giveBack lets go of jobs that did not run.
func (l *lane) giveBack(ctx context.Context, jobs []job.Job) {
	if err := l.Store.ReleaseJobs(context.WithoutCancel(ctx), jobs); err != nil {
		l.Log.Warn("give jobs back", "error", err) // their lease runs out
	}
}
