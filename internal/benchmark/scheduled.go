package benchmark

import (
	"context"
	"fmt"
	"time"

	"sluss.example/sluss/internal/clock"
)

const (
	// dueIn is when what is scheduled comes due, from the start of the server.
	dueIn = 3 * time.Second
	// dueTime bounds how long the banks may take, and knownTime how long it is
	// watched that the apps' payments follow.
	dueTime   = 10 * time.Minute
	knownTime = 30 * time.Second
)

// scheduled measures how fast payments are carried out that are due at once.
func (b *paymentBench) scheduled(ctx context.Context) error {
	in, err := b.install(ctx, "scheduled")
	if err != nil {
		return err
	}
	if err := b.sign(ctx, in); err != nil {
		return err
	}
	n := b.scaled(manyDue)
	start := clock.Real{}.Now()
	if err := b.Schedule(ctx, in.Database, n); err != nil {
		return err
	}
	b.logf("%s: %d payments scheduled in %.0f s", b.Engine(), n, clock.Real{}.Since(start).Seconds())
	due := clock.Real{}.Now().Add(dueIn)
	if err := b.Due(ctx, in.Database, due); err != nil {
		return err
	}
	p, err := in.Serve(ctx)
	if err != nil {
		return err
	}
	took, known, err := b.watchDue(ctx, in, n, due)
	p.Stop()
	if err != nil {
		return err
	}
	verdict := "the books balance"
	err = b.Verify(ctx, in.Database)
	if err != nil {
		verdict = err.Error()
	}
	row := AtLeast(b.what("%d payments due at one minute", n), float64(n)/took.Seconds(), 1000, "%.0f/s").
		Noted("%s; known to the apps at %.0f/s", verdict, known)
	row.Met = row.Met && err == nil
	b.add(row)
	return nil
}

// sign has each customer sign a payment of tomorrow.
func (b *paymentBench) sign(ctx context.Context, in *Installation) error {
	p, err := in.Serve(ctx)
	if err != nil {
		return err
	}
	defer p.Stop()
	header, err := p.payer(ctx)
	if err != nil {
		return err
	}
	if err := warm(ctx, wholeFlow(p, header, "", "ACSC")); err != nil {
		return err
	}
	return warm(ctx, wholeFlow(p, header, today().AddDate(0, 0, 7).Format(time.DateOnly), "ACTC"))
}

// watchDue waits until the banks have carried out everything, and then for a
// while until the payments of the apps say so. It returns how long the banks
// took, and how many payments a second followed.
func (b *paymentBench) watchDue(ctx context.Context, in *Installation, n int, due time.Time) (took time.Duration, known float64, err error) {
	for took == 0 {
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return 0, 0, err
		}
		open, _, err := b.Open(ctx, in.Database)
		since := clock.Real{}.Since(due)
		switch {
		case err != nil:
			return 0, 0, err
		case !open:
			took = since
		case since > dueTime:
			return 0, 0, fmt.Errorf("some of %d payments are still due after %v", n, dueTime)
		}
	}
	start := clock.Real{}.Now()
	_, before, err := b.Open(ctx, in.Database)
	left := before
	for err == nil && left > 0 && (clock.Real{}).Since(start) < knownTime {
		if err = pause(ctx, time.Second); err == nil {
			_, left, err = b.Open(ctx, in.Database)
		}
	}
	b.logf("%s: the banks took %.1f s for %d; of %d that were not known then %d are not %.0f s later",
		b.Engine(), took.Seconds(), n, before, left, clock.Real{}.Since(start).Seconds())
	return took, float64(before-left) / max(clock.Real{}.Since(start).Seconds(), 0.001), err
}
