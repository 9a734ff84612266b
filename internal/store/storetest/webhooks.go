package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/webhook"
)

func newEndpoint(id, clientID string, minutes int) webhook.Endpoint {
	return webhook.Endpoint{
		ID: id, ClientID: clientID, URL: "https://app.example/hooks?å=1", Description: "d", Types: []string{"consent.*"},
		Secrets:  []webhook.Secret{{Sealed: []byte{1, 0, 255}, CreatedAt: at(0)}, {Sealed: []byte{2}, CreatedAt: at(0), ExpiresAt: at(9)}},
		Disabled: "why", FailingSince: at(3), CreatedAt: at(minutes), Version: 1,
	}
}

func newDelivery(id, endpoint string, minutes int) webhook.Delivery {
	return webhook.Delivery{
		ID: id, EndpointID: endpoint, EventID: "event of " + id, Type: "consent.valid", Body: `{"å":1}`, Status: webhook.Pending,
		Attempts: 1, Log: []webhook.Attempt{{At: at(1), StatusCode: 500, Duration: 7, Response: "no"}}, CreatedAt: at(minutes), NextAt: at(2), Version: 1,
	}
}

// webhookTx runs fn in a transaction.
func webhookTx(t *testing.T, s Store, fn func(tx webhook.Tx) error) {
	t.Helper()
	if err := s.WebhookTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func testEndpoints(t *testing.T, s Store) {
	ctx, a, other := t.Context(), newApp(), newApp()
	if err := errors.Join(s.InsertApp(ctx, a), s.InsertApp(ctx, other)); err != nil {
		t.Fatal(err)
	}
	want := []webhook.Endpoint{newEndpoint("z", a.ID, 0), newEndpoint("a", a.ID, 1)}
	webhookTx(t, s, func(tx webhook.Tx) error {
		return errors.Join(tx.InsertEndpoint(ctx, want[1]), tx.InsertEndpoint(ctx, want[0], happened("endpoint.added", "z", 0)),
			tx.InsertEndpoint(ctx, newEndpoint("o", other.ID, 0)))
	})
	webhookTx(t, s, func(tx webhook.Tx) error {
		e, err := tx.EndpointByID(ctx, "z")
		e.Types, e.Disabled, e.FailingSince = nil, "", at(5)
		want[0].Types, want[0].Disabled, want[0].FailingSince, want[0].Version = nil, "", at(5), 2
		return errors.Join(err, tx.SaveEndpoint(ctx, &e))
	})
	got, err := s.Endpoints(ctx, a.ID)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Endpoints reports %v (-want +got)\n%s", err, diff)
	}
	if trail, err := s.Trail(ctx, "z"); err != nil || len(trail) != 1 {
		t.Errorf("Trail returns %v (%v), want one event", trail, err)
	}
	webhookTx(t, s, func(tx webhook.Tx) error { return tx.DeleteEndpoint(ctx, "z") })
	_, err = s.Endpoint(ctx, "z")
	wantReason(t, "Endpoint of one that is deleted", err, problem.ResourceUnknown)
	if err := s.DeleteApp(ctx, a.ID); err != nil {
		t.Fatal(err)
	}
	_, err = s.Endpoint(ctx, "a")
	wantReason(t, "Endpoint of an app that is deleted", err, problem.ResourceUnknown)
}

func testDeliveries(t *testing.T, s Store) {
	ctx, a := t.Context(), newApp()
	if err := s.InsertApp(ctx, a); err != nil {
		t.Fatal(err)
	}
	one, two := newDelivery("1", "e", 1), newDelivery("2", "e", 2)
	webhookTx(t, s, func(tx webhook.Tx) error {
		return errors.Join(tx.InsertEndpoint(ctx, newEndpoint("e", a.ID, 0)), tx.InsertDelivery(ctx, one), tx.InsertDelivery(ctx, two),
			tx.InsertJob(ctx, job.New(webhook.Kind, "e", at(0))))
	})
	one.Status, one.Attempts, one.NextAt, one.EndedAt, one.Version = webhook.Delivered, 2, time.Time{}, at(4), 2
	webhookTx(t, s, func(tx webhook.Tx) error {
		d := one
		d.Version = 1
		return tx.SaveDelivery(ctx, &d)
	})
	got, err := s.Deliveries(ctx, webhook.Filter{EndpointID: "e", Limit: 9})
	if diff := cmp.Diff([]webhook.Delivery{two, one}, got); diff != "" || err != nil {
		t.Errorf("Deliveries reports %v (-want +got)\n%s", err, diff)
	}
	for _, tt := range []struct {
		f    webhook.Filter
		want int
	}{
		{webhook.Filter{EndpointID: "e", Status: webhook.Pending, Limit: 9}, 1},
		{webhook.Filter{EndpointID: "e", Since: at(2), Limit: 9}, 1},
		{webhook.Filter{EndpointID: "e", Limit: 1}, 1},
		{webhook.Filter{EndpointID: "none", Limit: 9}, 0},
	} {
		if got, err := s.Deliveries(ctx, tt.f); err != nil || len(got) != tt.want {
			t.Errorf("Deliveries(%+v) returns %d (%v), want %d", tt.f, len(got), err, tt.want)
		}
	}
	if err := s.ForgetDeliveries(ctx, at(5)); err != nil {
		t.Fatal(err)
	}
	_, err = s.Delivery(ctx, "1")
	wantReason(t, "Delivery of one that is forgotten", err, problem.ResourceUnknown)
	if _, err := s.Delivery(ctx, "2"); err != nil {
		t.Errorf("a pending delivery is forgotten: %v", err)
	}
}

// testEventsHanded has many hand out the same events at once: each is handed
// out once, and no position is given twice.
func testEventsHanded(t *testing.T, s Store) {
	ctx := t.Context()
	const n = 12
	for i := range n {
		e := happened("consent.valid", fmt.Sprint("c", i), i)
		e.BICFI = "ESSESESS"
		c := NewConsent()
		if err := s.ConsentTx(ctx, func(tx consent.Tx) error { return tx.InsertConsent(ctx, c, e) }); err != nil {
			t.Fatal(err)
		}
	}
	taken := make([]int, 4)
	together(t, len(taken), func(i int) error {
		waiting, err := s.WaitingEvents(ctx, 100)
		if err != nil {
			return err
		}
		return s.WebhookTx(ctx, func(tx webhook.Tx) error {
			var ids []string
			for _, e := range waiting {
				ids = append(ids, e.ID)
			}
			fresh, err := tx.TakeEvents(ctx, ids, at(30))
			taken[i] = len(fresh)
			return err
		})
	})
	total := 0
	for _, k := range taken {
		total += k
	}
	all, err := s.HandedEvents(ctx, webhook.EventFilter{Limit: 100})
	if err != nil || total != n || len(all) != n {
		t.Fatalf("%d events were taken and %d are handed out (%v), want %d", total, len(all), err, n)
	}
	for i, e := range all {
		if e.Position != int64(i+1) || e.BICFI != "ESSESESS" {
			t.Errorf("event %d is %+v", i, e)
		}
	}
	if last, err := s.LastPosition(ctx); err != nil || last != n {
		t.Errorf("LastPosition = %d, %v, want %d", last, err, n)
	}
	if some, err := s.HandedEvents(ctx, webhook.EventFilter{After: 10, ClientID: "client", Limit: 1}); err != nil || len(some) != 1 || some[0].Position != 11 {
		t.Errorf("HandedEvents after 10 = %v, %v", some, err)
	}
	if err := s.ForgetDeliveries(ctx, at(31)); err != nil {
		t.Fatal(err)
	}
	if last, err := s.LastPosition(ctx); err != nil || last != n {
		t.Errorf("LastPosition once events are forgotten = %d, %v, want %d", last, err, n)
	}
}
