package webhook_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/store/testdb"
	"sluss.example/sluss/internal/webhook"
)

func epoch() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) }

const clientID = "5a4db0c5-0000-4000-8000-000000000001"

// A rig is a store with an app, the service, and what runs its jobs.
type rig struct {
	*webhook.Service
	t     *testing.T
	db    *store.DB
	clock *clock.Virtual
	jobs  *jobrun.Runner
}

func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

func open(t *testing.T, url string) *store.DB {
	t.Helper()
	db := testdb.Open(t, url)
	return db
}

// join makes the service on a store.
func join(t *testing.T, db *store.DB) *rig {
	r := &rig{t: t, db: db, clock: clock.NewFrozen(epoch())}
	policy := webhook.Policy{Allow: loopback(), Plain: true}
	r.Service = &webhook.Service{
		Store: db, Apps: db, Sealer: keyring.NewSealer(keyring.SealingKey{1}), Clock: r.clock, Policy: policy, Sender: webhook.NewSender(policy),
	}
	t.Cleanup(r.Sender.Close)
	r.jobs = &jobrun.Runner{
		Store: db, Clock: r.clock, Log: slog.New(slog.DiscardHandler), Feeds: []jobrun.Feed{r.FanOut}, Lease: 30 * time.Second,
		Handlers: map[job.Kind]jobrun.Handler{webhook.Kind: {Outside: r.Deliver, Workers: 8, PerSubject: 2}},
	}
	return r
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := join(t, open(t, "sqlite::memory:"))
	r.addApp(clientID)
	return r
}

func (r *rig) addApp(id string) {
	r.t.Helper()
	a := app.App{ID: id, Name: "Shop", Environment: "sandbox", CreatedAt: epoch(), Version: 1}
	if err := r.db.InsertApp(r.t.Context(), a); err != nil {
		r.t.Fatal(err)
	}
}

// add registers an endpoint.
func (r *rig) add(url string, types ...string) (webhook.Endpoint, string) {
	r.t.Helper()
	e, secret, err := r.AddWebhook(r.t.Context(), clientID, webhook.New{URL: url, Types: types})
	if err != nil {
		r.t.Fatal(err)
	}
	return e, string(secret)
}

// happen stores an event, with a change.
func (r *rig) happen(kind, subject string) {
	r.t.Helper()
	happen(r.t, r.db, kind, subject)
}

func happen(t *testing.T, db *store.DB, kind, subject string) {
	t.Helper()
	c := storetest.NewConsent()
	e := event.Event{ID: ident.NewUUID(), Type: kind, Subject: subject, ClientID: clientID, At: epoch(), BICFI: "ESSESESS"}
	err := db.ConsentTx(t.Context(), func(tx consent.Tx) error { return tx.InsertConsent(t.Context(), c, e) })
	if err != nil {
		t.Fatal(err)
	}
}

// settle runs what is due.
func (r *rig) settle() {
	r.t.Helper()
	if err := r.jobs.Settle(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) deliveries(e webhook.Endpoint) []webhook.Delivery {
	r.t.Helper()
	all, err := r.Deliveries(r.t.Context(), clientID, webhook.Filter{EndpointID: e.ID})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// A message is what a receiver got.
type message struct {
	header http.Header
	body   string
}

// A receiver keeps what it gets and answers as it is told.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	got []message
}

// receive starts a receiver; its handler may be nil.
func receive(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	rc := &receiver{}
	rc.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		rc.mu.Lock()
		rc.got = append(rc.got, message{r.Header.Clone(), string(body)})
		rc.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(rc.Close)
	return rc
}

func (rc *receiver) messages() []message {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	return append([]message(nil), rc.got...)
}

// answers returns a handler that answers with a status.
func answers(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}
