package payment_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
)

// TestNobodyLooks: what was signed is carried out and followed to its end by
// jobs alone, and then none is left.
func TestNobodyLooks(t *testing.T) {
	each(t, func(r *rig) {
		ref := r.pay(anna())
		if n := r.waiting(); n != 0 {
			r.Errorf("%d jobs for a payment that nobody signs", n)
		}
		r.start(anna(), ref, payment.OfPayment)
		r.later(2 * time.Second)
		r.wantStored(ref, payment.RCVD)
		r.bank.Sign("1", 1)
		r.later(2 * time.Second)
		r.wantStored(ref, payment.ACSP)
		if got := r.bank.Submitted(); !slices.Equal(got, []string{"payment-1"}) {
			r.Errorf("the bank was told of %v", got)
		}
		r.bank.Say("payment-1", bank.PaymentState{Status: payment.ACSC})
		r.later(10 * time.Second)
		r.wantStored(ref, payment.ACSC)
		if n := r.waiting(); n != 0 {
			r.Errorf("%d jobs are left", n)
		}
		var kinds []string
		trail, err := r.db.Trail(r.Context(), ref.PaymentID)
		if err != nil {
			r.Fatal(err)
		}
		for _, e := range trail {
			kinds = append(kinds, e.Type)
		}
		slices.Sort(kinds)
		want := []string{"authorisation.finalised", "payment.ACSC", "payment.ACSP", "payment.ACTC", "payment.RCVD"}
		if !slices.Equal(kinds, want) {
			r.Errorf("trail %v, want %v", kinds, want)
		}
	})
}

// TestKilledBeforeSubmit: the process dies after a signature is stored and
// before the bank is told. Another instance tells it, once.
func TestKilledBeforeSubmit(t *testing.T) {
	each(t, func(r *rig) {
		ref := r.pay(anna())
		auth := r.start(anna(), ref, payment.OfPayment)
		r.bank.Sign("1", 1)
		r.bank.RefuseCall("SubmitPayment", problem.New(problem.BankUnavailable, "killed"))
		if o, err := r.Poll(r.Context(), anna(), auth, payment.OfPayment); err != nil || o.Authorisation.Status != sca.Finalised {
			r.Fatalf("poll: %v, %s", err, o.Authorisation.Status)
		}
		r.wantStored(ref, payment.ACTC)
		r.later(time.Hour) // the bank is still down, which is no failure of the job
		r.wantStored(ref, payment.ACTC)
		r.bank.RefuseCall("SubmitPayment", nil)
		r.jobs = r.runner()
		r.later(2 * time.Hour)
		r.wantStored(ref, payment.ACSP)
		if got := r.bank.Submitted(); len(got) != 1 {
			r.Errorf("the bank was told of %v", got)
		}
		if n := r.waiting(); n != 1 {
			r.Errorf("%d jobs follow the payment, want 1", n)
		}
	})
}

// TestBankDownForDays: the jobs go on, and a payment that is to wait for its
// date is not asked for each hour.
func TestBankDownForDays(t *testing.T) {
	each(t, func(r *rig) {
		req := request()
		req.ExecutionDate = new(time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC))
		c, err := r.Create(r.Context(), anna(), req)
		if err != nil {
			r.Fatal(err)
		}
		ref := payment.Ref{BICFI: "ESSESESS", Product: payment.Domestic, PaymentID: c.ID}
		auth := r.start(anna(), ref, payment.OfPayment)
		r.bank.Sign("1", 1)
		if _, err := r.Poll(r.Context(), anna(), auth, payment.OfPayment); err != nil {
			r.Fatal(err)
		}
		r.bank.Say("payment-1", bank.PaymentState{Status: payment.ACTC})
		r.later(10 * time.Second)
		r.bank.Down(problem.New(problem.BankUnavailable, "down"))
		r.later(31 * 24 * time.Hour) // the date has come
		r.wantStored(ref, payment.ACTC)
		r.bank.Down(nil)
		r.bank.Say("payment-1", bank.PaymentState{Status: payment.ACSC})
		r.later(2 * time.Hour)
		r.wantStored(ref, payment.ACSC)
	})
}

// TestDynamicLinking changes a stored payment at each step of its signing: the
// signature does not stand for the changed one, and nothing is paid.
func TestDynamicLinking(t *testing.T) {
	const change = "UPDATE payments SET ordered = replace(ordered, 'SE1412000000000012345678', 'SE9900000000000000000000')"
	for _, redirect := range []bool{false, true} {
		each2(t, redirect, func(r *rig) {
			ref := r.pay(anna())
			auth := r.start(anna(), ref, payment.OfPayment)
			if !r.tamper(change) {
				return
			}
			if redirect { // signed meanwhile
				r.bank.Sign("1", 1)
			}
			o, err := r.Poll(r.Context(), anna(), auth, payment.OfPayment)
			if err != nil || o.Authorisation.Status != sca.Failed || o.Authorisation.Failure != sca.RefusedByBank {
				r.Errorf("poll: %v, %s, %s; want a failure", err, o.Authorisation.Status, o.Authorisation.Failure)
			}
			r.wantStored(ref, payment.RCVD)

			// What is signed now stands for what is stored now; changed back, nobody
			// carries it out.
			auth = r.start(anna(), ref, payment.OfPayment)
			r.bank.Sign("1", 1)
			r.bank.RefuseCall("SubmitPayment", problem.New(problem.BankUnavailable, "down"))
			if _, err := r.Poll(r.Context(), anna(), auth, payment.OfPayment); err != nil {
				r.Fatal(err)
			}
			r.wantStored(ref, payment.ACTC)
			r.tamper("UPDATE payments SET ordered = replace(ordered, '\"minor\":15000', '\"minor\":1500000')")
			r.bank.RefuseCall("SubmitPayment", nil)
			v, err := r.Payment(r.Context(), anna(), ref)
			if err != nil || v.Shown != payment.RJCT {
				r.Errorf("after the change: %v, %s; want RJCT", err, v.Shown)
			}
			if got := r.bank.Submitted(); len(got) != 0 {
				r.Errorf("the bank was told to pay %v", got)
			}
		})
	}
}

func each2(t *testing.T, b bool, f func(r *rig)) {
	t.Helper()
	name := "pending"
	if b {
		name = "signed"
	}
	t.Run(name, func(t *testing.T) { each(t, f) })
}

// TestFirstSignatureVoid: the row is changed between two signatures. The first
// one counts no more.
func TestFirstSignatureVoid(t *testing.T) {
	each(t, func(r *rig) {
		ref := r.pay(boss("1"))
		one := r.start(boss("1"), ref, payment.OfPayment)
		r.bank.Sign("1", 2)
		if _, err := r.Poll(r.Context(), boss("1"), one, payment.OfPayment); err != nil {
			r.Fatal(err)
		}
		r.wantStored(ref, payment.PATC)
		if !r.tamper("UPDATE payments SET ordered = replace(ordered, '\"minor\":15000', '\"minor\":1500000')") {
			return
		}
		two := r.start(boss("2"), ref, payment.OfPayment)
		r.bank.Sign("2", 2)
		o, err := r.Poll(r.Context(), boss("2"), two, payment.OfPayment)
		if err != nil || !o.Authorisation.MoreNeeded {
			r.Errorf("the second signature: %v, more needed %t", err, o.Authorisation.MoreNeeded)
		}
		r.wantStored(ref, payment.PATC)
	})
}

// TestTwoSignersAtOnce: both sign in the same moment, and many look; each
// signature counts once and the bank is told to pay once at least, of one
// payment.
func TestTwoSignersAtOnce(t *testing.T) {
	each(t, func(r *rig) {
		ref := r.pay(boss("1"))
		one := r.start(boss("1"), ref, payment.OfPayment)
		r.bank.Sign("1", 2)
		two := r.start(boss("2"), ref, payment.OfPayment)
		r.bank.Sign("2", 2)
		var group sync.WaitGroup
		for _, auth := range []payment.Ref{one, two, one, two, one, two} {
			group.Go(func() {
				if _, err := r.Poll(r.Context(), boss(""), auth, payment.OfPayment); err != nil {
					r.Error(err)
				}
			})
		}
		group.Wait()
		v, err := r.Payment(r.Context(), boss("1"), ref)
		if err != nil || v.Shown != payment.ACSP || v.SignaturesNeeded != 2 {
			r.Errorf("signed by both: %v, %s, %d needed", err, v.Shown, v.SignaturesNeeded)
		}
		if refs := r.bank.Submitted(); len(slices.Compact(refs)) != 1 {
			r.Errorf("the bank was told of %v", refs)
		}
		moves := 0
		trail, err := r.db.Trail(r.Context(), ref.PaymentID)
		for _, e := range trail {
			if e.Type == "payment.ACTC" {
				moves++
			}
		}
		if moves != 1 || err != nil {
			r.Errorf("it became ACTC %d times, %v", moves, err)
		}
	})
}

// TestCancelRaces: a cancellation meets the last signature and the execution.
// Whoever is first, the stored status is what the bank does.
func TestCancelRaces(t *testing.T) {
	each(t, func(r *rig) {
		for range 6 {
			ref := r.pay(anna())
			auth := r.start(anna(), ref, payment.OfPayment)
			r.bank.Sign("1", 1)
			var group sync.WaitGroup
			var cancelled error
			group.Go(func() { _, cancelled = r.Cancel(context.WithoutCancel(r.Context()), anna(), ref) })
			group.Go(func() { _, _ = r.Poll(r.Context(), anna(), auth, payment.OfPayment) })
			group.Go(func() { _, _ = r.Payment(r.Context(), anna(), ref) })
			group.Wait()
			if cancelled != nil {
				r.Errorf("cancel: %v", cancelled)
			}
			p := r.stored(ref)
			st, err := r.bank.Payment(r.Context(), p.BankRef)
			if err != nil || p.Status != payment.CANC || st.Status != payment.CANC {
				r.Errorf("stored %s, at the bank %s, %v; want CANC", p.Status, st.Status, err)
			}
		}
	})
}

// TestClockJumps: a month passes in one step, in the middle of everything.
func TestClockJumps(t *testing.T) {
	each(t, func(r *rig) {
		unsigned, started, signed := r.pay(anna()), r.pay(anna()), r.pay(anna())
		auth := r.start(anna(), started, payment.OfPayment)
		last := r.start(anna(), signed, payment.OfPayment)
		r.bank.Sign("1", 1)
		if _, err := r.Poll(r.Context(), anna(), last, payment.OfPayment); err != nil {
			r.Fatal(err)
		}
		r.bank.Say(r.stored(signed).BankRef, bank.PaymentState{Status: payment.ACCC})
		r.later(31 * 24 * time.Hour)
		r.wantStored(signed, payment.ACCC)
		for _, ref := range []payment.Ref{unsigned, started} {
			if v, err := r.Payment(r.Context(), anna(), ref); err != nil || v.Shown != payment.RJCT {
				r.Errorf("a month later: %v, %s", err, v.Shown)
			}
		}
		if o, err := r.Poll(r.Context(), anna(), auth, payment.OfPayment); err != nil || o.Authorisation.Status != sca.Failed {
			r.Errorf("its authorisation: %v, %s", err, o.Authorisation.Status)
		}
		if _, err := r.StartAuthorisation(r.Context(), anna(), unsigned, payment.OfPayment, signing.Choice{}); err == nil {
			r.Error("a rejected payment is signed")
		}
	})
}

// TestBasketNobodyLooks: a basket that is signed is carried out by jobs alone,
// by any instance and once.
func TestBasketNobodyLooks(t *testing.T) {
	each(t, func(r *rig) {
		one, two := r.pay(boss("1")), r.pay(boss("1"))
		r.startBasket(boss("1"), one, two)
		r.bank.RefuseCall("SubmitPayment", problem.New(problem.BankUnavailable, "killed"))
		r.bank.Sign("1", 1)
		r.later(2 * time.Second)
		r.wantStored(one, payment.ACTC)
		r.bank.RefuseCall("SubmitPayment", nil)
		r.later(time.Minute)
		for _, p := range []payment.Ref{one, two} {
			r.wantStored(p, payment.ACSP)
			r.bank.Say(r.stored(p).BankRef, bank.PaymentState{Status: payment.ACSC})
		}
		r.later(time.Hour)
		r.wantStored(two, payment.ACSC)
		if n := r.waiting(); n != 0 {
			r.Errorf("%d jobs are left", n)
		}
		if got := r.bank.Submitted(); len(got) != 2 {
			r.Errorf("the bank was told of %v", got)
		}
	})
}

// TestBasketsAtOnce: of two baskets that want the same payment one gets it.
func TestBasketsAtOnce(t *testing.T) {
	each(t, func(r *rig) {
		ref := r.pay(anna())
		errs := make(chan error)
		const n = 4
		for range n {
			go func() {
				_, err := r.CreateBasket(r.Context(), anna(), payment.BasketRequest{BICFI: "ESSESESS", PaymentIDs: []string{ref.PaymentID}})
				errs <- err
			}()
		}
		won := 0
		for range n {
			if err := <-errs; err == nil {
				won++
			} else {
				r.fails("the other basket", err, problem.ReferenceStatus)
			}
		}
		if won != 1 {
			r.Errorf("%d baskets have the payment", won)
		}
	})
}
