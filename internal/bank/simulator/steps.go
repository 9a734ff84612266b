package simulator

import (
	"context"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/money"
)

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
