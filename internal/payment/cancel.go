package payment

import (
	"context"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
)

// A Cancelling is the answer to a cancellation that needs an SCA. NeedsSCA is
// false if the payment is cancelled already.
type Cancelling struct {
	View
	NeedsSCA bool
	Methods  []sca.Method
}

// Cancel cancels a payment for the TPP, or says that it takes an SCA. To cancel
// it again does nothing. It reports problem.CancellationInvalid if it is too late
// or the bank does not offer it, and problem.StatusInvalid for a payment in a
// live basket.
func (s *Service) Cancel(ctx context.Context, by app.Caller, r Ref) (Cancelling, error) {
	d, err := s.find(ctx, by, r)
	if err != nil {
		return Cancelling{}, err
	}
	// A bank that does not answer must not keep a TPP from cancelling what
	// nobody has signed.
	err = d.look(ctx)
	if down := problem.Is(err, problem.BankUnavailable) && d.p.Status == RCVD; err != nil && !down {
		return Cancelling{}, err
	}
	for d.p.Status == RCVD || d.p.Status == PATC {
		// Nothing was carried out, but the last signature may come just now.
		if err := d.checkCancel(); err != nil {
			return Cancelling{}, err
		}
		if d.trial().cancelNeedsSCA() {
			break
		}
		was := d.p.Status
		err := d.update(ctx, func(ch *Change) error {
			if ch.Status == was && ch.BasketID == "" {
				ch.move(CANC, ByCancellation, d.Now())
			}
			return nil
		})
		if err != nil {
			return Cancelling{}, err
		}
		if d.p.Status == CANC {
			// Best effort: it is not signed, so nobody will have it carried out.
			_, _ = d.b.CancelPayment(context.WithoutCancel(ctx), d.p.BankRef)
		}
		if d.p.BasketID != "" {
			return Cancelling{}, inBasket()
		}
	}
	return d.cancelAtBank(ctx)
}

// checkCancel checks that the payment can still be cancelled.
func (d *desk) checkCancel() error {
	switch {
	case d.p.BasketID != "":
		return inBasket()
	case !cancellable(d.p.Status):
		return problem.New(problem.CancellationInvalid, "the payment is %s and can no longer be cancelled", d.p.Status)
	}
	return nil
}

func inBasket() error {
	return problem.New(problem.StatusInvalid, "the payment is in a signing basket; delete the basket first")
}

// cancelAtBank cancels a payment that was signed by somebody.
func (d *desk) cancelAtBank(ctx context.Context) (Cancelling, error) {
	profile := &d.b.Info().Profile
	out := Cancelling{View: d.view(), Methods: profile.Methods}
	if d.p.Status == CANC {
		return out, nil
	}
	if err := d.checkCancel(); err != nil {
		return out, err
	}
	if d.trial().cancelNeedsSCA() {
		out.NeedsSCA = true
		return out, nil
	}
	if _, err := d.b.CancelPayment(ctx, d.p.BankRef); err != nil {
		return out, err
	}
	err := d.update(ctx, func(ch *Change) error { ch.move(CANC, ByCancellation, d.Now()); return nil })
	out.View = d.view()
	return out, err
}

// cancelSigned has the bank cancel a payment whose cancellation was signed. If
// the bank finds it too late the payment goes on, and the signature has failed.
func (d *desk) cancelSigned(ctx context.Context) error {
	if d.p.CancelledAt.IsZero() || done(d.p.Status) {
		return nil
	}
	_, err := d.b.CancelPayment(ctx, d.p.BankRef)
	late := problem.Is(err, problem.CancellationInvalid)
	if err != nil && !late {
		return err
	}
	signed := d.p.CancelledAt
	return d.update(ctx, func(ch *Change) error {
		switch {
		case !ch.CancelledAt.Equal(signed): // somebody else was told the same
		case late:
			ch.tooLate(d.Now())
		default:
			ch.move(CANC, ByCancellation, signed)
		}
		return nil
	})
}

// A cancelDesk is the cancellation of a payment at hand. It implements
// [signing.Desk].
type cancelDesk struct{ *desk }

// Peek implements [signing.Desk].
func (d cancelDesk) Peek() *signing.Pass { return &d.trial().cancel }

// Order implements [signing.Desk].
func (d cancelDesk) Order(ctx context.Context) (bank.SCAOrder, error) {
	return d.order(ctx, bank.SubjectCancellation)
}

// Settle implements [signing.Desk].
func (d cancelDesk) Settle(ctx context.Context) (map[string]bank.SCAState, error) {
	return d.desk.Settle(ctx)
}

// Update implements [signing.Desk].
func (d cancelDesk) Update(ctx context.Context, rules func(*signing.Pass) error) error {
	err := d.update(ctx, func(ch *Change) error { return rules(&ch.cancel) })
	if err == nil {
		err = d.cancelSigned(ctx)
	}
	return err
}
