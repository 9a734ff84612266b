package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

// trail stores rows of several types, in turn and some at one time, and returns
// them, the newest first.
func trail(t *testing.T, db *store.DB) []event.Event {
	t.Helper()
	types := []string{"payment.RCVD", "payment.ACSC", "user.signed_in", "userx", "app.created", "påyment.x", "Payment.z"}
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	var all []event.Event
	for i := range 60 {
		e := event.Event{ID: fmt.Sprintf("%03d", i*37%60), Type: types[i%2], Subject: fmt.Sprint("s", i%3), At: at.Add(time.Duration(i/4) * time.Second)}
		if i%10 == 0 {
			e.Type = types[i/10+1]
		}
		if err := db.Note(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b event.Event) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	return all
}

// TestAuditRows finds rows by what their type begins with and by their
// subject, page by page.
func TestAuditRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db := open(t, url)
		none, err := db.AuditRows(t.Context(), audit.Filter{Type: "a", Limit: 5})
		if err != nil || len(none) != 0 {
			t.Errorf("AuditRows of an empty trail = %v, %v", none, err)
		}
		all := trail(t, db)
		for _, f := range []audit.Filter{
			{},
			{Type: "p"},
			{Type: "payment."},
			{Type: "payment.ACSC"},
			{Type: "user"},
			{Type: "user."},
			{Type: "på"},
			{Type: "P"},
			{Type: "no.such"},
			{Type: "payment.no"},
			{Type: "_"},
			{Type: "%"},
			{Subject: "s1"},
			{Subject: "s1", Type: "app"},
			{Subject: "none"},
		} {
			var want, got []string
			for _, e := range all {
				if strings.HasPrefix(e.Type, f.Type) && (f.Subject == "" || e.Subject == f.Subject) {
					want = append(want, e.ID)
				}
			}
			f.Limit = 7
			for {
				page, err := db.AuditRows(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page {
					got = append(got, e.ID)
				}
				if len(page) < f.Limit {
					break
				}
				last := page[len(page)-1]
				f.Before, f.BeforeID = last.At, last.ID
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("AuditRows(%+v) (-want +got):\n%s", f, diff)
			}
		}
	})
}
