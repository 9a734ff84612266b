package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/store"
)

// start starts the work in the background, which close ends and waits for.
func (s *Server) start(p *parts) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { p.ring.Run(ctx) })
	group.Go(func() { p.apps.Run(ctx) })
	group.Go(func() { p.denied.Run(ctx) })
	group.Go(func() { p.requests.Run(ctx) })
	group.Go(func() { p.tokens.Uses.Run(ctx) })
	group.Go(func() { s.mergeUsage(ctx, p) })
	group.Go(func() { s.keepHouse(ctx, p) })
	group.Go(func() { s.runJobs(ctx, p) })
	group.Go(func() { s.tendKYC(ctx, p) })
	if p.rates != nil {
		group.Go(func() {
			_ = p.rates.Load(ctx) // watch tells why
			p.rates.Run(ctx, time.Duration(s.config.FX.Refresh))
		})
	}
	group.Go(func() { p.issuer.Run(ctx) })
	group.Go(func() { p.trust.run(ctx, s.deps.Log) })
	s.startAudit(ctx, p)
	group.Go(func() { s.watch(ctx, p) })
	group.Go(func() { recordIgnored(ctx, p) })
	s.close = sync.OnceValue(func() error {
		cancel()
		group.Wait()
		return errors.Join(p.audit.Close(), p.db.Close(), p.tracing.close())
	})
}

// watchEvery is how often watch looks.
const watchEvery = time.Second

// watch logs when what is read in the background fails, and when it is well
// again.
func (s *Server) watch(ctx context.Context, p *parts) {
	failing := map[string]bool{}
	clock.Real{}.Poll(ctx, watchEvery, nil, func(context.Context) {
		faults := map[string]error{"signing keys": p.ring.Err(), "apps": p.apps.Err()}
		if p.rates != nil {
			faults["rates of exchange"] = p.rates.Err()
		}
		for what, err := range faults {
			switch {
			case err != nil && !failing[what]:
				s.deps.Log.Error("cannot read "+what+"; those of before stay in use", "error", err)
			case err == nil && failing[what]:
				s.deps.Log.Info("can read " + what + " again")
			}
			failing[what] = err != nil
		}
	})
}

// houseEvery is how often what is no longer needed is deleted.
const houseEvery = time.Hour

// quoteDays is how many days a quote can be read that nobody used.
const quoteDays = 90

// keepHouse deletes what is no longer needed until ctx ends.
func (s *Server) keepHouse(ctx context.Context, p *parts) {
	clock.Real{}.Poll(ctx, houseEvery, nil, func(ctx context.Context) {
		now := p.clock.Now()
		err := errors.Join(
			p.db.DeleteAccessCounts(ctx, now.AddDate(0, 0, -3).Format(time.DateOnly)),
			forgetUsage(ctx, p.db, now),
			p.db.DeleteRevocations(ctx, now),
			p.db.DeleteReplays(ctx, now),
			p.db.DeleteAnswers(ctx, now.AddDate(0, 0, -2)),
			p.db.DeleteQuotes(ctx, now.AddDate(0, 0, -quoteDays)),
			p.db.DeleteRedirects(ctx, now.AddDate(0, 0, -2)),
			s.forgetRequests(ctx, p),
			store.Developers{DB: p.db}.Tidy(ctx, clock.Real{}.Now()),
			p.db.ForgetDeliveries(ctx, now.AddDate(0, 0, -30)),
			p.db.DeleteKYCCases(ctx, now.AddDate(0, 0, -30)),
			forgetAtBanks(ctx, p.world),
			s.pruneAudit(ctx, p, now),
		)
		if err != nil && ctx.Err() == nil {
			s.deps.Log.Warn("delete what is no longer needed", "error", err)
		}
	})
}

// forgetAtBanks deletes what the simulated banks no longer need.
func forgetAtBanks(ctx context.Context, w *simulator.World) error {
	if w == nil {
		return nil
	}
	return w.Forget(ctx)
}
