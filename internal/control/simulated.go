package control

import (
	"context"
	"strings"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// Simulated is the simulated banks as the control API sees them.
type Simulated struct{ World *simulator.World }

var _ Banks = Simulated{}

// Pending implements [Banks].
func (b Simulated) Pending(ctx context.Context) ([]Pending, error) {
	runs, err := b.World.Pending(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Pending, len(runs))
	for i := range runs {
		s := &runs[i]
		out[i] = Pending{
			Ref: s.Ref, Bank: string(s.BICFI), PSU: s.Customer.PSU, Organisation: s.Customer.Organisation,
			Context: string(s.Customer.Context), Subject: string(s.Subject), App: s.AppName,
			Approach: string(s.Approach), StartedAt: s.StartedAt, ExpiresAt: s.ExpiresAt,
		}
		for _, p := range s.Payments {
			out[i].Payments = append(out[i].Payments, Signed{Amount: plain(p.Amount), Payee: p.Payee, To: p.To, From: p.From, Date: p.Date})
		}
	}
	return out, nil
}

// plain writes an amount that is for the eye with common spaces.
func plain(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

// Payments implements [Banks].
func (b Simulated) Payments(ctx context.Context, bicfi string) ([]Payment, error) {
	list, err := b.World.Payments(ctx, ident.BICFI(strings.ToUpper(bicfi)))
	if err != nil {
		return nil, err
	}
	out := make([]Payment, len(list))
	for i := range list {
		p := &list[i]
		out[i] = Payment{
			Ref: p.Ref, PaymentID: p.Order.PaymentID, Bank: string(p.BICFI), Product: p.Order.Product, Status: string(p.Status),
			Reason: p.Reason, Creditor: p.Order.CreditorName, SubmittedAt: p.SubmittedAt, Since: p.At, Next: string(p.Step), NextAt: p.DueAt,
		}
		if !p.Debit.IsZero() {
			out[i].Amount, out[i].Debited = p.Order.Amount.String(), p.Debit.String()
		}
	}
	return out, nil
}

// Force implements [Banks].
func (b Simulated) Force(ctx context.Context, id string, f Force) error {
	return b.World.Force(ctx, id, simulator.Force(f.What), f.Reason)
}

// Decide implements [Banks].
func (b Simulated) Decide(ctx context.Context, ref string, d Decision) error {
	s, err := b.World.Session(ctx, ref, d.PSU)
	if err != nil {
		return err
	}
	if s.Ended() {
		return problem.New(problem.StatusInvalid, "this authorisation has ended: %s", s.Status)
	}
	verdict := simulator.Decline
	if d.Approve {
		verdict = simulator.Approve
	}
	answer := simulator.Decision{Verdict: verdict, PSU: d.PSU}
	if len(d.Accounts) > 0 {
		if answer.Accounts, err = pick(s.Accounts, d.Accounts); err != nil {
			return err
		}
	}
	return b.World.Decide(ctx, ref, answer)
}

// pick returns the bank's ids of the accounts with the numbers, or ids.
func pick(all []simulator.SessionAccount, wanted []string) ([]string, error) {
	var ids []string
	for _, w := range wanted {
		found := false
		for _, a := range all {
			if a.ID == w || a.Number == w {
				ids, found = append(ids, a.ID), true
			}
		}
		if !found {
			return nil, problem.New(problem.FormatInvalid, "the person has no such account here").At("accounts")
		}
	}
	return ids, nil
}
