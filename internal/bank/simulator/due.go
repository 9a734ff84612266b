package simulator

import (
	"context"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/job"
)

// Job is the kind of the jobs that carry out what is due of payments. One of
// them does it for all payments that are due by then.
const Job job.Kind = "simulator.run"

// executeLimit is how many payments one transaction carries out.
const executeLimit = 500

// jobTakes bounds how long one job works before another one goes on, in real
// time.
const jobTakes = 10 * time.Second

// RunJob carries out what is due of payments at the time of a job of kind
// [Job]. Work that is left over gets a job of its own.
func (w *World) RunJob(ctx context.Context, j job.Job) (job.TxFunc, error) {
	var real clock.Real
	for start := real.Now(); real.Since(start) < jobTakes; {
		n, err := w.RunDue(ctx, j.DueAt)
		if err != nil || n < executeLimit {
			return nil, err
		}
	}
	return func(ctx context.Context, tx job.RunTx, j job.Job) error {
		return tx.InsertJob(ctx, job.New(Job, j.Subject, j.DueAt))
	}, nil
}

// RunDue carries out what is due of payments at the instant, as much of it as
// fits into one transaction, and returns of how many payments it did.
func (w *World) RunDue(ctx context.Context, now time.Time) (int, error) {
	due, err := w.o.Store.DuePayments(ctx, now, executeLimit)
	if err != nil {
		return 0, err
	}
	return len(due), w.execute(ctx, due, now)
}

// wake sees that there are jobs for what is still to be done of the payments,
// one for each instant. It returns the instants for which it inserted one.
func (w *World) wake(ctx context.Context, tx Tx, list []*Payment) ([]int64, error) {
	var fresh []int64
	for _, p := range list {
		if p.Step == StepNone {
			continue
		}
		at := p.DueAt.UnixMilli()
		w.mu.Lock()
		known := w.woken[at]
		w.mu.Unlock()
		for _, other := range fresh {
			known = known || other == at
		}
		if known {
			continue
		}
		if err := tx.InsertJob(ctx, job.New(Job, "", p.DueAt)); err != nil {
			return nil, err
		}
		fresh = append(fresh, at)
	}
	return fresh, nil
}

// woke remembers that there are jobs for the instants.
func (w *World) woke(instants []int64) {
	if len(instants) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.woken) >= maxCached {
		clear(w.woken)
	}
	for _, at := range instants {
		w.woken[at] = true
	}
}
