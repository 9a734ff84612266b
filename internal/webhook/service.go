package webhook

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
)

const (
	// maxEndpoints is how many endpoints an app may have.
	maxEndpoints = 20
	// maxTypes bounds the types of an endpoint, and maxDescription and
	// maxType texts, in bytes.
	maxTypes, maxType, maxDescription = 50, 100, 200
	// resendLimit is how many deliveries one call sends again.
	resendLimit = 1000
)

// Apps knows which apps there are. It reports problem.ResourceUnknown.
type Apps interface {
	App(ctx context.Context, id string) (app.App, error)
}

// A Service manages endpoints and sends events. Sender and Metrics may be nil
// where nothing is sent.
type Service struct {
	Store   Store
	Apps    Apps
	Sealer  *keyring.Sealer
	Clock   clock.Clock
	Policy  Policy
	Sender  *Sender
	Metrics *Metrics

	mu      sync.Mutex    // guards changed
	changed chan struct{} // closed when events were handed out
}

// A New says what endpoint to make.
type New struct {
	URL         string   `json:"url"`
	Description string   `json:"description,omitempty"`
	Types       []string `json:"events,omitempty"` // see Endpoint.Types
}

// Webhooks returns the endpoints of an app, oldest first.
func (s *Service) Webhooks(ctx context.Context, clientID string) ([]Endpoint, error) {
	clientID = strings.ToLower(clientID)
	if _, err := s.Apps.App(ctx, clientID); err != nil {
		return nil, err
	}
	return s.Store.Endpoints(ctx, clientID)
}

// AddWebhook makes an endpoint and returns its secret, which nobody can read
// again. It reports problem.ResourceUnknown and problem.FormatInvalid.
func (s *Service) AddWebhook(ctx context.Context, clientID string, n New) (Endpoint, SecretText, error) {
	clientID = strings.ToLower(clientID)
	if err := s.check(n); err != nil {
		return Endpoint{}, "", err
	}
	if _, err := s.Apps.App(ctx, clientID); err != nil {
		return Endpoint{}, "", err
	}
	now := s.now()
	e := Endpoint{
		ID: "we_" + strings.ReplaceAll(ident.NewUUID(), "-", ""), ClientID: clientID, URL: n.URL, Description: n.Description,
		Types: n.Types, CreatedAt: now, Version: 1,
	}
	text := NewSecret()
	e.Secrets = []Secret{{Sealed: s.Sealer.Seal(purpose(e.ID), []byte(text)), CreatedAt: now}}
	err := s.Store.WebhookTx(ctx, func(tx Tx) error {
		others, err := tx.EndpointsOf(ctx, clientID)
		if err != nil {
			return err
		}
		if len(others) >= maxEndpoints {
			return problem.New(problem.StatusInvalid, "the app has %d endpoints, and may have no more", maxEndpoints)
		}
		return tx.InsertEndpoint(ctx, e, e.event("endpoint.added", now))
	})
	return e, text, err
}

func (s *Service) check(n New) error {
	if err := s.Policy.CheckURL(n.URL); err != nil {
		return err
	}
	if len(n.Description) > maxDescription {
		return problem.New(problem.FormatInvalid, "must have at most %d bytes", maxDescription).At("description")
	}
	if len(n.Types) > maxTypes {
		return problem.New(problem.FormatInvalid, "must be at most %d", maxTypes).At("events")
	}
	for _, t := range n.Types {
		if !isPattern(t) {
			return problem.New(problem.FormatInvalid, "must be types of events, such as \"consent.valid\" or \"consent.*\"").At("events")
		}
	}
	return nil
}

// isPattern reports whether s is words joined by dots, the last of which may be
// an asterisk.
func isPattern(s string) bool {
	if len(s) > maxType {
		return false
	}
	parts := strings.Split(s, ".")
	for i, part := range parts {
		last := i == len(parts)-1
		word := part != "" && strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
		if !word && (!last || part != "*") {
			return false
		}
	}
	return true
}

// RemoveWebhook deletes an endpoint with its deliveries. It reports
// problem.ResourceUnknown, as the methods below do.
func (s *Service) RemoveWebhook(ctx context.Context, clientID, id string) error {
	return s.change(ctx, clientID, id, func(tx Tx, e *Endpoint) error {
		if err := tx.CancelJobs(ctx, Kind, id); err != nil {
			return err
		}
		return tx.DeleteEndpoint(ctx, id, e.event("endpoint.removed", s.now()))
	})
}

// EnableWebhook has a disabled endpoint get events again: those from now on.
func (s *Service) EnableWebhook(ctx context.Context, clientID, id string) error {
	return s.change(ctx, clientID, id, func(tx Tx, e *Endpoint) error {
		e.Disabled, e.FailingSince = "", time.Time{}
		return tx.SaveEndpoint(ctx, e, e.event("endpoint.enabled", s.now()))
	})
}

// DisableWebhook has an endpoint get no more events until it is enabled. What
// waits is given up.
func (s *Service) DisableWebhook(ctx context.Context, clientID, id string) error {
	return s.change(ctx, clientID, id, func(tx Tx, e *Endpoint) error {
		if e.Disabled != "" {
			return nil
		}
		e.Disabled = "somebody switched it off"
		return tx.SaveEndpoint(ctx, e, e.event("endpoint.disabled", s.now()))
	})
}

// RotateSecret makes a new secret. Messages are signed with the old one too
// until overlap is over.
func (s *Service) RotateSecret(ctx context.Context, clientID, id string, overlap time.Duration) (SecretText, error) {
	if overlap < 0 || overlap > 30*24*time.Hour {
		return "", problem.New(problem.FormatInvalid, "must be between 0 and 720h").At("overlap")
	}
	text := NewSecret()
	err := s.change(ctx, clientID, id, func(tx Tx, e *Endpoint) error {
		now := s.now()
		kept := []Secret{{Sealed: s.Sealer.Seal(purpose(id), []byte(text)), CreatedAt: now}}
		for i, old := range e.Secrets {
			if i == 0 || old.ExpiresAt.After(now.Add(overlap)) {
				old.ExpiresAt = now.Add(overlap)
			}
			if old.ExpiresAt.After(now) && len(kept) < 3 {
				kept = append(kept, old)
			}
		}
		e.Secrets = kept
		return tx.SaveEndpoint(ctx, e, e.event("endpoint.secret_changed", now))
	})
	return text, err
}

// TestWebhook sends a message of type webhook.test, whatever types the endpoint
// is for, and returns the delivery, which is not over yet.
func (s *Service) TestWebhook(ctx context.Context, clientID, id string) (d Delivery, err error) {
	err = s.change(ctx, clientID, id, func(tx Tx, e *Endpoint) error {
		now := s.now()
		if e.Disabled != "" {
			return problem.New(problem.StatusInvalid, "the endpoint is disabled: %s", e.Disabled)
		}
		d, err = newDelivery(e, ident.NewUUID(), MessageOf(event.Event{Type: TypeTest, Subject: id, ClientID: e.ClientID, At: now}), now)
		if err != nil {
			return err
		}
		return start(ctx, tx, &d, now)
	})
	return d, err
}

// Webhook returns an endpoint.
func (s *Service) Webhook(ctx context.Context, clientID, id string) (Endpoint, error) {
	e, err := s.Store.Endpoint(ctx, id)
	if err == nil {
		err = e.checkOwner(clientID)
	}
	if err != nil {
		return Endpoint{}, err
	}
	return e, nil
}

// Deliveries returns deliveries to an endpoint, newest first.
func (s *Service) Deliveries(ctx context.Context, clientID string, f Filter) ([]Delivery, error) {
	if _, err := s.Webhook(ctx, clientID, f.EndpointID); err != nil {
		return nil, err
	}
	if f.Limit <= 0 || f.Limit > resendLimit {
		f.Limit = 100
	}
	return s.Store.Deliveries(ctx, f)
}

// Resend sends again what an endpoint has got or was to get: one delivery, or
// those that were made since an instant if deliveryID is empty. What is still
// pending is left alone. It returns how many it sends, at most 1,000.
func (s *Service) Resend(ctx context.Context, clientID, id, deliveryID string, since time.Time) (n int, err error) {
	var ids []string
	if deliveryID != "" {
		ids = []string{deliveryID}
	} else {
		all, err := s.Store.Deliveries(ctx, Filter{EndpointID: id, Since: since, Limit: resendLimit})
		if err != nil {
			return 0, err
		}
		slices.Reverse(all)
		for _, d := range all {
			ids = append(ids, d.ID)
		}
	}
	err = s.change(ctx, clientID, id, func(tx Tx, e *Endpoint) error {
		if n = 0; e.Disabled != "" {
			return problem.New(problem.StatusInvalid, "the endpoint is disabled: %s", e.Disabled)
		}
		now := s.now()
		for _, did := range ids {
			d, err := tx.DeliveryByID(ctx, did)
			if err == nil && d.EndpointID != id {
				err = problem.New(problem.ResourceUnknown, "no such delivery")
			}
			if err != nil {
				return err
			}
			if d.Status == Pending {
				continue
			}
			d.Status, d.Attempts, d.NextAt, d.EndedAt = Pending, 0, now, time.Time{}
			if err := tx.SaveDelivery(ctx, &d); err != nil {
				return err
			}
			if err := tx.InsertJob(ctx, jobOf(&d, now)); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// change runs fn on an endpoint of the app, in one transaction.
func (s *Service) change(ctx context.Context, clientID, id string, fn func(Tx, *Endpoint) error) error {
	return s.Store.WebhookTx(ctx, func(tx Tx) error {
		e, err := tx.EndpointByID(ctx, id)
		if err == nil {
			err = e.checkOwner(clientID)
		}
		if err != nil {
			return err
		}
		return fn(tx, &e)
	})
}

func (e *Endpoint) checkOwner(clientID string) error {
	if e.ClientID != strings.ToLower(clientID) {
		return problem.New(problem.ResourceUnknown, "no such endpoint")
	}
	return nil
}

func (s *Service) now() time.Time { return s.Clock.Now().Truncate(time.Millisecond) }

func (e *Endpoint) event(kind string, at time.Time) event.Event {
	return event.Event{ID: ident.NewUUID(), Type: kind, Subject: e.ID, ClientID: e.ClientID, At: at}
}
