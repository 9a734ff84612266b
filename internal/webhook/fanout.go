package webhook

import (
	"context"
	"slices"
	"time"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
)

// fanBatch is how many events are handed out in one transaction.
const fanBatch = 100

// FanOut hands out events that wait: it makes a delivery for each endpoint that
// wants one. Several instances may call it at once; each event is handed out
// once. It returns how many it found.
func (s *Service) FanOut(ctx context.Context) (int, error) {
	events, err := s.Store.WaitingEvents(ctx, fanBatch)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	now := s.Clock.Now()
	ids := make([]string, len(events))
	for i := range events {
		ids[i] = events[i].ID
	}
	err = s.Store.WebhookTx(ctx, func(tx Tx) error {
		endpoints := map[string][]Endpoint{} // by app
		fresh, err := tx.TakeEvents(ctx, ids, now)
		if err != nil {
			return err
		}
		for _, e := range events {
			if !slices.Contains(fresh, e.ID) || e.ClientID == "" || !Told(e.Type) {
				continue
			}
			list, read := endpoints[e.ClientID]
			if !read {
				if list, err = tx.EndpointsOf(ctx, e.ClientID); err != nil {
					return err
				}
				endpoints[e.ClientID] = list
			}
			if err := send(ctx, tx, list, e.ID, MessageOf(e), now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	s.announce()
	return len(events), nil
}

// send makes a delivery to each of the endpoints that wants the message.
func send(ctx context.Context, tx Tx, endpoints []Endpoint, eventID string, m Message, now time.Time) error {
	for i := range endpoints {
		e := &endpoints[i]
		if e.Disabled != "" || !e.Wants(m.Type) {
			continue
		}
		d, err := newDelivery(e, eventID, m, now)
		if err != nil {
			return err
		}
		if err := start(ctx, tx, &d, now); err != nil {
			return err
		}
	}
	return nil
}

func newDelivery(e *Endpoint, eventID string, m Message, now time.Time) (Delivery, error) {
	body, err := m.Encode()
	return Delivery{
		ID: ident.NewUUID(), EndpointID: e.ID, EventID: eventID, Type: m.Type, Body: body, Status: Pending, CreatedAt: now, NextAt: now,
	}, err
}

// start stores a new delivery with the job of its first attempt.
func start(ctx context.Context, tx Tx, d *Delivery, now time.Time) error {
	if err := tx.InsertDelivery(ctx, *d); err != nil {
		return err
	}
	return tx.InsertJob(ctx, jobOf(d, now))
}

// Kind is the kind of the jobs that send messages.
const Kind job.Kind = "webhook.deliver"

// jobOf returns the job of an attempt. Its subject is the endpoint, so that one
// that is slow does not keep others waiting.
func jobOf(d *Delivery, due time.Time) job.Job {
	j := job.New(Kind, d.EndpointID, due)
	j.Payload = []byte(`"` + d.ID + `"`)
	return j
}
