package payment_test

import (
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

// signed returns a payment that is signed, with its authorisation.
func (r *rig) signed() (ref, auth payment.Ref) {
	r.Helper()
	ref = r.pay(anna())
	auth = r.start(anna(), ref, payment.OfPayment)
	r.bank.Sign("1", 1)
	if _, err := r.Poll(r.Context(), anna(), auth, payment.OfPayment); err != nil {
		r.Fatal(err)
	}
	return ref, auth
}

// look returns the status of a payment as anna sees it.
func (r *rig) look(ref payment.Ref) payment.Status {
	r.Helper()
	v, err := r.Payment(r.Context(), anna(), ref)
	if err != nil {
		r.Fatal(err)
	}
	return v.Shown
}

// statuses returns how often a payment came to each status, by its trail.
func (r *rig) statuses(id string) map[string]int {
	r.Helper()
	trail, err := r.db.Trail(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	out := map[string]int{}
	for _, e := range trail {
		out[e.Type]++
	}
	return out
}

// TestAnswerLost: the bank does what it was told, and its answer does not come
// in time. Whoever asked may ask again; nothing happens twice.
func TestAnswerLost(t *testing.T) {
	each(t, func(r *rig) {
		// A new payment: nobody knows it, and it is never signed.
		r.bank.Lose("OpenPayment")
		_, err := r.Create(r.Context(), anna(), request())
		r.fails("create", err, problem.BankUnavailable)
		again := r.pay(anna())

		// An SCA that nobody can look at: what is signed in it is nothing.
		o, err := r.StartAuthorisation(r.Context(), anna(), again, payment.OfPayment, signing.Choice{})
		if err != nil {
			r.Fatal(err)
		}
		again.AuthorisationID = o.Authorisation.ID
		r.bank.Lose("StartSCA")
		choice := signing.Choice{Method: sca.MBID, RedirectPreferred: new(false)}
		_, err = r.ChooseMethod(r.Context(), anna(), again, payment.OfPayment, choice)
		r.fails("choose", err, problem.BankUnavailable)
		r.bank.Sign("1", 1)
		if got := r.look(again); got != payment.RCVD {
			r.Errorf("signed where nobody looks: %s", got)
		}
		if _, err := r.ChooseMethod(r.Context(), anna(), again, payment.OfPayment, choice); err != nil {
			r.Errorf("choose again: %v", err)
		}

		// The signature is there, and we hear of it at the second look.
		r.bank.Sign("1", 1)
		r.bank.Lose("SCA")
		_, err = r.Poll(r.Context(), anna(), again, payment.OfPayment)
		r.fails("poll", err, problem.BankUnavailable)
		r.wantStored(again, payment.RCVD)

		// It is carried out, which we do not hear: whoever tells of the signature
		// asks.
		r.bank.Lose("SubmitPayment")
		if o, err := r.Poll(r.Context(), anna(), again, payment.OfPayment); err != nil || o.Authorisation.Status != sca.Finalised {
			r.Errorf("poll again: %v, %s", err, o.Authorisation.Status)
		}
		r.wantStored(again, payment.ACSP)

		// The status is lost, and the cancellation.
		r.bank.Lose("Payment")
		_, err = r.Payment(r.Context(), anna(), again)
		r.fails("status", err, problem.PaymentUnreadable)
		r.bank.Lose("CancelPayment")
		_, err = r.Cancel(r.Context(), anna(), again)
		r.fails("cancel", err, problem.BankUnavailable)
		r.wantStored(again, payment.ACSP)
		if c, err := r.Cancel(r.Context(), anna(), again); err != nil || c.Shown != payment.CANC || c.NeedsSCA {
			r.Errorf("cancel again: %v, %s", err, c.Shown)
		}
		want := map[string]int{
			"payment.RCVD": 1, "authorisation.finalised": 1, "payment.ACTC": 1, "payment.ACSP": 1, "payment.CANC": 1,
		}
		if got := r.statuses(again.PaymentID); !equal(got, want) {
			r.Errorf("trail %v, want %v", got, want)
		}
		if got := r.bank.Submitted(); !slices.Equal(got, []string{"payment-2"}) {
			r.Errorf("the bank was told of %v", got)
		}
	})
}

func equal(a, b map[string]int) bool {
	for k := range b {
		if a[k] != b[k] {
			return false
		}
	}
	return len(a) == len(b)
}

// TestStatusOvertaken: an answer of the bank is held up, and comes when a newer
// one is known. The newer one stands.
func TestStatusOvertaken(t *testing.T) {
	tests := []struct{ held, newer, want payment.Status }{
		{payment.ACTC, payment.ACSP, payment.ACSP},
		{payment.PDNG, payment.ACSP, payment.ACSP},
		{payment.ACSP, payment.ACSC, payment.ACSC},
		{payment.ACSP, payment.RJCT, payment.RJCT},
		{payment.ACSP, payment.CANC, payment.CANC},
		{payment.ACSC, payment.ACCC, payment.ACCC},
		{payment.RCVD, payment.ACSP, payment.ACSP}, // of before it was told
		{payment.RCVD, payment.ACSC, payment.ACSC},
		{payment.ACSC, payment.ACSC, payment.ACSC}, // twice the same
		{payment.RJCT, payment.RJCT, payment.RJCT},
	}
	each(t, func(r *rig) {
		for _, tt := range tests {
			r.Run(string(tt.held+" after "+tt.newer), func(t *testing.T) {
				r := r.in(t)
				ref, _ := r.signed()
				at := r.stored(ref).BankRef
				r.bank.Say(at, bank.PaymentState{Status: tt.held})
				given, release := r.bank.Hold("Payment")
				var late sync.WaitGroup
				late.Go(func() {
					// Who asked before may still hear how it was.
					if _, err := r.Payment(r.Context(), anna(), ref); err != nil {
						r.Errorf("the late answer: %v", err)
					}
				})
				<-given
				r.bank.Say(at, bank.PaymentState{Status: tt.newer})
				if got := r.look(ref); got != tt.want {
					r.Errorf("the newer answer: %s, want %s", got, tt.want)
				}
				release()
				late.Wait()
				r.wantStored(ref, tt.want)
				if got := r.look(ref); got != tt.want {
					r.Errorf("after the late answer: %s, want %s", got, tt.want)
				}
				if n := r.statuses(ref.PaymentID)["payment."+string(tt.want)]; n != 1 {
					r.Errorf("it became %s %d times", tt.want, n)
				}
			})
		}
	})
}

// in returns the rig for a test within its own.
func (r *rig) in(t *testing.T) *rig {
	inner := *r
	inner.T = t
	return &inner
}

// TestSignatureOvertaken: what the bank says of an SCA is held up, and comes
// when something else has been decided.
func TestSignatureOvertaken(t *testing.T) {
	signed := bank.SCAState{Status: sca.Finalised, Signer: "1", SignaturesNeeded: 1}
	pending, failed := bank.SCAState{Status: sca.Started}, bank.SCAState{Status: sca.Failed, Failure: sca.UserCancel}
	tests := []struct {
		name      string
		held      bank.SCAState
		meanwhile func(r *rig, ref, auth payment.Ref)
		want      payment.Status
		wantSCA   sca.Status
	}{
		{"pending after the signature", pending, answers(signed), payment.ACSP, sca.Finalised},
		{"failed after the signature", failed, answers(signed), payment.ACSP, sca.Finalised},
		{"signed after the failure", signed, answers(failed), payment.RCVD, sca.Failed},
		{"signed twice", signed, answers(signed), payment.ACSP, sca.Finalised},
		{
			"signed after the cancellation", signed,
			func(r *rig, ref, _ payment.Ref) {
				r.bank.Answer(pending) // the bank itself says so to the one who cancels
				if _, err := r.Cancel(r.Context(), anna(), ref); err != nil {
					r.Error(err)
				}
			},
			payment.CANC, sca.Failed,
		},
		{
			"signed after a newer authorisation", signed,
			func(r *rig, ref, _ payment.Ref) {
				r.bank.Answer(pending)
				r.start(anna(), ref, payment.OfPayment)
			},
			payment.RCVD, sca.Failed,
		},
		{
			"signed after a month", signed,
			func(r *rig, ref, _ payment.Ref) {
				r.bank.Answer(pending)
				r.clock.Advance(31 * 24 * time.Hour)
				r.look(ref)
			},
			payment.RJCT, sca.Failed,
		},
	}
	each(t, func(r *rig) {
		for _, tt := range tests {
			r.Run(tt.name, func(t *testing.T) {
				r := r.in(t)
				ref := r.pay(anna())
				auth := r.start(anna(), ref, payment.OfPayment)
				r.bank.Answer(tt.held)
				given, release := r.bank.Hold("SCA")
				var late sync.WaitGroup
				late.Go(func() {
					if _, err := r.Poll(r.Context(), anna(), auth, payment.OfPayment); err != nil {
						r.Errorf("the late answer: %v", err)
					}
				})
				<-given
				tt.meanwhile(r, ref, auth)
				release()
				late.Wait()
				if got := r.look(ref); got != tt.want {
					r.Errorf("it is %s, want %s", got, tt.want)
				}
				if o, err := r.Poll(r.Context(), anna(), auth, payment.OfPayment); err != nil || o.Authorisation.Status != tt.wantSCA {
					r.Errorf("its authorisation: %v, %s, want %s", err, o.Authorisation.Status, tt.wantSCA)
				}
				if told := slices.Contains(r.bank.Submitted(), r.stored(ref).BankRef); told != (tt.want == payment.ACSP) {
					r.Errorf("the bank was told of the payment: %t", told)
				}
				if n := r.statuses(ref.PaymentID)["authorisation.finalised"]; n > 1 {
					r.Errorf("signed %d times", n)
				}
			})
		}
	})
}

// answers has the bank say something else, which somebody hears at once.
func answers(st bank.SCAState) func(r *rig, ref, auth payment.Ref) {
	return func(r *rig, _, auth payment.Ref) {
		r.Helper()
		r.bank.Answer(st)
		if _, err := r.Poll(r.Context(), anna(), auth, payment.OfPayment); err != nil {
			r.Error(err)
		}
	}
}

// TestSubmitOvertaken: the bank's answer that it carries the payment out is held
// up, while it is cancelled, or paid.
func TestSubmitOvertaken(t *testing.T) {
	each(t, func(r *rig) {
		for _, want := range []payment.Status{payment.CANC, payment.ACSC} {
			ref := r.pay(anna())
			auth := r.start(anna(), ref, payment.OfPayment)
			r.bank.Sign("1", 1)
			given, release := r.bank.Hold("SubmitPayment")
			var late sync.WaitGroup
			late.Go(func() {
				if _, err := r.Payment(r.Context(), anna(), ref); err != nil {
					r.Error(err)
				}
			})
			<-given
			if want == payment.CANC {
				if _, err := r.Cancel(r.Context(), anna(), ref); err != nil {
					r.Error(err)
				}
			} else {
				r.bank.Say(r.stored(ref).BankRef, bank.PaymentState{Status: want})
				r.look(ref)
			}
			release()
			late.Wait()
			r.wantStored(ref, want)
			if o, err := r.Poll(r.Context(), anna(), auth, payment.OfPayment); err != nil || o.Authorisation.Status != sca.Finalised {
				r.Errorf("its authorisation: %v, %s", err, o.Authorisation.Status)
			}
		}
	})
}

// TestCancelOvertaken: a signed cancellation meets the execution. Whatever comes
// first, it is finalised if the payment is cancelled, and else it has failed.
func TestCancelOvertaken(t *testing.T) {
	each(t, func(r *rig) {
		r.bank.Profile.CancelNeedsSCA = true
		for range 6 {
			ref, _ := r.signed()
			at := r.stored(ref).BankRef
			r.look(ref)
			cancel := r.start(anna(), ref, payment.OfCancellation)
			r.bank.Sign("1", 1)
			var group sync.WaitGroup
			for range 2 {
				group.Go(func() { _, _ = r.Poll(r.Context(), anna(), cancel, payment.OfCancellation) })
				group.Go(func() { _, _ = r.Payment(r.Context(), anna(), ref) })
			}
			group.Go(func() {
				if st, _ := r.bank.Payer.Payment(r.Context(), at); st.Status == payment.ACSP {
					r.bank.Say(at, bank.PaymentState{Status: payment.ACSC})
				}
			})
			group.Wait()
			shown := r.look(ref)
			o, err := r.Poll(r.Context(), anna(), cancel, payment.OfCancellation)
			if err != nil || (o.Authorisation.Status == sca.Finalised) != (shown == payment.CANC) || !o.Authorisation.Status.Final() {
				r.Errorf("the payment is %s and its cancellation %s, %v", shown, o.Authorisation.Status, err)
			}
		}
	})
}
