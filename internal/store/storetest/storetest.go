// Package storetest holds the tests that every engine of the store must pass,
// and gives tests a database of their own on each engine.
//
// It takes the store as the interfaces that the domain packages declare, so
// that it tests what the domain relies on and nothing else.
package storetest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/usage"
	"sluss.example/sluss/internal/webhook"
)

// A Store is all that the domain keeps.
type Store interface {
	app.Store
	app.UseStore
	reqlog.Store
	keyring.Store
	token.ReplayStore
	consent.Store
	redirect.Store
	account.Store
	fx.Store
	// DeleteQuotes deletes the quotes that nobody used and that ended before
	// the instant.
	DeleteQuotes(ctx context.Context, before time.Time) error
	payment.Store
	// DeleteAnswers deletes answers that nobody may ask for any more.
	DeleteAnswers(ctx context.Context, before time.Time) error
	usage.Store
	job.Store
	job.Admin
	webhook.Store
	kyc.Store
	// DeleteKYCCases deletes cases that nobody needs any more.
	DeleteKYCCases(ctx context.Context, before time.Time) error
	// The lists of what an app has made, newest first.
	ListConsents(ctx context.Context, f app.Listing) ([]consent.Consent, error)
	ListPayments(ctx context.Context, f app.Listing) ([]payment.Payment, error)
	ListBaskets(ctx context.Context, f app.Listing) ([]payment.Basket, error)
	ListQuotes(ctx context.Context, f app.Listing) ([]fx.Quote, error)
	// Orders returns the orders of all apps.
	Orders(ctx context.Context, status iso20022.Status, limit int) ([]fx.Order, error)
	ListKYCCases(ctx context.Context, f app.Listing) ([]kyc.Case, error)
	CountConsents(ctx context.Context, f app.Listing, now time.Time) (int, error)
	CountPayments(ctx context.Context, f app.Listing) (int, error)
	// Trail returns the audit rows of a resource, oldest first.
	Trail(ctx context.Context, subject string) ([]event.Event, error)
}

// Each runs f in parallel with the URL of an empty database of each engine:
// SQLite in memory, SQLite in a file, and PostgreSQL if SLUSS_TEST_POSTGRES is
// the URL of a server.
func Each(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		f(t, "sqlite::memory:")
	})
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		f(t, "sqlite:"+filepath.Join(t.TempDir(), "sluss.db"))
	})
	if os.Getenv("SLUSS_TEST_POSTGRES") == "" {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t))
	})
}

// Postgres returns the URL of an empty schema, which goes with the test, on
// the server that SLUSS_TEST_POSTGRES names.
func Postgres(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(os.Getenv("SLUSS_TEST_POSTGRES"))
	if err != nil || u.Host == "" {
		t.Fatal("SLUSS_TEST_POSTGRES is not the URL of a PostgreSQL server")
	}
	schema := "t_" + strings.ReplaceAll(ident.NewUUID(), "-", "")
	run(t, u.String(), "CREATE SCHEMA "+schema)
	t.Cleanup(func() { run(t, u.String(), "DROP SCHEMA "+schema+" CASCADE") })
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// run runs one statement on a connection of its own.
func run(t testing.TB, server, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	// The context of the test is over when its clean-up runs.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		t.Errorf("%s: %v", statement, err)
	}
}

// Run runs all tests on each engine, each on a store of its own: open returns
// the empty database at the URL, up to date.
func Run(t *testing.T, open func(t *testing.T, url string) Store) {
	t.Helper()
	for _, tt := range tests() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			Each(t, func(t *testing.T, url string) { tt.f(t, open(t, url)) })
		})
	}
}

// A test is one of the conformance.
type test struct {
	name string
	f    func(t *testing.T, s Store)
}

func tests() []test {
	return []test{
		{"apps", testApps},
		{"apps unknown", testAppsUnknown},
		{"apps updated at once", testAppsConcurrent},
		{"keys", testKeys},
		{"keys inserted at once", testKeysConcurrent},
		{"keys changed", testKeysChanged},
		{"keys changed at once", testKeysChangedConcurrent},
		{"replays", testReplays},
		{"uses of secrets", testUses},
		{"requests", testRequests},
		{"consent", testConsent},
		{"consent unknown", testConsentUnknown},
		{"consent in conflict", testConsentConflict},
		{"consent always in conflict", testConsentStale},
		{"consent updated at once", testConsentConcurrent},
		{"consent rolled back", testConsentRollback},
		{"recurring consents", testRecurring},
		{"recurring consents made valid at once", testRecurringConcurrent},
		{"consents listed", testConsentsListed},
		{"payments and the rest listed", testOthersListed},
		{"visits", testVisits},
		{"codes", testCodes},
		{"code spent at once", testCodeConcurrent},
		{"redirect and consent in one", testRedirectRollback},
		{"payment", testPayment},
		{"payment changed at once", testPaymentConcurrent},
		{"payment rolled back", testPaymentRollback},
		{"basket", testBasket},
		{"answers", testAnswers},
		{"quotes", testQuotes},
		{"quote used at once", testQuoteConcurrent},
		{"quote rolled back", testQuoteRollback},
		{"quotes deleted", testQuotesDeleted},
		{"orders", testOrders},
		{"order saved", testOrderSaved},
		{"access counted", testAccess},
		{"access counted at once", testAccessConcurrent},
		{"endpoints", testEndpoints},
		{"deliveries", testDeliveries},
		{"events handed out at once", testEventsHanded},
		{"jobs claimed", testJobsClaimed},
		{"jobs claimed at once", testJobsClaimedConcurrent},
		{"jobs finished", testJobsFinished},
		{"jobs failed", testJobsFailed},
		{"jobs cancelled", testJobsCancelled},
		{"usage", testUsage},
		{"usage added at once", testUsageConcurrent},
		{"KYC case", testKYC},
		{"KYC cases found", testKYCFound},
		{"KYC case in conflict", testKYCConcurrent},
	}
}

// at is an instant of the tests, in what a store keeps.
func at(minutes int) time.Time {
	return time.Date(2026, 11, 23, 12, 0, 0, 789e6, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// happened returns an event of subject.
func happened(kind, subject string, minutes int) event.Event {
	return event.Event{ID: ident.NewUUID(), Type: kind, Subject: subject, ClientID: "client", At: at(minutes), Detail: "d"}
}

// together runs f n times at once and fails the test for each that returns an
// error.
func together(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	errs := make(chan error)
	for i := range n {
		go func() { errs <- f(i) }()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
