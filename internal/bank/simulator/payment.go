package simulator

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/problem"
)

// keepPayments is how long the bank knows a payment. One that it has no row
// for, and that is older, is forgotten.
const keepPayments day = 400

// newPaymentRef returns a reference of a payment that is opened on the day,
// which it begins with.
func newPaymentRef(d day) string { return fmt.Sprintf("7e57%04x%s", uint16(d), ident.NewUUID()[8:]) } //nolint:gosec // until 2149

// refDay returns the day on which a payment with the reference was opened, and
// whether it has the form of one.
func refDay(ref string) (day, bool) {
	if len(ref) != 36 || !strings.HasPrefix(ref, "7e57") || ref[8] != '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(ref[4:8], 16, 16)
	return day(n), err == nil //nolint:gosec // 16 bits
}

// OpenPayment implements [bank.PaymentInitiator]. The bank keeps nothing of a
// payment before it is submitted, but for the account that it opens when a
// customer names one that nobody has.
func (b *connector) OpenPayment(ctx context.Context, o bank.PaymentOrder) (bank.OpenedPayment, error) {
	if err := b.check(&o); err != nil {
		return bank.OpenedPayment{}, err
	}
	a, err := b.debtor(ctx, &o)
	if err != nil {
		return bank.OpenedPayment{}, err
	}
	now := b.w.o.Clock.Now()
	d := b.executes(&o, now)
	out := bank.OpenedPayment{
		Ref: newPaymentRef(dayIn(now, b.info.Location)), ExecutionDate: d.time(), Debtor: o.Debtor,
		Moved: !o.ExecutionDate.IsZero() && d > dayOf(o.ExecutionDate),
	}
	if a != nil {
		out.Debtor = bank.Party{Reference: a.Payment.Reference, Bankgiro: a.Payment.BankgiroNumber, Plusgiro: a.Payment.PlusgiroNumber}
		if _, err := b.terms(&o, a, d); err != nil {
			return bank.OpenedPayment{}, err
		}
		out.Converted = o.Source.IsZero() && a.currency() != o.Amount.Currency
	}
	if digits(o.Creditor.Bankgiro) == giroFlagged {
		out.Notices = []bank.Notice{{
			Code: "CREDITOR_ACCOUNT_FLAGGED", Text: "The creditor is on a list of payees to be wary of; the payment may go on.",
		}}
	}
	if !isMagic(&o, amountOutages) {
		return out, nil
	}
	p := Payment{Ref: out.Ref, BICFI: b.info.ASPSP.BICFI, PaymentTerms: PaymentTerms{Order: o}, Status: iso20022.RCVD, At: now, Outages: outages}
	return out, b.w.o.Store.Tx(ctx, func(tx Tx) error {
		_, err := tx.InsertPayment(ctx, &p)
		return err
	})
}

// SubmitPayment implements [bank.PaymentInitiator].
func (b *connector) SubmitPayment(ctx context.Context, ref string, o bank.PaymentOrder) (bank.PaymentState, error) {
	p, err := b.submission(ctx, ref, &o)
	if err != nil {
		return bank.PaymentState{}, err
	}
	x := execution{w: b.w, now: p.SubmittedAt}
	err = x.run(ctx, work{
		load: func(ctx context.Context, tx Tx) ([]*Payment, error) {
			fresh := p
			old, err := tx.Payments(ctx, []string{ref})
			if err != nil || len(old) == 0 {
				return []*Payment{&fresh}, err
			}
			if old[0].Status != iso20022.RCVD { // it was here before
				p = old[0]
				return nil, nil
			}
			fresh.Outages = old[0].Outages
			return []*Payment{&fresh}, tx.DeletePayment(ctx, ref)
		},
		save: func(ctx context.Context, tx Tx, list []*Payment) error {
			for _, fresh := range list {
				ok, err := tx.InsertPayment(ctx, fresh)
				if err == nil && !ok {
					err = errAgain // another call was faster
				}
				if err != nil {
					return err
				}
				if b.info.Profile.Rounds > 2 {
					err = tx.AddPayee(ctx, fresh.Debtor, payee(&o.Creditor))
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
		done: func(list []*Payment) {
			if len(list) > 0 {
				p = *list[0]
			}
		},
	})
	return stateOf(&p), err
}

// submission returns the payment that is to be submitted, without a look
// whether it was before.
func (b *connector) submission(ctx context.Context, ref string, o *bank.PaymentOrder) (Payment, error) {
	if _, err := b.unsubmitted(ref); err != nil {
		return Payment{}, err
	}
	now := b.w.o.Clock.Now()
	p := Payment{Ref: ref, BICFI: b.info.ASPSP.BICFI, SubmittedAt: now, At: now}
	a, err := b.debtorOf(ctx, o)
	if err != nil {
		return p, err
	}
	if p.PaymentTerms, err = b.terms(o, a, b.executes(o, now)); err != nil {
		return p, err
	}
	p.Debtor = a.Key
	to, found, err := b.creditor(ctx, o)
	if err != nil {
		return p, err
	}
	if found {
		p.credit(&to)
	}
	b.accept(&p)
	return p, nil
}

// Payment implements [bank.PaymentInitiator].
func (b *connector) Payment(ctx context.Context, ref string) (bank.PaymentState, error) {
	p, err := b.w.o.Store.Payment(ctx, ref)
	if problem.Is(err, problem.ResourceUnknown) {
		return b.unsubmitted(ref)
	}
	if err != nil {
		return bank.PaymentState{}, err
	}
	if p.BICFI != b.info.ASPSP.BICFI {
		return bank.PaymentState{}, problem.New(problem.ResourceUnknown, "the bank has no such payment")
	}
	if p.Outages > 0 {
		return bank.PaymentState{}, b.w.fail(ctx, ref)
	}
	if now := b.w.o.Clock.Now(); p.due(now) {
		if err := b.w.execute(ctx, []Payment{p}, now); err != nil {
			return bank.PaymentState{}, err
		}
		if p, err = b.w.o.Store.Payment(ctx, ref); err != nil {
			return bank.PaymentState{}, err
		}
	}
	return stateOf(&p), nil
}

// unsubmitted returns the state of a payment that the bank has no row of.
func (b *connector) unsubmitted(ref string) (bank.PaymentState, error) {
	d, ok := refDay(ref)
	if !ok || d < b.today()-keepPayments {
		return bank.PaymentState{}, problem.New(problem.ResourceUnknown, "the bank has no such payment")
	}
	return bank.PaymentState{Status: iso20022.RCVD}, nil
}

// fail counts one of the times at which the bank is down for a payment.
func (w *World) fail(ctx context.Context, ref string) error {
	err := w.o.Store.Locking(ctx, func(tx Tx) error {
		list, err := tx.Payments(ctx, []string{ref})
		if err != nil || len(list) == 0 || list[0].Outages == 0 {
			return err
		}
		list[0].Outages--
		return tx.SavePayments(ctx, []*Payment{&list[0]})
	})
	if err != nil {
		return err
	}
	return problem.New(problem.BankUnavailable, "the bank is down: it was asked for a payment of 9990.94")
}

// CancelPayment implements [bank.PaymentInitiator].
func (b *connector) CancelPayment(ctx context.Context, ref string) (bank.PaymentState, error) {
	if _, err := b.unsubmitted(ref); err != nil {
		return bank.PaymentState{}, err
	}
	x := execution{w: b.w, now: b.w.o.Clock.Now()}
	p := Payment{Ref: ref, BICFI: b.info.ASPSP.BICFI, Status: iso20022.CANC, At: x.now}
	err := x.run(ctx, work{
		load: func(ctx context.Context, tx Tx) ([]*Payment, error) {
			list, err := tx.Payments(ctx, []string{ref})
			if err != nil {
				return nil, err
			}
			if len(list) == 0 { // never submitted: all there is is a mark that it must not be
				ok, err := tx.InsertPayment(ctx, &p)
				if err == nil && !ok {
					err = errAgain
				}
				return nil, err
			}
			if list[0].BICFI != b.info.ASPSP.BICFI {
				return nil, problem.New(problem.ResourceUnknown, "the bank has no such payment")
			}
			return []*Payment{&list[0]}, nil
		},
		change: func(_ context.Context, x *execution, p *Payment) error {
			x.cancel(p)
			return nil
		},
		save: func(ctx context.Context, tx Tx, list []*Payment) error { return tx.SavePayments(ctx, list) },
		done: func(list []*Payment) {
			if len(list) > 0 {
				p = *list[0]
			}
		},
	})
	if err != nil {
		return bank.PaymentState{}, err
	}
	if p.Status != iso20022.CANC {
		return stateOf(&p), problem.New(problem.CancellationInvalid, "the payment is %s", p.Status)
	}
	return stateOf(&p), nil
}

// stateOf returns the payment as the caller sees it. How late a bank shows a
// status is in its profile, and the caller's to heed.
func stateOf(p *Payment) bank.PaymentState {
	s := bank.PaymentState{Status: p.Status, At: p.At}
	if s.Status == iso20022.RJCT {
		s.Reason = p.Reason
	}
	return s
}

// due reports whether something is due of the payment.
func (p *Payment) due(now time.Time) bool { return p.Step != StepNone && !p.DueAt.After(now) }

// OpenBasket implements [bank.BasketKeeper]. A basket is nothing but a
// reference: what is signed stands in the order of the SCA.
func (b *connector) OpenBasket(_ context.Context, _ bank.Customer, payments []string) (string, error) {
	p := &b.info.Profile
	if !p.Baskets {
		return "", problem.New(problem.ServiceUnsupported, "the bank has no signing baskets")
	}
	if len(payments) > p.BasketLimit {
		return "", problem.New(problem.ReferenceMixInvalid, "the bank takes %d payments in a basket, not %d", p.BasketLimit, len(payments))
	}
	for _, ref := range payments {
		if _, err := b.unsubmitted(ref); err != nil {
			return "", err
		}
	}
	return newRef(), nil
}

// Basket implements [bank.BasketKeeper]. One with a payment of the amount that
// is not for baskets is refused as soon as somebody has signed it.
func (b *connector) Basket(ctx context.Context, ref string) (st bank.BasketState, err error) {
	var runs []Run
	err = b.w.o.Store.Tx(ctx, func(tx Tx) (err error) {
		runs, err = tx.RunsOf(ctx, ref)
		return err
	})
	now := b.w.o.Clock.Now()
	for i := range runs {
		r := &runs[i]
		o := b.outcome(r, now)
		unfit := slices.ContainsFunc(r.Order.Payments, func(p bank.PaymentOrder) bool { return isMagic(&p, amountUnfit) })
		if unfit && o.status.Signed() && r.Order.Subject == bank.SubjectBasket && r.BICFI == b.info.ASPSP.BICFI {
			return bank.BasketState{Refused: true, Reason: basketRefused, At: o.at}, err
		}
	}
	return st, err
}

// CloseBasket implements [bank.BasketKeeper].
func (b *connector) CloseBasket(context.Context, string) error { return nil }
