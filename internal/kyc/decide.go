package kyc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// Who decides, as the detail of an event.
const (
	byProvider = "provider"
	byOperator = "operator"
	byTester   = "tester"
)

// How soon a provider that did not answer is asked again: at first, and at
// most. In between it is as long as the form has waited.
const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

// dueAtOnce is how many cases [Service.Tick] takes.
const dueAtOnce = 100

// Find returns the case with an id, or with the id in its link.
func (s *Service) Find(ctx context.Context, id string) (Case, error) {
	if !ident.IsUUID(id) {
		return Case{}, errNoCase()
	}
	c, err := s.Store.KYCCase(ctx, lower(id))
	if problem.Is(err, problem.ResourceUnknown) {
		c, err = s.Store.KYCCaseByInstance(ctx, hashOf(id))
	}
	if err == nil && c.lapsed(s.Clock.Now()) {
		return s.change(ctx, c.ID, func(*Case) ([]event.Event, error) { return nil, nil })
	}
	return c, err
}

func errNoCase() error { return problem.New(problem.ResourceUnknown, "no such KYC case") }

// Decide stores what an operator decides: [Approve], [Reject], or [Review] to
// leave a case as it is. An open form may be decided on, and an approval may be
// taken back. It reports problem.StatusInvalid.
func (s *Service) Decide(ctx context.Context, id string, v Verdict) (Case, error) {
	return s.decide(ctx, id, Finding{Verdict: v}, byOperator)
}

// Try is [Service.Decide] for the buttons of a sandbox's form.
func (s *Service) Try(ctx context.Context, id string, v Verdict) (Case, error) {
	return s.decide(ctx, id, Finding{Verdict: v}, byTester)
}

func (s *Service) decide(ctx context.Context, id string, f Finding, by string) (Case, error) {
	c, err := s.Find(ctx, id)
	if err != nil || f.Verdict == Review {
		return c, err
	}
	c, err = s.change(ctx, c.ID, func(c *Case) ([]event.Event, error) { return c.conclude(f, by, s.Clock.Now()) })
	if err == nil && c.Status == Expired {
		err = problem.New(problem.StatusInvalid, "the KYC case is %s", c.Status)
	}
	return c, err
}

// LeaveOpen opens a form again that was sent and not decided on, for 24 hours.
// One that is open stays so. It reports problem.StatusInvalid.
func (s *Service) LeaveOpen(ctx context.Context, id string) (Case, error) {
	c, err := s.Find(ctx, id)
	if err != nil || c.Status == Open {
		return c, err
	}
	return s.change(ctx, c.ID, func(c *Case) ([]event.Event, error) {
		now := s.Clock.Now()
		switch c.Status {
		case Open:
			return nil, nil
		case Submitted:
			c.Status, c.RetryAt, c.Note, c.ExpiresAt = Open, time.Time{}, "", now.Add(FormLife)
			return []event.Event{c.note(Open, byOperator, now)}, nil
		case Approved, Rejected, Expired, Void:
		}
		return nil, problem.New(problem.StatusInvalid, "the KYC case is %s", c.Status)
	})
}

// assess asks the provider about a case that was sent, and stores what it
// finds. It first puts the next time off, so that several instances do not ask
// at once. A provider that does not answer leaves the case as it is.
func (s *Service) assess(ctx context.Context, id string) (Case, error) {
	c, err := s.claim(ctx, id)
	if err != nil || c.RetryAt.IsZero() || c.Status != Submitted {
		return c, err
	}
	a, err := s.answers(&c)
	if err != nil {
		return c, err
	}
	f, err := s.Provider.Assess(ctx, &Submission{Organisation: c.Organisation, Country: c.Country, Answers: a})
	if err != nil {
		return c, errors.Join(errProvider, err)
	}
	decided, err := s.change(ctx, id, func(c *Case) ([]event.Event, error) { return c.conclude(f, byProvider, s.Clock.Now()) })
	if problem.Is(err, problem.StatusInvalid) { // somebody else was faster
		return s.Store.KYCCase(ctx, id)
	}
	return decided, err
}

// errProvider says that the provider did not answer. The cause follows.
var errProvider = errors.New("ask the KYC provider")

// claim puts off the next time that the provider is asked about a case.
func (s *Service) claim(ctx context.Context, id string) (Case, error) {
	return s.change(ctx, id, func(c *Case) ([]event.Event, error) {
		now := s.Clock.Now()
		if c.Status != Submitted || c.RetryAt.IsZero() || now.Before(c.RetryAt) {
			return nil, nil
		}
		c.RetryAt = now.Add(min(max(now.Sub(c.SubmittedAt), firstRetry), lastRetry))
		c.Note = "the provider has not answered yet"
		return []event.Event{}, nil
	})
}

// Tick does what is due: it ends what time has ended, and asks the provider
// again about forms that it gave no answer for. What fails is tried again at
// another time.
func (s *Service) Tick(ctx context.Context) error {
	now := s.Clock.Now()
	ids, err := s.Store.KYCDue(ctx, now, dueAtOnce)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		c, err := s.change(ctx, id, func(*Case) ([]event.Event, error) { return nil, nil })
		if err == nil && c.Status == Submitted {
			_, err = s.assess(ctx, id)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("KYC case %s: %w", id, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}
