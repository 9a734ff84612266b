package simulator

import (
	"context"
	"errors"
	"slices"
	"time"

	"sluss.example/sluss/internal/money"
)

// errAgain says that a transaction is to run again, from the start.
var errAgain = errors.New("to run again")

// A work is a transaction on payments.
type work struct {
	// load locks the payments, or makes them. They are all of the work.
	load func(ctx context.Context, tx Tx) ([]*Payment, error)
	// change changes one after all that is due of it was done. None if nil.
	change func(ctx context.Context, x *execution, p *Payment) error
	// all says that change may move money.
	all  bool
	save func(ctx context.Context, tx Tx, list []*Payment) error
	// done gets them as they were stored. None if nil.
	done func(list []*Payment)
}

// An execution carries out what is due of some payments, in one transaction.
// What it does depends on the payments and the instant alone, so whoever comes
// first does it, and nobody else finds it due.
type execution struct {
	w   *World
	now time.Time

	ledgers map[int64]int // index in the posting
	posting Posting
	lacking []lack
}

// A lack is that the history of an account does not reach to the day on which
// something is to be booked.
type lack struct {
	account int64
	until   day
}

// maxExecutions is how often an execution runs before it gives up.
const maxExecutions = 10

// run carries out the work.
func (x *execution) run(ctx context.Context, k work) error {
	for range maxExecutions {
		var list []*Payment
		var instants []int64
		err := x.w.o.Store.Locking(ctx, func(tx Tx) (err error) {
			if list, err = x.carryOut(ctx, tx, &k); err != nil || len(list) == 0 {
				return err
			}
			if instants, err = x.w.wake(ctx, tx, list); err != nil {
				return err
			}
			return k.save(ctx, tx, list)
		})
		if err == nil {
			x.w.woke(instants)
			if k.done != nil {
				k.done(list)
			}
		}
		if !errors.Is(err, errAgain) {
			return err
		}
		if err := x.grow(ctx); err != nil {
			return err
		}
	}
	return errAgain
}

// carryOut does the work but for storing the payments themselves.
func (x *execution) carryOut(ctx context.Context, tx Tx, k *work) ([]*Payment, error) {
	x.ledgers, x.posting, x.lacking = map[int64]int{}, Posting{}, nil
	list, err := k.load(ctx, tx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if err := x.lock(ctx, tx, list, k.all); err != nil {
		return nil, err
	}
	for _, p := range list {
		if err := x.advance(ctx, p); err != nil {
			return nil, err
		}
		if k.change == nil {
			continue
		}
		if err := k.change(ctx, x, p); err != nil {
			return nil, err
		}
	}
	if len(x.lacking) > 0 {
		return nil, errAgain
	}
	return list, tx.Post(ctx, &x.posting)
}

// grow makes the history that was lacking.
func (x *execution) grow(ctx context.Context) error {
	for _, l := range x.lacking {
		a, b, err := x.w.account(ctx, l.account)
		if err != nil {
			return err
		}
		if err := b.growUntil(ctx, a, l.until); err != nil {
			return err
		}
	}
	return nil
}

// account returns an account of any bank by its key.
func (w *World) account(ctx context.Context, key int64) (*Account, *connector, error) {
	w.mu.Lock()
	a := w.accounts[key]
	w.mu.Unlock()
	if a == nil {
		read, err := w.o.Store.Account(ctx, key)
		if err != nil {
			return nil, nil, err
		}
		a = &read
		w.mu.Lock()
		if len(w.accounts) < maxCached {
			w.accounts[key] = a
		}
		w.mu.Unlock()
	}
	b, err := w.bank(a.BICFI)
	return a, b, err
}

// execute carries out what is due of the payments, as anybody does who finds
// them due.
func (w *World) execute(ctx context.Context, due []Payment, now time.Time) error {
	if len(due) == 0 {
		return nil
	}
	refs := make([]string, len(due))
	for i := range due {
		refs[i] = due[i].Ref
	}
	slices.Sort(refs)
	x := execution{w: w, now: now}
	for i := range due {
		x.lacking = append(x.lacking, due[i].needs(w)...)
	}
	if err := x.grow(ctx); err != nil {
		return err
	}
	return x.run(ctx, work{
		load: func(ctx context.Context, tx Tx) ([]*Payment, error) {
			list, err := tx.Payments(ctx, refs)
			if err != nil {
				return nil, err
			}
			var out []*Payment
			for i := range list {
				if list[i].due(now) {
					out = append(out, &list[i])
				}
			}
			slices.SortStableFunc(out, func(a, b *Payment) int { return a.DueAt.Compare(b.DueAt) })
			return out, nil
		},
		save: func(ctx context.Context, tx Tx, list []*Payment) error { return tx.SavePayments(ctx, list) },
	})
}

// needs returns the history that is needed to carry out what is due next.
func (p *Payment) needs(w *World) []lack {
	var out []lack
	if b, err := w.bank(p.BICFI); err == nil {
		out = append(out, lack{p.Debtor, dayIn(p.DueAt, b.info.Location)})
	}
	if p.Creditor != 0 && p.Step != StepStart {
		out = append(out, lack{p.Creditor, out[0].until})
	}
	return out
}

// current does what is due of an account's payments, and then brings its
// history up to the present.
func (b *connector) current(ctx context.Context, a *Account) error {
	now := b.w.o.Clock.Now()
	for {
		due, err := b.w.o.Store.DuePaymentsOf(ctx, a.Key, now, executeLimit)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			return b.grow(ctx, a)
		}
		if err := b.w.execute(ctx, due, now); err != nil {
			return err
		}
	}
}

// lock locks the ledgers that the payments may change, in one order for all.
func (x *execution) lock(ctx context.Context, tx Tx, list []*Payment, all bool) error {
	currencies := map[int64]money.Currency{}
	for _, p := range list {
		p.accounts(currencies, all || p.moves(x))
	}
	keys := make([]int64, 0, len(currencies))
	for key := range currencies {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	found, err := tx.Ledgers(ctx, keys)
	if err != nil {
		return err
	}
	for _, l := range found {
		x.add(l)
	}
	for _, key := range keys {
		if _, ok := x.ledgers[key]; !ok {
			x.add(Ledger{Account: key, Currency: currencies[key]})
		}
	}
	return nil
}

func (x *execution) add(l Ledger) {
	x.ledgers[l.Account] = len(x.posting.After)
	x.posting.Before, x.posting.After = append(x.posting.Before, l), append(x.posting.After, l)
}

// ledger returns a ledger that was locked.
func (x *execution) ledger(account int64) *Ledger { return &x.posting.After[x.ledgers[account]] }

// moves reports whether the money may move now, not only be reserved.
func (p *Payment) moves(x *execution) bool {
	switch p.Step {
	case StepNone, StepReport:
		return false
	case StepSettle, StepReturn:
		return true
	}
	return isMagic(&p.Order, amountReported) || !x.w.nextRun(p.DueAt).After(x.now)
}

// growUntil is grow for a day that need not be the present one.
func (b *connector) growUntil(ctx context.Context, a *Account, d day) error {
	return b.growTo(ctx, a, min(d, b.today()))
}
