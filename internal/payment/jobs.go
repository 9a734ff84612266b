package payment

import (
	"context"
	"time"

	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/signing"
)

// LookJob is the kind of the jobs that look at a payment where nobody else
// does. It runs outside: see [Service.RunLook].
const LookJob job.Kind = "payment.look"

const (
	watchAfter  = 2 * time.Second // from the start of an SCA to the first look
	watchAtMost = time.Minute
	carryAfter  = 5 * time.Second // from the last signature to the first look
	carryAtMost = time.Hour
)

// schedule keeps the jobs of a payment in step with it: one from the start of an
// SCA, a new one when something was signed, none once all is done. The one from
// a signature is what makes sure that the bank is told.
func (d *desk) schedule(ctx context.Context, tx Tx, before, after *Payment) error {
	if d.byJob {
		return nil // it stores what comes next itself
	}
	had := before.Running() || before.Cancellation.Running() || before.owed()
	switch {
	case done(after.Status):
		if had {
			return tx.CancelJobs(ctx, LookJob, after.ID)
		}
	case after.owed() && !before.owed():
		if had {
			if err := tx.CancelJobs(ctx, LookJob, after.ID); err != nil {
				return err
			}
		}
		return tx.InsertJob(ctx, job.New(LookJob, after.ID, d.Now().Add(carryAfter)))
	case !had && (after.Running() || after.Cancellation.Running()):
		return tx.InsertJob(ctx, job.New(LookJob, after.ID, d.Now().Add(watchAfter)))
	}
	return nil
}

// owed reports whether the bank has something to do for the payment that it may
// not have been told.
func (p *Payment) owed() bool {
	return !done(p.Status) && (!p.SignedAt.IsZero() || !p.CancelledAt.IsZero())
}

// RunLook brings a payment up to now, tells the bank what it was not told, and
// comes again as long as there is something to wait for. It is the handler of
// LookJob: to run it twice does no harm.
func (s *Service) RunLook(ctx context.Context, j job.Job) (job.TxFunc, error) {
	p, err := s.Store.Payment(ctx, j.Subject)
	if problem.Is(err, problem.ResourceUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d, err := s.at(p)
	if err != nil {
		return nil, err
	}
	d.byJob = true
	if err := d.look(ctx); err != nil && !problem.Is(err, problem.BankUnavailable) {
		return nil, err
	}
	next := d.next()
	if next.IsZero() {
		return nil, nil
	}
	return func(ctx context.Context, tx job.RunTx, _ job.Job) error {
		return tx.InsertJob(ctx, job.New(LookJob, j.Subject, next))
	}, nil
}

// next returns when a job has to look again; zero if never.
func (d *desk) next() time.Time {
	p, now := &d.p, d.Now()
	switch {
	case done(p.Status), d.forgotten:
		return time.Time{}
	case p.owed():
		since := p.SignedAt
		if p.CancelledAt.After(since) {
			since = p.CancelledAt
		}
		if begin := d.b.Info().Begin(p.ExecutionDate); p.CancelledAt.IsZero() && begin.After(now) {
			return begin.Add(carryAfter)
		}
		return now.Add(min(max(now.Sub(since), carryAfter), carryAtMost))
	}
	started := latestStart(&p.Set)
	if c := latestStart(&p.Cancellation); c.After(started) {
		started = c
	}
	if started.IsZero() {
		return time.Time{}
	}
	return now.Add(min(max(now.Sub(started), watchAfter), watchAtMost))
}

// latestStart returns when the last of the running authorisations was started;
// zero if none runs.
func latestStart(s *signing.Set) time.Time {
	var latest time.Time
	for i := range s.Authorisations {
		if a := &s.Authorisations[i]; a.Pending() && a.StartedAt.After(latest) {
			latest = a.StartedAt
		}
	}
	return latest
}

// BasketJob is the kind of the jobs that look at a basket where nobody else
// does. It runs outside: see [Service.RunBasket].
const BasketJob job.Kind = "basket.look"

// schedule keeps the job of a basket in step with it.
func (d *basketDesk) schedule(ctx context.Context, tx Tx, before, after *Basket) error {
	switch {
	case d.byJob:
	case !after.Live() && before.Running():
		return tx.CancelJobs(ctx, BasketJob, after.ID)
	case after.Running() && !before.Running():
		return tx.InsertJob(ctx, job.New(BasketJob, after.ID, d.Now().Add(watchAfter)))
	}
	return nil
}

// RunBasket brings a basket up to now, and comes again as long as somebody is
// signing it. It is the handler of BasketJob.
func (s *Service) RunBasket(ctx context.Context, j job.Job) (job.TxFunc, error) {
	k, err := s.Store.Basket(ctx, j.Subject)
	if problem.Is(err, problem.ResourceUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d, err := s.atBasket(ctx, k)
	if err != nil {
		return nil, err
	}
	d.byJob = true
	if _, err := d.Settle(ctx); err != nil && !problem.Is(err, problem.BankUnavailable) {
		return nil, err
	}
	started := latestStart(&d.k.Set)
	if started.IsZero() {
		return nil, nil
	}
	now := d.Now()
	next := now.Add(min(max(now.Sub(started), watchAfter), watchAtMost))
	return func(ctx context.Context, tx job.RunTx, _ job.Job) error {
		return tx.InsertJob(ctx, job.New(BasketJob, j.Subject, next))
	}, nil
}
