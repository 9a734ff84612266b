package payment_test

import (
	"maps"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
)

// TestBasketRead: somebody has recorded the last signature of a basket, and is
// about to tell the bank. Whoever reads meanwhile that all is signed can count
// on the bank knowing of every payment, though no time passes in which a job
// would tell it.
func TestBasketRead(t *testing.T) {
	reads := map[string]func(r *rig, ref payment.BasketRef) (payment.Basket, error){
		"basket": func(r *rig, ref payment.BasketRef) (payment.Basket, error) { return r.Basket(r.Context(), anna(), ref) },
		"authorisation": func(r *rig, ref payment.BasketRef) (payment.Basket, error) {
			o, err := r.PollBasket(r.Context(), anna(), ref)
			return o.Basket, err
		},
	}
	each(t, func(r *rig) {
		for name, read := range reads {
			r.Run(name, func(t *testing.T) {
				r := r.in(t)
				one, two := r.pay(anna()), r.pay(anna())
				ref := r.startBasket(anna(), one, two)
				r.bank.Sign("1", 1)
				given, release := r.bank.Hold("SubmitPayment")
				var first sync.WaitGroup
				first.Go(func() {
					if _, err := r.PollBasket(r.Context(), anna(), ref); err != nil {
						r.Error(err)
					}
				})
				<-given
				if b, err := read(r, ref); err != nil || b.Status != payment.ACTC {
					r.Errorf("the basket is %s, %v", b.Status, err)
				}
				r.wantStored(one, payment.ACSP)
				r.wantStored(two, payment.ACSP)
				release()
				first.Wait()
				r.wantStored(two, payment.ACSP)
			})
		}
	})
}

// TestCancellationTold: what apps are told of a signed cancellation. It ends
// once, as whatever the bank makes of it, and only when the bank has said so.
func TestCancellationTold(t *testing.T) {
	tests := []struct {
		name   string
		bank   error // what the bank says first
		meets  problem.Reason
		before map[string]int // what was told when it has said that
		after  map[string]int
	}{
		{
			name: "in time", before: map[string]int{"authorisation.finalised": 1, "payment.CANC": 1},
			after: map[string]int{"authorisation.finalised": 1, "payment.CANC": 1},
		},
		{
			name: "too late", bank: problem.New(problem.CancellationInvalid, "too late"),
			before: map[string]int{"authorisation.failed": 1}, after: map[string]int{"authorisation.failed": 1},
		},
		{
			name: "the bank is away", bank: problem.New(problem.BankUnavailable, "away"), meets: problem.BankUnavailable,
			before: map[string]int{}, after: map[string]int{"authorisation.finalised": 1, "payment.CANC": 1},
		},
	}
	each(t, func(r *rig) {
		r.bank.Profile.CancelNeedsSCA = true
		for _, tt := range tests {
			r.Run(tt.name, func(t *testing.T) {
				r := r.in(t)
				ref, _ := r.signed()
				r.look(ref)
				cancel := r.start(anna(), ref, payment.OfCancellation)
				r.bank.Sign("1", 1)
				r.bank.RefuseCall("CancelPayment", tt.bank)
				_, err := r.Poll(r.Context(), anna(), cancel, payment.OfCancellation)
				if (err != nil) != (tt.meets != "") || tt.meets != "" && !problem.Is(err, tt.meets) {
					t.Errorf("poll: %v, want %q", err, tt.meets)
				}
				told := func(when string, want map[string]int) {
					got := r.statuses(ref.PaymentID)
					for _, kind := range []string{"payment.RCVD", "payment.ACTC", "payment.ACSP"} {
						delete(got, kind)
					}
					got["authorisation.finalised"]-- // that of the payment
					if got["authorisation.finalised"] == 0 {
						delete(got, "authorisation.finalised")
					}
					if !maps.Equal(got, want) {
						t.Errorf("%s was told %v, want %v", when, got, want)
					}
				}
				told("first", tt.before)
				r.bank.RefuseCall("CancelPayment", nil)
				r.later(time.Hour)
				told("later", tt.after)
			})
		}
	})
}
