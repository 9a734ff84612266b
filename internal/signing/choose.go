package signing

import (
	"context"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/trace"
)

// Choose starts the SCA of an authorisation with a method. In a redirect it
// only makes the authorisation ready: the bank is asked when the browser comes
// ([Enter]). It reports problem.ResourceUnknown for an authorisation that is not
// of this resource, problem.ResourceForeign for one that another PSU created,
// problem.MethodUnknown, and problem.StatusInvalid for one that was started
// before.
func Choose(ctx context.Context, d Desk, by app.Caller, c Choice) (Open, error) {
	p := d.Peek()
	a, err := p.Of.Authorisation(c.AuthorisationID)
	if err != nil {
		return Open{}, blameAuthorisation(err)
	}
	if !samePSU(a.PSU, by.PSU) {
		return Open{}, blameAuthorisation(problem.New(problem.ResourceForeign, "another PSU created the authorisation"))
	}
	if err := checkMethod(d.Bank(), c.Method); err != nil {
		return Open{}, err
	}
	if _, err := d.Settle(ctx); err != nil {
		return Open{}, err
	}
	p = d.Peek()
	st := start{choice: c, approach: d.Bank().Info().Profile.Approach(c.RedirectPreferred), psu: a.PSU, now: d.Now(), digest: p.Subject.Digest()}
	if c.RedirectPreferred == nil && a.Approach != "" {
		st.approach = a.Approach
	}
	if st.psu == "" {
		st.psu = p.person(by)
	}
	if err := st.check(p); err != nil {
		return Open{}, err
	}
	if st.approach == sca.Decoupled {
		if st.state, err = startSCA(ctx, d, st.order()); err != nil {
			return Open{}, err
		}
	}
	if err := d.Update(ctx, st.apply); err != nil {
		abandon(ctx, d.Bank(), st.state.Ref)
		return Open{}, err
	}
	o, err := opened(d, c.AuthorisationID, nil)
	o.Challenge, o.Message = st.state.Challenge, st.state.Message
	return o, err
}

func samePSU(a, b string) bool { return a == "" || b == "" || a == b }

func checkMethod(b Bank, id string) error {
	fault := func(r problem.Reason, text string) error {
		return problem.Blame(problem.New(r, "%s", text), problem.Body, "authenticationMethodId")
	}
	if id == "" {
		return fault(problem.FormatInvalid, "is missing")
	}
	if _, ok := b.Info().Profile.Method(id); !ok {
		return fault(problem.MethodUnknown, "the bank does not offer this method; scaMethods lists them")
	}
	return nil
}

// A start is the start of an authorisation.
type start struct {
	choice   Choice
	approach sca.Approach
	psu      string
	now      time.Time
	digest   string        // of what the bank is asked to show
	state    bank.SCAState // in sca.Decoupled, as the bank started it
}

// check checks that the authorisation still waits to be started, by somebody
// who has not signed.
func (st *start) check(p *Pass) error {
	a, err := p.Of.Authorisation(st.choice.AuthorisationID)
	if err != nil {
		return err
	}
	if a.Status != sca.Received {
		return problem.New(problem.StatusInvalid, "the authorisation is %s; create a new one", a.Status)
	}
	if st.psu != "" && p.Of.SignedBy(st.psu) {
		return problem.New(problem.StatusInvalid, "this PSU has signed the %s already; another one must", p.Subject.Noun())
	}
	return nil
}

func (st *start) order() bank.SCAOrder {
	return bank.SCAOrder{
		Customer: bank.Customer{PSU: st.psu, IPAddress: st.choice.IPAddress}, Approach: st.approach,
		Method: st.choice.Method, AuthoriserID: st.choice.AuthoriserID,
	}
}

// apply is the rule that stores the start.
func (st *start) apply(p *Pass) error {
	p.Subject.Lapse(st.now)
	if err := st.check(p); err != nil {
		return err
	}
	a, err := p.Of.Authorisation(st.choice.AuthorisationID)
	if err != nil {
		return err
	}
	a.PSU, a.Approach, a.Method, a.StartedAt, a.BankRef = st.psu, st.approach, st.choice.Method, st.now, st.state.Ref
	a.Digest = st.digest
	p.Touched = true
	p.CutOthers(a, st.now)
	if st.approach.Redirect() {
		a.Status = sca.Started
		return nil
	}
	p.answer(a, &st.state, finishedAt(&st.state, st.now))
	return nil
}

// startSCA has the bank start a run. What o says goes into the desk's order;
// its customer has the person and the address only.
func startSCA(ctx context.Context, d Desk, o bank.SCAOrder) (bank.SCAState, error) {
	full, err := d.Order(ctx)
	if err != nil {
		return bank.SCAState{}, err
	}
	full.Customer.PSU, full.Customer.IPAddress = o.Customer.PSU, o.Customer.IPAddress
	full.Approach, full.Method, full.AuthoriserID, full.ReturnURL = o.Approach, o.Method, o.AuthoriserID, o.ReturnURL
	called, span := trace.Start(ctx, "bank.StartSCA")
	st, err := d.Bank().StartSCA(called, full)
	span.End(err)
	return st, BlameOwner(err)
}

// abandon has the bank forget a run that we could not store.
func abandon(ctx context.Context, b Bank, ref string) {
	if ref != "" {
		_ = b.StopSCA(context.WithoutCancel(ctx), ref) // best effort: it times out there
	}
}

// Enter has the bank open a run for the browser of a started authorisation and
// returns the page that it is sent to. An earlier run is given up: the browser
// came again. The bank's page leads back to returnURL.
func Enter(ctx context.Context, d Desk, id, returnURL string) (string, error) {
	a, err := d.Peek().Of.Authorisation(id)
	if err != nil {
		return "", err
	}
	st, err := startSCA(ctx, d, bank.SCAOrder{
		Customer: bank.Customer{PSU: a.PSU}, Approach: a.Approach, Method: a.Method, ReturnURL: returnURL,
	})
	if err != nil {
		return "", err
	}
	err = d.Update(ctx, func(p *Pass) error {
		now := d.Now()
		p.Subject.Lapse(now)
		a, err := p.Of.Authorisation(id)
		if err != nil {
			return err
		}
		if !a.Pending() || !a.SignedAt.IsZero() {
			return problem.New(problem.StatusInvalid, "the authorisation has ended")
		}
		if a.BankRef != "" {
			p.Stop = append(p.Stop, a.BankRef)
		}
		a.BankRef, p.Touched = st.Ref, true
		p.answer(a, &st, finishedAt(&st, now))
		return nil
	})
	if err != nil {
		abandon(ctx, d.Bank(), st.Ref)
		return "", err
	}
	return st.RedirectURL, nil
}

// Fail ends an authorisation that the browser cannot bring to an end. One that
// has ended, or was signed, stays as it is.
func Fail(ctx context.Context, d Desk, id string, why sca.Failure) error {
	return d.Update(ctx, func(p *Pass) error {
		a, err := p.Of.Authorisation(id)
		if err != nil || a.Status.Final() || !a.SignedAt.IsZero() {
			return err
		}
		p.stop(a, why, "the PSU came back from the bank without an answer", d.Now())
		return nil
	})
}
