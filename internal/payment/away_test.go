package payment_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
)

// A shaky store is away for one of its transactions: it does not happen or,
// what is worse, it does and nobody hears of it.
type shaky struct {
	payment.Store
	n    int  // counts down; at 0 it is away
	done bool // the transaction happens all the same
}

// PaymentTx implements [payment.Store].
func (s *shaky) PaymentTx(ctx context.Context, fn func(payment.Tx) error) error {
	s.n--
	if s.n != 0 {
		return s.Store.PaymentTx(ctx, fn)
	}
	if s.done {
		if err := s.Store.PaymentTx(ctx, fn); err != nil {
			return err
		}
	}
	return problem.New(problem.Busy, "the database is away")
}

// insist calls f until the database is there.
func (r *rig) insist(f func() error) {
	r.Helper()
	for range 5 {
		err := f()
		if !problem.Is(err, problem.Busy) {
			if err != nil {
				r.Error(err)
			}
			return
		}
	}
	r.Error("the database stays away")
}

// TestDatabaseAway has the database go away at each transaction in the life of a
// payment, before it and after. Whoever asks again comes to the same end, and
// nothing happens twice.
func TestDatabaseAway(t *testing.T) {
	const transactions = 9 // of such a life, as the last case shows
	each(t, func(r *rig) {
		r.bank.Profile.CancelNeedsSCA = true
		for n := 1; n <= transactions+1; n++ {
			for _, done := range []bool{false, true} {
				r.Run(fmt.Sprint(n, done), func(t *testing.T) {
					r, s := r.in(t), &shaky{Store: r.db, n: n, done: done}
					r.Store = s
					r.live(fmt.Sprint(n, done))
					if n == transactions+1 && s.n != 1 {
						r.Errorf("there are %d transactions in such a life", transactions+1-s.n)
					}
				})
			}
		}
	})
}

// live takes a payment through its life, with a key of its own.
func (r *rig) live(key string) {
	r.Helper()
	ref := payment.Ref{BICFI: "ESSESESS", Product: payment.Domestic}
	req := request()
	req.Key, req.Render = key, func(c *payment.Created) (payment.Answer, error) {
		return payment.Answer{Status: 201, Body: []byte(c.ID)}, nil
	}
	r.insist(func() error {
		c, err := r.Create(r.Context(), anna(), req)
		if err == nil {
			ref.PaymentID = string(c.Answer.Body)
		}
		return err
	})
	r.signInsisting(ref, payment.OfPayment)
	r.insist(func() error {
		v, err := r.Payment(r.Context(), anna(), ref)
		if err == nil && v.Shown != payment.ACSP {
			r.Errorf("signed, it is %s", v.Shown)
		}
		return err
	})
	r.signInsisting(ref, payment.OfCancellation)
	r.later(time.Hour)
	r.wantStored(ref, payment.CANC)
	want := map[string]int{
		"payment.RCVD": 1, "authorisation.finalised": 2, "payment.ACTC": 1, "payment.ACSP": 1, "payment.CANC": 1,
	}
	if got := r.statuses(ref.PaymentID); !equal(got, want) && !repeated(got) {
		r.Errorf("trail %v, want %v", got, want)
	}
	if !slices.Contains(r.bank.Submitted(), r.stored(ref).BankRef) {
		r.Error("the bank was not told")
	}
}

// repeated reports whether a trail is that of a life in which an authorisation
// was made or started, which was not heard, and another one after it: that one
// has ended the first.
func repeated(got map[string]int) bool {
	return got["authorisation.failed"] == 1 && got["payment.CANC"] == 1 && got["authorisation.finalised"] == 2 && got["payment.ACTC"] == 1
}

// signInsisting signs, and begins anew where it has to.
func (r *rig) signInsisting(ref payment.Ref, set payment.Set) {
	r.Helper()
	choice := signing.Choice{Method: sca.MBID, RedirectPreferred: new(false)}
	r.insist(func() error {
		o, err := r.StartAuthorisation(r.Context(), anna(), ref, set, signing.Choice{})
		if err != nil {
			return err
		}
		ref.AuthorisationID = o.Authorisation.ID
		_, err = r.ChooseMethod(r.Context(), anna(), ref, set, choice)
		return err
	})
	r.bank.Sign("1", 1)
	r.insist(func() error {
		o, err := r.Poll(r.Context(), anna(), ref, set)
		if err == nil && o.Authorisation.Status != sca.Finalised {
			r.Errorf("the authorisation is %s", o.Authorisation.Status)
		}
		return err
	})
}
