package consent

import (
	"context"
	"strings"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
)

// Browser is what the redirect approaches need of a [Service]. A browser
// carries no token, so none of its methods checks an owner: package redirect
// compares the app and everything else that the browser brings.
type Browser struct{ *Service }

// Browse returns the part of s that serves browsers.
func (s *Service) Browse() Browser { return Browser{s} }

// Find returns an authorisation and its consent as they are stored, settled by
// nothing. It reports problem.ConsentUnknown and problem.ResourceUnknown.
func (s Browser) Find(ctx context.Context, consentID, authorisationID string) (Consent, sca.Authorisation, error) {
	c, err := s.Store.Consent(ctx, strings.ToLower(consentID))
	if err != nil {
		return Consent{}, sca.Authorisation{}, err
	}
	a, err := c.authorisation(authorisationID)
	if err != nil {
		return Consent{}, sca.Authorisation{}, err
	}
	return c, *a, nil
}

// Settle returns an authorisation, settled to now.
func (s Browser) Settle(ctx context.Context, consentID, authorisationID string) (sca.Authorisation, error) {
	c, _, err := s.Find(ctx, consentID, authorisationID)
	if err != nil {
		return sca.Authorisation{}, err
	}
	b, err := s.bankOf(&c)
	if err != nil {
		return sca.Authorisation{}, err
	}
	if _, err := s.settle(ctx, b, &c); err != nil {
		return sca.Authorisation{}, err
	}
	a, err := c.authorisation(authorisationID)
	if err != nil {
		return sca.Authorisation{}, err
	}
	return *a, nil
}

// Enter has the bank open a run for the browser of a started authorisation and
// returns the page that it is sent to. An earlier run is given up: the browser
// came again. The bank's page leads back to returnURL.
func (s Browser) Enter(ctx context.Context, consentID, authorisationID, returnURL string) (string, error) {
	c, a, err := s.Find(ctx, consentID, authorisationID)
	if err != nil {
		return "", err
	}
	b, err := s.bankOf(&c)
	if err != nil {
		return "", err
	}
	st, err := s.startSCA(ctx, b, &c, bank.SCAOrder{
		Customer: bank.Customer{PSU: a.PSU}, Approach: a.Approach, Method: a.Method, ReturnURL: returnURL,
	})
	if err != nil {
		return "", err
	}
	err = s.update(ctx, b, &c, func(ch *Change) error {
		now := s.Clock.Now()
		ch.lapse(now)
		a, err := ch.authorisation(authorisationID)
		if err != nil {
			return err
		}
		if !a.Pending() || !a.SignedAt.IsZero() {
			return problem.New(problem.StatusInvalid, "the authorisation has ended")
		}
		if a.BankRef != "" {
			ch.stop = append(ch.stop, a.BankRef)
		}
		a.BankRef, ch.touched = st.Ref, true
		ch.answer(a, &st, finishedAt(&st, now))
		return nil
	})
	if err != nil {
		s.abandon(ctx, b, st.Ref)
		return "", err
	}
	return st.RedirectURL, nil
}

// Fail ends an authorisation that the browser cannot bring to an end. One that
// has ended, or was signed, stays as it is.
func (s Browser) Fail(ctx context.Context, consentID, authorisationID string, why sca.Failure) error {
	c, _, err := s.Find(ctx, consentID, authorisationID)
	if err != nil {
		return err
	}
	b, err := s.bankOf(&c)
	if err != nil {
		return err
	}
	return s.update(ctx, b, &c, func(ch *Change) error {
		a, err := ch.authorisation(authorisationID)
		if err != nil || a.Status.Final() || !a.SignedAt.IsZero() {
			return err
		}
		if a.BankRef != "" {
			ch.stop = append(ch.stop, a.BankRef)
		}
		ch.fail(a, why, "the PSU came back from the bank without an answer", s.Clock.Now())
		return nil
	})
}

// Exchange finalises an authorisation of the OAuth redirect within the
// transaction that spends its code, and moves the consent. After the
// transaction the caller runs tell. It reports problem.GrantInvalid unless the
// bank has the PSU's signature and the authorisation still waits for its code.
func (s Browser) Exchange(ctx context.Context, tx Tx, consentID, authorisationID string) (tell func(context.Context), err error) {
	c, err := tx.Consent(ctx, strings.ToLower(consentID))
	if err != nil {
		return nil, err
	}
	b, err := s.bankOf(&c)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	done, err := apply(ctx, tx, change(&c, b), func(ch *Change) error {
		ch.lapse(now)
		a, err := ch.authorisation(authorisationID)
		if err != nil {
			return err
		}
		if a.Approach != sca.OAuthRedirect || !a.Pending() || a.SignedAt.IsZero() {
			return problem.New(problem.GrantInvalid, "the authorisation is %s and does not wait for a code", a.Status)
		}
		if a.Signer != "" && ch.signedBy(a.Signer) {
			return problem.New(problem.GrantInvalid, "this person has signed already")
		}
		ch.finalise(a, sca.Finalised, now)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) { done.tell(ctx, b) }, nil
}
