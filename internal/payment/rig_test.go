package payment_test

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/banktest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/store/testdb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A rig is a service on a database of its own, with a bank, a clock that the
// test sets, and a runner of the jobs.
type rig struct {
	*testing.T
	*payment.Service
	bank  *banktest.Line
	clock *clock.Virtual
	db    *store.DB
	jobs  *jobrun.Runner
	url   string
}

// each runs f on every engine.
func each(t *testing.T, f func(r *rig)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { f(newRig(t, url)) })
}

func newRig(t *testing.T, url string) *rig {
	t.Helper()
	db := testdb.Open(t, url)
	r := &rig{T: t, bank: banktest.NewLine(banktest.NewPayer("ESSESESS")), clock: clock.NewFrozen(noon), db: db, url: url}
	banks, err := bank.NewRegistry(r.bank)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.InsertApp(t.Context(), app.App{ID: "app", Name: "App", Environment: "sandbox", CreatedAt: noon}); err != nil {
		t.Fatal(err)
	}
	r.Service = &payment.Service{Store: db, Banks: banks, Apps: db, Clock: r.clock}
	r.jobs = r.runner()
	return r
}

// runner returns a runner as another instance would have it.
func (r *rig) runner() *jobrun.Runner {
	return &jobrun.Runner{
		Store: r.db, Clock: r.clock, Log: slog.New(slog.DiscardHandler), Inserted: r.db.JobsInserted(),
		Handlers: map[job.Kind]jobrun.Handler{
			payment.LookJob:   {Outside: r.RunLook, Workers: 4},
			payment.BasketJob: {Outside: r.RunBasket, Workers: 4},
		},
	}
}

// later advances the clock and runs what is due then.
func (r *rig) later(d time.Duration) {
	r.Helper()
	r.clock.Advance(d)
	if err := r.jobs.Settle(r.Context()); err != nil {
		r.Fatal(err)
	}
}

// waiting returns how many jobs there are.
func (r *rig) waiting() int {
	r.Helper()
	all, err := r.db.Jobs(r.Context(), job.Filter{Limit: 100})
	if err != nil {
		r.Fatal(err)
	}
	for _, j := range all {
		if j.Failure != "" {
			r.Errorf("job %s of %s: %s", j.Kind, j.Subject, j.Failure)
		}
	}
	return len(all)
}

func anna() app.Caller { return app.Caller{ClientID: "app", Context: scope.Private, PSU: "1"} }

func boss(psu string) app.Caller {
	return app.Caller{ClientID: "app", Context: scope.Corporate, Organisation: "5", PSU: psu}
}

func request() payment.Request {
	return payment.Request{
		BICFI: "ESSESESS", Product: payment.Domestic, Amount: &payment.Amount{Currency: "SEK", Decimal: "150.00"},
		Debtor:   &bank.Party{Reference: bank.Reference{IBAN: "SE4550000000058398257466"}},
		Creditor: &bank.Reference{IBAN: "SE1412000000000012345678"}, CreditorName: "Leverantör AB",
	}
}

func (r *rig) pay(by app.Caller) payment.Ref {
	r.Helper()
	c, err := r.Create(r.Context(), by, request())
	if err != nil {
		r.Fatal(err)
	}
	return payment.Ref{BICFI: "ESSESESS", Product: payment.Domestic, PaymentID: c.ID}
}

// start makes an authorisation of a set and chooses its method.
func (r *rig) start(by app.Caller, ref payment.Ref, set payment.Set) payment.Ref {
	r.Helper()
	o, err := r.StartAuthorisation(r.Context(), by, ref, set, signing.Choice{})
	if err != nil {
		r.Fatal(err)
	}
	ref.AuthorisationID = o.Authorisation.ID
	if _, err := r.ChooseMethod(r.Context(), by, ref, set, signing.Choice{Method: sca.MBID, RedirectPreferred: new(false)}); err != nil {
		r.Fatal(err)
	}
	return ref
}

// startBasket puts payments into a basket, makes an authorisation of it and
// chooses its method.
func (r *rig) startBasket(by app.Caller, payments ...payment.Ref) payment.BasketRef {
	r.Helper()
	req := payment.BasketRequest{BICFI: "ESSESESS"}
	for _, p := range payments {
		req.PaymentIDs = append(req.PaymentIDs, p.PaymentID)
	}
	b, err := r.CreateBasket(r.Context(), by, req)
	if err != nil {
		r.Fatal(err)
	}
	ref := payment.BasketRef{BICFI: "ESSESESS", BasketID: b.ID}
	o, err := r.StartBasket(r.Context(), by, ref, signing.Choice{})
	if err != nil {
		r.Fatal(err)
	}
	ref.AuthorisationID = o.Authorisation.ID
	if _, err := r.ChooseForBasket(r.Context(), by, ref, signing.Choice{Method: sca.MBID}); err != nil {
		r.Fatal(err)
	}
	return ref
}

// stored returns the status of a payment as it is stored.
func (r *rig) stored(ref payment.Ref) payment.Payment {
	r.Helper()
	p, err := r.db.Payment(r.Context(), ref.PaymentID)
	if err != nil {
		r.Fatal(err)
	}
	return p
}

func (r *rig) wantStored(ref payment.Ref, want payment.Status) {
	r.Helper()
	if p := r.stored(ref); p.Status != want {
		r.Errorf("the payment is stored as %s (%s), want %s", p.Status, p.Reason, want)
	}
}

func (r *rig) fails(what string, err error, want problem.Reason) {
	r.Helper()
	if !problem.Is(err, want) {
		r.Errorf("%s: %v, want %s", what, err, want)
	}
}

// tamper runs a statement on the database behind the back of the store. It does
// nothing on one in memory, which nobody else can open.
func (r *rig) tamper(statement string) bool {
	r.Helper()
	driver, dsn := "pgx", r.url
	if file, ok := cutPrefix(r.url, "sqlite:"); ok {
		if file == ":memory:" {
			return false
		}
		driver, dsn = "sqlite", "file:"+filepath.ToSlash(file)+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(r.Context(), statement); err != nil {
		r.Fatal(err)
	}
	return true
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || s[:len(prefix)] != prefix {
		return s, false
	}
	return s[len(prefix):], true
}

// oneApp finds the app without a look into the database, as the server does.
type oneApp struct{}

// App implements [payment.AppFinder].
func (oneApp) App(context.Context, string) (app.App, error) {
	return app.App{ID: "app", Name: "App"}, nil
}
