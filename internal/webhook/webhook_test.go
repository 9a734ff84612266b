package webhook_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"sluss.example/sluss/client"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/webhook"
)

// TestDelivered follows an event to two of three endpoints, and checks what is
// sent by the SDK and by the library of Standard Webhooks.
func TestDelivered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one, two, three := receive(t, nil), receive(t, answers(http.StatusNoContent)), receive(t, nil)
	first, secret := r.add(one.URL + "/hooks?k=v")
	_, secret2 := r.add(two.URL, "consent.*")
	r.add(three.URL, "payment.*", "consent.expired")
	r.happen("consent.valid", "c1")
	r.settle()
	if n := len(one.messages()) + len(two.messages()); n != 2 || len(three.messages()) != 0 {
		t.Fatalf("%d messages were sent, and %d to the endpoint that did not want them; want 2 and 0", n, len(three.messages()))
	}
	got := one.messages()[0]
	now := clock.Real{}.Now()
	e, err := client.VerifyWebhook(secret, got.header, []byte(got.body), now)
	if err != nil || e.Type != "consent.valid" || e.Data.ID != "c1" || e.Data.Status != "valid" || e.Data.BICFI != "ESSESESS" || !e.Timestamp.Equal(epoch()) {
		t.Errorf("VerifyWebhook = %+v, %v", e, err)
	}
	if _, err := client.VerifyWebhook(secret2, got.header, []byte(got.body), now); err == nil {
		t.Error("the secret of another endpoint passes")
	}
	checker, err := standard.NewWebhook(secret)
	if err == nil {
		err = checker.Verify([]byte(got.body), got.header)
	}
	if err != nil {
		t.Errorf("the library of Standard Webhooks: %v", err)
	}
	other := two.messages()[0]
	if got.header.Get("webhook-id") != other.header.Get("webhook-id") || got.header.Get("webhook-id") != e.ID {
		t.Error("the event has different ids at different endpoints")
	}
	var members map[string]map[string]any
	if err := json.Unmarshal([]byte(strings.Replace(strings.Replace(got.body, `"consent.valid"`, "{}", 1), `"2026-11-02T09:00:00Z"`, "{}", 1)), &members); err != nil || len(members) != 3 || len(members["data"]) != 4 {
		t.Errorf("the message is %s (%v)", got.body, err)
	}
	d := r.deliveries(first)
	if len(d) != 1 || d[0].Status != webhook.Delivered || d[0].Attempts != 1 || d[0].Log[0].StatusCode != 200 {
		t.Errorf("the delivery is %+v", d)
	}
}

// TestRetried has a receiver refuse for three days and more: the attempts come
// later and later, and then no more.
func TestRetried(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	rc := receive(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(strings.Repeat("no\x00", 4000)))
	})
	e, _ := r.add(rc.URL)
	r.happen("consent.valid", "c1")
	r.settle()
	last := time.Duration(0)
	for n := 1; n < 10; n++ {
		d := r.deliveries(e)[0]
		wait := d.NextAt.Sub(r.clock.Now())
		if d.Status != webhook.Pending || d.Attempts != n || wait <= last*4/5 {
			t.Fatalf("after %d attempts: %s, %d attempts, the next in %v after %v", n, d.Status, d.Attempts, wait, last)
		}
		if a := d.Log[n-1]; len(a.Response) == 0 || len(a.Response) > 1024 || strings.Contains(a.Response, "\x00") {
			t.Errorf("%d bytes of the answer are kept, want at most 1024, without control characters", len(a.Response))
		}
		last = wait
		r.clock.Advance(wait)
		r.settle()
	}
	d := r.deliveries(e)[0]
	if d.Status != webhook.Dead || d.Attempts != 10 || len(rc.messages()) != 10 {
		t.Errorf("at the end: %s after %d attempts and %d requests, want dead after 10", d.Status, d.Attempts, len(rc.messages()))
	}
	if took := d.EndedAt.Sub(d.CreatedAt); took < 2*24*time.Hour || took > 4*24*time.Hour {
		t.Errorf("given up after %v, want some three days", took)
	}
	ids := map[string]bool{}
	for _, m := range rc.messages() {
		ids[m.header.Get("webhook-id")] = true
	}
	if len(ids) != 1 {
		t.Errorf("the attempts have %d ids, want one", len(ids))
	}
}

// TestDisabled has an endpoint fail for so long that it is disabled, of which
// another one hears.
func TestDisabled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bad, good := receive(t, answers(http.StatusBadGateway)), receive(t, nil)
	e, _ := r.add(bad.URL, "consent.*")
	r.add(good.URL, "webhook.*")
	for range 8 {
		r.happen("consent.valid", "c1")
		r.settle()
		r.clock.Advance(24 * time.Hour)
		r.settle()
	}
	if all, err := r.Webhooks(t.Context(), clientID); err != nil || len(all) != 2 {
		t.Errorf("Webhooks returns %d endpoints (%v), want 2", len(all), err)
	}
	if now, err := r.Store.Endpoint(t.Context(), e.ID); err != nil || now.Disabled == "" {
		t.Fatalf("the endpoint is %+v (%v), want it disabled", now, err)
	}
	got := good.messages()
	if len(got) != 1 || !strings.Contains(got[0].body, `"type":"webhook.disabled"`) || !strings.Contains(got[0].body, e.ID) {
		t.Errorf("the other endpoint got %v", got)
	}
	r.clock.Advance(10 * 24 * time.Hour) // what was on its way is given up
	r.settle()
	for _, d := range r.deliveries(e) {
		if d.Status != webhook.Dead {
			t.Errorf("a delivery to a disabled endpoint is %s, want dead", d.Status)
		}
	}
	if _, err := r.TestWebhook(t.Context(), clientID, e.ID); !problem.Is(err, problem.StatusInvalid) {
		t.Errorf("a test of a disabled endpoint reports %v", err)
	}
	before := len(bad.messages())
	if err := r.EnableWebhook(t.Context(), clientID, e.ID); err != nil {
		t.Fatal(err)
	}
	r.happen("consent.valid", "c2")
	r.settle()
	if len(bad.messages()) != before+1 {
		t.Error("an endpoint that was enabled again gets nothing")
	}
}

// TestGone looks that 410 disables at once.
func TestGone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e, _ := r.add(receive(t, answers(http.StatusGone)).URL)
	r.happen("consent.valid", "c1")
	r.settle()
	if got, err := r.Store.Endpoint(t.Context(), e.ID); err != nil || got.Disabled == "" {
		t.Errorf("after 410 the endpoint is %+v (%v), want it disabled", got, err)
	}
}

// TestRotated changes the secret: for a while both fit.
func TestRotated(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	rc := receive(t, nil)
	e, before := r.add(rc.URL)
	after, err := r.RotateSecret(t.Context(), clientID, e.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	check := func(n int, secret string, want bool) {
		t.Helper()
		m := rc.messages()[n]
		if _, err := client.VerifyWebhook(secret, m.header, []byte(m.body), clock.Real{}.Now()); (err == nil) != want {
			t.Errorf("message %d: VerifyWebhook reports %v", n, err)
		}
	}
	r.happen("consent.valid", "c1")
	r.settle()
	r.clock.Advance(time.Hour)
	r.happen("consent.valid", "c2")
	r.settle()
	check(0, before, true)
	check(0, string(after), true)
	check(1, before, false)
	check(1, string(after), true)
}

// TestResent sends again what was delivered and what was given up.
func TestResent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	rc := receive(t, nil)
	e, _ := r.add(rc.URL)
	for i := range 3 {
		r.happen("consent.valid", fmt.Sprint("c", i))
		r.settle()
		r.clock.Advance(time.Minute)
	}
	ds := r.deliveries(e)
	n, err := r.Resend(t.Context(), clientID, e.ID, ds[2].ID, time.Time{})
	if err != nil || n != 1 {
		t.Fatalf("Resend = %d, %v", n, err)
	}
	r.settle()
	if n, err = r.Resend(t.Context(), clientID, e.ID, "", epoch().Add(time.Minute)); err != nil || n != 2 {
		t.Errorf("Resend of all since = %d, %v, want 2", n, err)
	}
	r.settle()
	got := rc.messages()
	if len(got) != 6 || got[3].body != got[0].body || got[3].header.Get("webhook-id") != got[0].header.Get("webhook-id") {
		t.Errorf("%d messages, want 6, and the fourth as the first", len(got))
	}
	other := receive(t, nil)
	e2, _ := r.add(other.URL)
	if _, err := r.Resend(t.Context(), clientID, e2.ID, ds[0].ID, time.Time{}); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("Resend of another endpoint's delivery reports %v", err)
	}
}

// TestOwner looks that an app cannot reach the endpoints of another.
func TestOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	other := "5a4db0c5-0000-4000-8000-000000000002"
	r.addApp(other)
	e, _ := r.add(receive(t, nil).URL)
	ctx := t.Context()
	_, errDeliveries := r.Deliveries(ctx, other, webhook.Filter{EndpointID: e.ID})
	_, errSecret := r.RotateSecret(ctx, other, e.ID, 0)
	_, errTest := r.TestWebhook(ctx, other, e.ID)
	_, errResend := r.Resend(ctx, other, e.ID, "", epoch())
	_, errList := r.Webhooks(ctx, "nobody")
	_, _, errAdd := r.AddWebhook(ctx, "nobody", webhook.New{URL: "https://app.example/"})
	for what, err := range map[string]error{
		"Deliveries": errDeliveries, "RotateSecret": errSecret, "TestWebhook": errTest, "Resend": errResend,
		"Webhooks of nobody": errList, "AddWebhook of nobody": errAdd,
		"RemoveWebhook": r.RemoveWebhook(ctx, other, e.ID), "EnableWebhook": r.EnableWebhook(ctx, other, e.ID),
	} {
		if !problem.Is(err, problem.ResourceUnknown) {
			t.Errorf("%s reports %v, want resource_unknown", what, err)
		}
	}
	if all, err := r.Webhooks(ctx, other); err != nil || len(all) != 0 {
		t.Errorf("the other app has the endpoints %v (%v)", all, err)
	}
	if err := r.RemoveWebhook(ctx, clientID, e.ID); err != nil {
		t.Fatal(err)
	}
	r.happen("consent.valid", "c1")
	r.settle()
}

// TestEvents reads the events in their order, and waits for the next.
func TestEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.happen("consent.received", "c1")
	r.happen("app.keys_changed", "c1") // not told
	r.happen("consent.valid", "c1")
	r.settle()
	got, next, err := r.Events(t.Context(), webhook.EventFilter{}, 0)
	if err != nil || len(got) != 2 || got[0].Position >= got[1].Position {
		t.Fatalf("Events = %v, %v, want two", got, err)
	}
	done := make(chan []webhook.Positioned)
	go func() {
		more, _, err := r.Events(t.Context(), webhook.EventFilter{After: next}, time.Minute)
		if err != nil {
			t.Error(err)
		}
		done <- more
	}()
	r.happen("consent.expired", "c1")
	r.settle()
	if more := <-done; len(more) != 1 || more[0].Type != "consent.expired" || more[0].BICFI != "ESSESESS" {
		t.Errorf("the next events are %v", more)
	}
	if last, err := r.LastPosition(t.Context()); err != nil || last <= next {
		t.Errorf("LastPosition = %d, %v, want more than %d", last, err, next)
	}
}
