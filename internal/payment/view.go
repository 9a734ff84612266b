package payment

import (
	"context"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/problem"
)

// A View is a payment as a TPP sees it: with the status that its bank shows at
// this moment.
type View struct {
	Payment
	// Shown is the status that is shown, Native what it is by the bank's own
	// mapping. They are the same where the bank has none.
	Shown, Native Status
}

// Payment returns a payment, settled to now, with what the bank says of it. It
// reports problem.PaymentUnreadable if the bank cannot be reached.
func (s *Service) Payment(ctx context.Context, by app.Caller, r Ref) (View, error) {
	d, err := s.find(ctx, by, r)
	if err != nil {
		return View{}, err
	}
	err = d.look(ctx)
	if problem.Is(err, problem.BankUnavailable) {
		return View{}, problem.New(problem.PaymentUnreadable, "the bank cannot be reached; try again").Because(err)
	}
	if err != nil {
		return View{}, err
	}
	return d.view(), nil
}

// Proof returns a payment that was carried out, by its id alone. It reports
// problem.StatusInvalid of one that was not.
func (s *Service) Proof(ctx context.Context, by app.Caller, r Ref) (View, error) {
	p, err := s.Store.Payment(ctx, strings.ToLower(r.PaymentID))
	if problem.Is(err, problem.ResourceUnknown) {
		return View{}, unknown()
	}
	if err != nil {
		return View{}, err
	}
	r.Product = p.Order.Product
	v, err := s.Payment(ctx, by, r)
	if err != nil {
		return View{}, err
	}
	if v.Shown != ACSC && v.Shown != ACCC {
		return View{}, problem.New(problem.StatusInvalid, "the payment is %s: there is no proof until it is settled", v.Shown)
	}
	return v, nil
}

// view returns the payment as it is shown.
func (d *desk) view() View {
	v := View{Payment: d.p, Shown: d.p.Status}
	profile := &d.b.Info().Profile
	if lag := profile.VisibilityLag; lag > 0 && !d.p.SignedAt.IsZero() && v.Shown != CANC && d.Now().Before(d.p.SignedAt.Add(lag)) {
		v.Shown = d.p.Former
	}
	v.Native = profile.Native(v.Shown)
	return v
}
