package kyc

import (
	"context"
	"strings"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

func lower(s string) string { return strings.ToLower(s) }

// A Form is a case as those see it who have the link.
type Form struct {
	Case
	Answers Answers // empty unless the form is open
}

// Form returns the form whose link has the id instance. Once it is no longer
// open there are no answers in it. It reports problem.ResourceUnknown, and
// problem.ResourceExpired for a link that no longer works.
func (s *Service) Form(ctx context.Context, instance string) (Form, error) {
	c, err := s.byInstance(ctx, instance)
	if err != nil || c.Status != Open {
		return Form{Case: c}, err
	}
	a, err := s.answers(&c)
	return Form{c, a}, err
}

// byInstance returns the case whose link has the id instance.
func (s *Service) byInstance(ctx context.Context, instance string) (Case, error) {
	if !ident.IsUUID(instance) {
		return Case{}, errNoCase()
	}
	c, err := s.Store.KYCCaseByInstance(ctx, hashOf(instance))
	if err != nil {
		return Case{}, err
	}
	if c.lapsed(s.Clock.Now()) {
		if c, err = s.change(ctx, c.ID, func(*Case) ([]event.Event, error) { return nil, nil }); err != nil {
			return Case{}, err
		}
	}
	if !c.linkWorks(s.Clock.Now()) {
		return Case{}, problem.New(problem.ResourceExpired, "the link to the form has expired")
	}
	return c, nil
}

// Save stores a step of an open form, complete or not. It reports what
// [Answers.TooLong] does, and problem.StatusInvalid for a form that is not
// open.
func (s *Service) Save(ctx context.Context, instance string, step Step, a *Answers) error {
	c, err := s.byInstance(ctx, instance)
	if err != nil {
		return err
	}
	if err := problem.Join(a.TooLong(step)); err != nil {
		return err
	}
	c, err = s.change(ctx, c.ID, func(c *Case) ([]event.Event, error) {
		if err := c.mustBeOpen(); err != nil {
			return nil, err
		}
		all, err := s.answers(c)
		if err != nil {
			return nil, err
		}
		all.take(step, a)
		return []event.Event{}, s.seal(c, &all)
	})
	if err != nil {
		return err
	}
	return c.mustBeOpen()
}

// mustBeOpen reports problem.StatusInvalid.
func (c *Case) mustBeOpen() error {
	if c.Status != Open {
		return problem.New(problem.StatusInvalid, "the form is %s", c.Status)
	}
	return nil
}

// Submit sends an open form in, and lets the provider decide. A provider that
// does not answer is asked again later; the error is returned beside the form,
// which was sent all the same. It reports the faults of the first step that is
// not complete, and problem.StatusInvalid.
func (s *Service) Submit(ctx context.Context, instance string) (Case, error) {
	c, err := s.byInstance(ctx, instance)
	if err != nil {
		return c, err
	}
	c, err = s.change(ctx, c.ID, func(c *Case) ([]event.Event, error) {
		if err := c.mustBeOpen(); err != nil {
			return nil, err
		}
		now := s.Clock.Now()
		a, err := s.answers(c)
		if err != nil {
			return nil, err
		}
		if step := a.Missing(now); step != "" {
			return nil, problem.Join(a.Check(step, now))
		}
		c.Status, c.SubmittedAt, c.RetryAt = Submitted, now, now
		return []event.Event{c.note(Submitted, "", now)}, nil
	})
	if err != nil || c.Status != Submitted {
		return c, err
	}
	return s.assess(ctx, c.ID)
}

// Answers opens what a case was filled in with, for an operator.
func (s *Service) Answers(c *Case) (Answers, error) { return s.answers(c) }

// Left is how long the link to a form still works.
func (s *Service) Left(c *Case) time.Duration { return max(c.ExpiresAt.Sub(s.Clock.Now()), 0) }
