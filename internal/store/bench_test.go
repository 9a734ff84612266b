package store_test

import (
	"context"
	"os"
	"testing"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

// BenchmarkOpen is the start of a sandbox: a database in memory, migrated.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		db, err := store.Open(b.Context(), store.Options{URL: "sqlite::memory:"})
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Migrate(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// benchURLs are the databases that reads are measured on.
func benchURLs(b *testing.B) map[string]string {
	urls := map[string]string{"memory": "sqlite::memory:", "file": "sqlite:" + b.TempDir() + "/sluss.db"}
	if u := os.Getenv("SLUSS_TEST_POSTGRES"); u != "" {
		urls["postgres"] = storetest.Postgres(b)
	}
	return urls
}

// BenchmarkConsent is the read on the way to account information.
func BenchmarkConsent(b *testing.B) {
	for name, url := range benchURLs(b) {
		db := open(b, url)
		c := storetest.NewConsent()
		// As most are: all accounts, one signature.
		c.Access, c.Authorisations = consent.Access{AllPSD2: consent.AllAccounts}, c.Authorisations[:1]
		err := db.ConsentTx(b.Context(), func(tx consent.Tx) error { return tx.InsertConsent(b.Context(), c) })
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context()) // as a request's
		defer cancel()
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := db.Consent(ctx, c.ID); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"-parallel", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := db.Consent(ctx, c.ID); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// BenchmarkCountAccess is the write of an unattended call.
func BenchmarkCountAccess(b *testing.B) {
	for name, url := range benchURLs(b) {
		db := open(b, url)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := db.CountAccess(b.Context(), "key", "2026-11-23", 1<<40); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSaveConsent is a change with its event and audit row.
func BenchmarkSaveConsent(b *testing.B) {
	for name, url := range benchURLs(b) {
		db := open(b, url)
		c := storetest.NewConsent()
		err := db.ConsentTx(b.Context(), func(tx consent.Tx) error { return tx.InsertConsent(b.Context(), c) })
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				err := db.ConsentTx(b.Context(), func(tx consent.Tx) error {
					got, err := tx.Consent(b.Context(), c.ID)
					if err != nil {
						return err
					}
					return tx.SaveConsent(b.Context(), &got, event.Event{ID: ident.NewUUID(), Type: "consent.valid", Subject: c.ID, At: c.CreatedAt})
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
