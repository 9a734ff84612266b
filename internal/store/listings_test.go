package store_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/store/storetest"
)

// BenchmarkListConsents is a page of consents in a table with as many rows as
// SLUSS_BENCH_ROWS says, by default 20,000, all of one app. Hardly any is of
// the picked bank or has the picked status.
func BenchmarkListConsents(b *testing.B) {
	rows := 20_000
	if n, err := strconv.Atoi(os.Getenv("SLUSS_BENCH_ROWS")); err == nil {
		rows = n
	}
	for name, url := range benchURLs(b) {
		db := open(b, url)
		c := storetest.NewConsent()
		c.Access, c.Authorisations, c.Recurring = consent.Access{AllPSD2: consent.AllAccounts}, c.Authorisations[:1], false
		start := c.CreatedAt
		for i := 0; i < rows; {
			err := db.ConsentTx(b.Context(), func(tx consent.Tx) error {
				for last := min(i+5000, rows); i < last; i++ {
					c.ID, c.CreatedAt = ident.NewUUID(), start.Add(time.Duration(i)*time.Second)
					if err := tx.InsertConsent(b.Context(), c); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		middle := app.Mark{At: start.Add(time.Duration(rows/2) * time.Second), ID: "x"}
		for _, tt := range []struct {
			name string
			f    app.Listing
		}{
			{"newest", app.Listing{}},
			{"middle", app.Listing{After: middle}},
			{"rare status", app.Listing{Status: "rejected"}},
			{"rare bank", app.Listing{BICFI: "NDEASESS"}},
			{"bank in the middle", app.Listing{BICFI: "ESSESESS", After: middle}},
			{"bank without such a status", app.Listing{BICFI: "ESSESESS", Status: "received"}},
		} {
			tt.f.ClientID, tt.f.Limit = c.Owner.ClientID, 51
			b.Run(name+"/"+tt.name, func(b *testing.B) {
				for b.Loop() {
					if _, err := db.ListConsents(b.Context(), tt.f); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
