package simulator

import (
	"context"
	"errors"
	"slices"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/iso20022"
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

// advance does all that is due of the payment, each thing at the instant at
// which it was due.
func (x *execution) advance(ctx context.Context, p *Payment) error {
	for p.due(x.now) {
		at := p.DueAt
		switch p.Step {
		case StepCheck:
			x.schedule(p, at)
		case StepStart:
			if err := x.start(ctx, p, at); err != nil {
				return err
			}
		case StepSettle:
			x.settle(p, at)
		case StepReport:
			p.become(iso20022.ACCC, at)
		case StepReturn:
			x.book(p, at, true)
			p.Step, p.DueAt, p.Reason = StepNone, time.Time{}, cameBack
		default:
			p.Step, p.DueAt = StepNone, time.Time{}
		}
	}
	return nil
}

// become gives the payment a status with nothing more to do.
func (p *Payment) become(s iso20022.Status, at time.Time) {
	p.Status, p.At, p.Step, p.DueAt = s, at, StepNone, time.Time{}
}

// accept takes in a payment that is fully signed.
func (b *connector) accept(p *Payment) {
	at := p.SubmittedAt
	if isMagic(&p.Order, amountChecked) {
		p.become(iso20022.PDNG, at)
		p.Step, p.DueAt = StepCheck, at.Add(checksTake)
		return
	}
	x := execution{w: b.w}
	x.schedule(p, at)
}

// schedule has the payment carried out on its day, or now.
func (x *execution) schedule(p *Payment, at time.Time) {
	begins := at
	if b, err := x.w.bank(p.BICFI); err == nil {
		begins = day(p.Executes).startIn(b.info.Location)
	}
	if begins.After(at) {
		p.become(iso20022.ACTC, at)
		at = begins
	}
	p.Step, p.DueAt = StepStart, at
}

// start reserves the money, or rejects the payment.
func (x *execution) start(ctx context.Context, p *Payment, at time.Time) error {
	if reason := refusal(&p.Order); reason != "" {
		p.become(iso20022.RJCT, at)
		p.Reason = reason
		return nil
	}
	a, b, err := x.w.account(ctx, p.Debtor)
	if err != nil {
		return err
	}
	today := dayIn(at, b.info.Location)
	l := x.ledger(p.Debtor)
	if day(l.Grown) < today {
		x.lacking = append(x.lacking, lack{p.Debtor, today})
	}
	if p.Debit.Minor > b.available(a, l, at) {
		p.become(iso20022.RJCT, at)
		p.Reason = noFunds
		return nil
	}
	l.Held += p.Debit.Minor
	p.Held = p.Debit.Minor
	p.Status, p.At, p.Step, p.DueAt = iso20022.ACSP, at, StepSettle, x.w.nextRun(at)
	if isMagic(&p.Order, amountReported) {
		p.DueAt = at
	}
	return nil
}

// available returns what the account's holder can spend at the instant.
func (b *connector) available(a *Account, l *Ledger, at time.Time) int64 {
	n := l.Balance - l.Held
	for _, r := range b.grower(a).pending(at, dayIn(at, b.info.Location)) {
		n += r.amount
	}
	if limit := a.limit(); limit != nil {
		n += limit.Minor
	}
	return n
}

// settle takes the money from the debtor.
func (x *execution) settle(p *Payment, at time.Time) {
	x.release(p)
	x.book(p, at, false)
	p.become(iso20022.ACSC, at)
	switch {
	case isMagic(&p.Order, amountReported):
		p.Step, p.DueAt = StepReport, x.w.nextRun(at)
	case comesBack(&p.Order):
		p.Step, p.DueAt = StepReturn, x.w.nextRun(at)
	}
}

// release ends the reservation.
func (x *execution) release(p *Payment) {
	if p.Held != 0 {
		x.ledger(p.Debtor).Held -= p.Held
		p.Held = 0
	}
}

// cancel withdraws the payment unless it is too late.
func (x *execution) cancel(p *Payment) {
	switch p.Status {
	case iso20022.ACSC, iso20022.ACCC, iso20022.RJCT, iso20022.CANC:
		return
	}
	x.release(p)
	p.become(iso20022.CANC, x.now)
}

// growUntil is grow for a day that need not be the present one.
func (b *connector) growUntil(ctx context.Context, a *Account, d day) error {
	return b.growTo(ctx, a, min(d, b.today()))
}

// terms returns what a payment from the account is about.
func (b *connector) terms(o *bank.PaymentOrder, a *Account, d day) (PaymentTerms, error) {
	t := PaymentTerms{Order: *o, DebtorName: a.Payment.OwnerName, Debit: o.Amount, Executes: int64(d)}
	own := a.currency()
	switch {
	case !o.Source.IsZero() && o.Source.Currency != own:
		return t, refused("the quote is in %s and the account in %s", o.Source.Currency, own)
	case !o.Source.IsZero():
		t.Debit = o.Source
	case o.Amount.Currency == own:
		return t, nil
	}
	p, ok := price(o.Amount.Currency, own, selling)
	if !ok {
		return t, refused("the bank does not exchange %s for %s", own, o.Amount.Currency)
	}
	if o.Source.IsZero() {
		t.Debit = exchanged(o.Amount, own, p)
	}
	if o.Amount.Currency != own {
		t.Rate = rateText(p)
	}
	return t, nil
}

// credit has an account in the books get the money, in its own currency.
func (p *Payment) credit(to *Account) {
	p.Credit = p.Order.Amount
	if own := to.currency(); own != p.Credit.Currency {
		rate, ok := price(p.Credit.Currency, own, buying)
		if !ok {
			p.Credit = money.Amount{}
			return // it stays with the world outside
		}
		p.Credit, p.CreditRate = exchanged(p.Order.Amount, own, rate), rateText(rate)
	}
	p.Creditor = to.Key
}
