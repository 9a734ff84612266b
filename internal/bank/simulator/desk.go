package simulator

import (
	"context"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
)

// Session returns the run of SCA with the reference, as the person psu sees it
// who has logged in; psu may be empty. It reports problem.ResourceUnknown, and
// problem.PSUInvalid for a person who may not sign it.
func (w *World) Session(ctx context.Context, ref, psu string) (Session, error) {
	r, err := w.o.Store.Run(ctx, ref)
	if err != nil {
		return Session{}, err
	}
	psu = ident.NormalPSU(psu)
	if err := w.admit(&r, psu); err != nil {
		return Session{}, err
	}
	if err := w.entitled(ctx, &r, psu); err != nil {
		return Session{}, err
	}
	return w.session(ctx, &r, psu)
}

// admit checks that the person may answer the run.
func (w *World) admit(r *Run, psu string) error {
	if psu == "" {
		return nil
	}
	if named := r.Order.Customer.PSU; named != "" && named != psu {
		return problem.New(problem.PSUInvalid, "another person was named")
	}
	if w.like(psu) == likeRefused {
		return problem.New(problem.PSUInvalid, "the bank does not know this PSU-ID")
	}
	return nil
}

// entitled checks that a person whom nobody named holds the accounts of the
// payments.
func (w *World) entitled(ctx context.Context, r *Run, psu string) error {
	if psu == "" || r.Order.Customer.PSU != "" || r.Order.Customer.Context == scope.Corporate || r.Order.Subject == bank.SubjectConsent {
		return nil
	}
	b, err := w.bank(r.BICFI)
	if err != nil {
		return err
	}
	for i := range r.Order.Payments {
		from := &r.Order.Payments[i].Debtor
		if _, a, err := b.own(ctx, owner(with(r.Order.Customer, psu)), from); a != nil || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		a, found, err := b.inBooks(ctx, &from.Reference)
		if err != nil {
			return err
		}
		if found && !a.Plan.Shared {
			return problem.New(problem.PSUInvalid, "the person does not hold the debtor's account")
		}
	}
	return nil
}

func (w *World) session(ctx context.Context, r *Run, psu string) (Session, error) {
	b, err := w.bank(r.BICFI)
	if err != nil {
		return Session{}, err
	}
	o := b.outcome(r, w.o.Clock.Now())
	s := Session{
		Ref: r.Ref, BICFI: r.BICFI, BankName: b.info.ASPSP.Name, Logo: b.info.ASPSP.Logo, AppName: r.Order.AppName,
		ReturnURL: r.Order.ReturnURL, Approach: r.Order.Approach, Method: r.Order.Method, Subject: r.Order.Subject,
		Customer: r.Order.Customer, StartedAt: r.StartedAt, ExpiresAt: r.deadline(), Status: o.status, Failure: o.failure,
		Signers: max(r.Needed, signersFor(r.Like)), People: People(),
	}
	if s.Subject != bank.SubjectConsent {
		s.Payments, s.Totals = b.shown(r.Order.Payments)
	} else if err := w.asked(ctx, r, &s); err != nil {
		return s, err
	}
	if s.Customer.Context == scope.Corporate {
		p := b.story(owner(s.Customer))
		s.OrganisationName = p.name
	}
	if psu == "" && !r.Order.Approach.Redirect() {
		psu = r.PSU
	}
	if psu == "" {
		return s, nil
	}
	like := r.Like
	if like == "" {
		like = w.like(psu)
	}
	s.Signers = max(r.Needed, signersFor(like))
	s.Person = Person{PSU: psu, Organisation: s.Customer.Organisation, Name: b.personName(psu)}
	if s.Ended() || s.Subject != bank.SubjectConsent {
		return s, nil
	}
	s.Accounts, err = b.offered(ctx, owner(with(s.Customer, psu)), &s.Asked)
	return s, err
}

// asked sets what the consent of the run asks for.
func (w *World) asked(ctx context.Context, r *Run, s *Session) error {
	c, err := w.o.Store.Consent(ctx, r.Order.SubjectRef)
	if err != nil && !problem.Is(err, problem.ResourceUnknown) {
		return err
	}
	s.Asked = c.Order
	return nil
}

func with(c bank.Customer, psu string) bank.Customer {
	c.PSU = psu
	return c
}

// offered returns the accounts that a person sees on the page: those that are
// asked for, or all of which some can be picked. Accounts that are not in the
// books yet have their number alone.
func (b *connector) offered(ctx context.Context, id string, o *bank.ConsentOrder) ([]SessionAccount, error) {
	if err := b.prepare(ctx, o); err != nil {
		return nil, err
	}
	cl, err := b.client(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []SessionAccount
	listed := func(a *Account) bool {
		return slices.ContainsFunc(o.Accounts, func(x bank.Account) bool { return b.names(&x.Reference, a) })
	}
	for i := range cl.accounts {
		a := &cl.accounts[i]
		if !o.All && !o.Select && !listed(a) {
			continue
		}
		s, err := b.offer(ctx, a)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if o.All || o.Select {
		return out, nil
	}
	for i := range o.Accounts {
		ref := &o.Accounts[i].Reference
		if slices.ContainsFunc(cl.accounts, func(a Account) bool { return b.names(ref, &a) }) {
			continue
		}
		if n, ok := b.numberOf(ref); ok && !b.w.o.StrictAccounts {
			out = append(out, SessionAccount{Name: "Account named by the application", Number: firstOf(n.iban, n.bban)})
		}
	}
	return out, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (b *connector) offer(ctx context.Context, a *Account) (SessionAccount, error) {
	s := SessionAccount{ID: accountID(a.Key), Number: a.Number}
	if a.Card != nil {
		s.Name, s.Number, s.Card = a.Card.DisplayName, a.Card.MaskedPAN, true
	} else {
		s.Name = a.Payment.Name
	}
	if err := b.grow(ctx, a); err != nil {
		return s, err
	}
	l, err := b.w.o.Store.Ledger(ctx, a.Key)
	if err != nil {
		return s, err
	}
	s.Balance = forEye(money.Amount{Minor: l.Balance, Currency: l.Currency})
	return s, nil
}

// forEye writes an amount with its thousands apart.
func forEye(a money.Amount) string {
	whole, decimals, _ := strings.Cut(a.Decimal(), ".")
	sign := ""
	if rest, negative := strings.CutPrefix(whole, "-"); negative {
		sign, whole = "-", rest
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "\u00a0" + whole[i:]
	}
	if decimals != "" {
		whole += "." + decimals
	}
	return sign + whole + "\u00a0" + string(a.Currency)
}

// Login stores that the person has opened the run and not answered yet: the
// app, or the page. From then on there are 180 seconds to sign, in the
// decoupled approach. It reports the same as Session, and
// problem.StatusInvalid for a run that has ended.
func (w *World) Login(ctx context.Context, ref, psu string) error {
	return w.change(ctx, ref, psu, func(r *Run, now time.Time) {
		if r.OpenedAt.IsZero() {
			r.OpenedAt = now
		}
	})
}

// Decide stores what the person answers. It reports the same as Session, and
// problem.StatusInvalid for a run that has ended.
func (w *World) Decide(ctx context.Context, ref string, d Decision) error {
	if !slices.Contains([]Verdict{Approve, Decline, Abort, Expire}, d.Verdict) {
		return problem.New(problem.FormatInvalid, "the verdict must be approve, decline, abort or expire")
	}
	return w.change(ctx, ref, d.PSU, func(r *Run, now time.Time) {
		if r.OpenedAt.IsZero() {
			r.OpenedAt = now
		}
		r.Verdict, r.DecidedAt, r.Picked = d.Verdict, now, d.Accounts
	})
}

// change changes a run that waits for a person. An empty psu is the person
// named before, or the default one.
func (w *World) change(ctx context.Context, ref, psu string, fn func(r *Run, now time.Time)) error {
	now := w.o.Clock.Now()
	psu = ident.NormalPSU(psu)
	if psu != "" {
		r, err := w.o.Store.Run(ctx, ref)
		if err != nil {
			return err
		}
		if err := w.entitled(ctx, &r, psu); err != nil {
			return err
		}
	}
	return w.o.Store.Tx(ctx, func(tx Tx) error {
		r, err := tx.Run(ctx, ref)
		if err != nil {
			return err
		}
		b, err := w.bank(r.BICFI)
		if err != nil {
			return err
		}
		if err := w.admit(&r, psu); err != nil {
			return err
		}
		if o := b.outcome(&r, now); o.status.Final() || !r.DecidedAt.IsZero() {
			return problem.New(problem.StatusInvalid, "the run has ended: it is %s", o.status)
		}
		if psu != "" {
			r.PSU = psu
		} else if r.PSU == "" {
			if r.PSU, err = b.next(ctx, tx, &r.Order); err != nil {
				return err
			}
		}
		r.Like = w.like(r.PSU)
		fn(&r, now)
		return tx.SaveRun(ctx, &r)
	})
}

// Pending returns the runs that wait for a person or for time, oldest first.
func (w *World) Pending(ctx context.Context) ([]Session, error) {
	now := w.o.Clock.Now()
	runs, err := w.o.Store.Runs(ctx, now.Add(-sca.RedirectTimeout-time.Second))
	if err != nil {
		return nil, err
	}
	out := []Session{}
	for i := range runs {
		b, err := w.bank(runs[i].BICFI)
		if err != nil || b.outcome(&runs[i], now).status.Final() {
			continue // a bank that is there no longer, or a run that is over
		}
		s, err := w.session(ctx, &runs[i], runs[i].PSU)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
