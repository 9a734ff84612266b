package simulator

import (
	"context"
	"fmt"

	"sluss.example/sluss/internal/money"
)

// currency returns the currency of an account.
func (a *Account) currency() money.Currency {
	if a.Card != nil {
		return a.Card.Currency
	}
	return a.Payment.Currency
}

// grow brings the history of an account up to the bank-local day. The first
// time makes all of it.
func (b *connector) grow(ctx context.Context, a *Account) error { return b.growTo(ctx, a, b.today()) }

// growTo is grow until a day that is not after the present one.
func (b *connector) growTo(ctx context.Context, a *Account, today day) error {
	w := b.w
	w.mu.Lock()
	done := w.grown[a.Key] >= today
	w.mu.Unlock()
	if done {
		return nil
	}
	err := w.o.Store.Tx(ctx, func(tx Tx) error { return b.growIn(ctx, tx, a, today) })
	if err != nil {
		return fmt.Errorf("make history of an account at %s: %w", b.info.ASPSP.BICFI, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.grown) >= 10*maxCached {
		clear(w.grown)
	}
	w.grown[a.Key] = max(w.grown[a.Key], today)
	return nil
}

// growIn does the work of grow inside tx. Whoever posts to an account calls it
// first, so that entries come in the order of their days.
func (b *connector) growIn(ctx context.Context, tx Tx, a *Account, today day) error {
	l, err := tx.Ledger(ctx, a.Key, a.currency())
	if err != nil || day(l.Grown) >= today {
		return err
	}
	from, fresh := day(l.Grown)+1, l.Grown == 0
	if fresh {
		from = today - day(min(max(a.Plan.Days, 1), b.w.o.HistoryDays)) + 1
	}
	j := &journal{
		id: mix(uint64(a.Key), uint64(today)<<1), kind: "history", at: b.w.o.Clock.Now(), //nolint:gosec // bits
		grown: map[int64]day{a.Key: today},
	}
	sum := b.history(j, a, from, today)
	if fresh {
		first := a.Plan.Opening
		if a.Plan.Life == "opened" { // what was promised is there today
			first -= sum
		}
		open := line{
			account: a.Key, currency: a.currency(), opening: true, day: from - 1, value: from - 1,
			amount: first, at: from.startIn(b.info.Location).UnixMilli(), ref: mix(uint64(a.Key), 1),
		}
		j.lines = append([]line{open}, j.lines...)
		sum += first
	}
	if len(j.lines) > 0 {
		j.lines = append(j.lines, line{
			account: outside(a.Key), currency: a.currency(), day: today, value: today, amount: -sum, ref: j.id, at: j.at.UnixMilli(),
		})
	}
	return post(ctx, tx, j)
}

// history adds what happened on the days to j, and returns its sum.
func (b *connector) history(j *journal, a *Account, from, to day) int64 {
	g, sum, c := b.grower(a), int64(0), a.currency()
	for d := from; d <= to; d++ {
		at := d.startIn(b.info.Location).UnixMilli()
		for _, r := range g.on(d) {
			value := d
			if r.lag > 0 {
				value = r.origin
			}
			j.lines = append(j.lines, line{
				account: a.Key, currency: c, day: d, value: value, ref: r.ref, at: at, kind: r.kind, amount: r.amount, text: r.text,
			})
			sum += r.amount
		}
	}
	return sum
}
