package webhook

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/problem"
)

// pauses are the waits before each further attempt: some three days in all.
func pauses() []time.Duration {
	return []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// disableAfter is for how long an endpoint may fail before it is disabled.
const disableAfter = 5 * 24 * time.Hour

// purpose is what a secret of an endpoint is sealed for.
func purpose(endpointID string) string { return "webhook secret " + endpointID }

// Deliver makes one attempt, and returns how to store what came of it. It is
// the handler of jobs of Kind.
func (s *Service) Deliver(ctx context.Context, j job.Job) (job.TxFunc, error) {
	var id string
	if err := j.Read(&id); err != nil {
		return nil, err
	}
	d, err := s.Store.Delivery(ctx, id)
	if problem.Is(err, problem.ResourceUnknown) || err == nil && d.Status != Pending {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	e, err := s.Store.Endpoint(ctx, d.EndpointID)
	if err != nil {
		return nil, err
	}
	if e.Disabled != "" {
		return job.In(func(ctx context.Context, tx Tx, _ job.Job) error { return s.drop(ctx, tx, id) }), nil
	}
	secrets, err := s.secrets(&e)
	if err != nil {
		return nil, err
	}
	a := s.Sender.Send(ctx, e.URL, d.EventID, []byte(d.Body), secrets...)
	if !a.OK() && ctx.Err() != nil {
		return nil, fmt.Errorf("stopped while sending: %w", ctx.Err())
	}
	a.At = s.Clock.Now().Truncate(time.Millisecond)
	s.Metrics.attempt(&a)
	stretch := 0.8 + 0.4*rand.Float64() //nolint:gosec // only so that not all come at once
	return job.In(func(ctx context.Context, tx Tx, _ job.Job) error { return s.note(ctx, tx, id, a, stretch) }), nil
}

// secrets opens the secrets that are in use.
func (s *Service) secrets(e *Endpoint) ([]SecretText, error) {
	now := s.Clock.Now()
	var all []SecretText
	for i, x := range e.Secrets {
		if i > 0 && !now.Before(x.ExpiresAt) {
			continue
		}
		plain, err := s.Sealer.Open(purpose(e.ID), x.Sealed)
		if err != nil {
			return nil, fmt.Errorf("open the secret of endpoint %s: %w", e.ID, err)
		}
		all = append(all, SecretText(plain))
	}
	return all, nil
}

// drop gives up a delivery to an endpoint that is disabled.
func (s *Service) drop(ctx context.Context, tx Tx, id string) error {
	d, err := tx.DeliveryByID(ctx, id)
	if err != nil || d.Status != Pending {
		return ignoreUnknown(err)
	}
	d.end(Dead, s.Clock.Now())
	return tx.SaveDelivery(ctx, &d)
}

// end ends a delivery.
func (d *Delivery) end(st Status, now time.Time) {
	d.Status, d.NextAt, d.EndedAt = st, time.Time{}, now
}

// note stores what came of an attempt, and the job of the next if there is to
// be one.
func (s *Service) note(ctx context.Context, tx Tx, id string, a Attempt, stretch float64) error {
	d, err := tx.DeliveryByID(ctx, id)
	if err != nil {
		return ignoreUnknown(err)
	}
	e, err := tx.EndpointByID(ctx, d.EndpointID)
	if err != nil {
		return ignoreUnknown(err)
	}
	d.Attempts++
	d.Log = append(d.Log, a)
	d.Log = d.Log[max(0, len(d.Log)-MaxLog):]
	switch steps := pauses(); {
	case a.OK():
		d.end(Delivered, a.At)
	case a.StatusCode == http.StatusGone || d.Attempts > len(steps):
		d.end(Dead, a.At)
	default:
		d.NextAt = a.At.Add(time.Duration(float64(steps[d.Attempts-1]) * stretch)).Truncate(time.Millisecond)
		if err := tx.InsertJob(ctx, jobOf(&d, d.NextAt)); err != nil {
			return err
		}
	}
	if err := tx.SaveDelivery(ctx, &d); err != nil {
		return err
	}
	return s.judge(ctx, tx, &e, &a)
}

// judge notes whether an endpoint works, and disables one that has not for too
// long, or that says that it is gone.
func (s *Service) judge(ctx context.Context, tx Tx, e *Endpoint, a *Attempt) error {
	before := *e
	switch {
	case a.OK():
		e.FailingSince = time.Time{}
	case e.FailingSince.IsZero():
		e.FailingSince = a.At
	}
	var events []event.Event
	why := ""
	switch {
	case a.StatusCode == http.StatusGone:
		why = "the receiver says that it is gone (410)"
	case !a.OK() && a.At.Sub(e.FailingSince) >= disableAfter:
		why = "it has failed for five days"
	}
	if why != "" && e.Disabled == "" {
		e.Disabled = why
		events = append(events, event.Event{ID: ident.NewUUID(), Type: TypeDisabled, Subject: e.ID, ClientID: e.ClientID, At: a.At})
	}
	if e.FailingSince.Equal(before.FailingSince) && e.Disabled == before.Disabled {
		return nil
	}
	return tx.SaveEndpoint(ctx, e, events...)
}

// ignoreUnknown forgives that something was deleted meanwhile.
func ignoreUnknown(err error) error {
	if problem.Is(err, problem.ResourceUnknown) {
		return nil
	}
	return err
}
