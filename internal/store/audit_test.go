package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

func issued() audit.Entry {
	return audit.Entry{
		At: time.Date(2026, 11, 23, 12, 0, 0, 1e6, time.UTC), Kind: "token.issued", ClientID: "6f0c1a52-6c0e-4d0e-9a35-0f8e7d2a1b11",
		TokenID: ident.NewUUID(), Scope: "accountinformation private",
	}
}

// startLog starts a chain on db; it ends with the test.
func startLog(t *testing.T, s audit.Store, spool string) *audit.Log {
	t.Helper()
	l := &audit.Log{Store: s, Spool: audit.Spool{Folder: spool}, Clock: clock.Real{}}
	l.Start(t.Context())
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func verified(t *testing.T, db *store.DB) audit.Report {
	t.Helper()
	var report audit.Report
	err := db.ReadAudit(t.Context(), func(r audit.Reader) (err error) {
		report, err = audit.Verify(t.Context(), r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestAudit: several instances record at once while changes write rows; all
// of it is sealed and holds.
func TestAudit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db := open(t, url)
		logs := []*audit.Log{startLog(t, db, ""), startLog(t, db, "")}
		var all sync.WaitGroup
		for _, l := range logs {
			for range 16 {
				all.Go(func() {
					for range 10 {
						if err := l.Record(t.Context(), issued()); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		for range 5 {
			c := storetest.NewConsent()
			err := db.ConsentTx(t.Context(), func(tx consent.Tx) error {
				return tx.InsertConsent(t.Context(), c, noted(c.ID), noted(c.ID))
			})
			if err != nil {
				t.Error(err)
			}
		}
		for range 3 { // while it grows
			if r := verified(t, db); len(r.Faults) > 0 {
				t.Errorf("Verify = %+v", r)
			}
		}
		all.Wait()
		for _, l := range logs { // a block seals what is left
			if err := l.Record(t.Context(), issued()); err != nil {
				t.Error(err)
			}
			_ = l.Close()
		}
		if err := logs[0].Record(t.Context(), issued()); !errors.Is(err, audit.ErrClosed) {
			t.Errorf("Record after Close reports %v", err)
		}
		r := verified(t, db)
		if len(r.Faults) > 0 || r.Chains != 2 || r.Entries != 322 || r.Rows != 10 || r.Unsealed != 0 {
			t.Errorf("Verify = %+v, want 322 entries, 10 rows and 2 chains", r)
		}
		var out bytes.Buffer
		err := db.ReadAudit(t.Context(), func(r audit.Reader) error {
			_, err := audit.Export(t.Context(), r, &out)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if n := int64(strings.Count(out.String(), "\n")); n != r.Blocks+r.Entries+r.Rows {
			t.Errorf("Export has %d lines, want %d", n, r.Blocks+r.Entries+r.Rows)
		}
	})
}

// TestAuditGroups: what waits together is stored together, however the machine
// is loaded. A block that only seals may come in between.
func TestAuditGroups(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := startLog(t, db, "")
		const rounds, together = 5, 50
		for range rounds {
			var waits [together]func() error
			for i := range waits {
				waits[i] = l.Begin(t.Context(), issued())
			}
			for _, wait := range waits {
				if err := wait(); err != nil {
					t.Error(err)
				}
			}
		}
		_ = l.Close()
		r := verified(t, db)
		if len(r.Faults) > 0 || r.Entries != rounds*together {
			t.Errorf("Verify = %+v, want %d entries", r, rounds*together)
		}
		if most := int64(3 * rounds); r.Blocks > most {
			t.Errorf("%d blocks for %d times %d entries, want %d at most", r.Blocks, rounds, together, most)
		}
	})
}

// awayStore is a store that can be taken away.
type awayStore struct {
	audit.Store
	away atomic.Bool
}

func (s *awayStore) AuditTx(ctx context.Context, fn func(audit.Tx) error) error {
	if s.away.Load() {
		return store.ErrUnavailable
	}
	return s.Store.AuditTx(ctx, fn)
}

// TestAuditSpool: with the database away entries wait on disk, and are caught
// up by a later instance, each once.
func TestAuditSpool(t *testing.T) {
	t.Parallel()
	db, spool := open(t, "sqlite::memory:"), t.TempDir()+"/spool"
	s := &awayStore{Store: db}
	l := startLog(t, s, spool)
	for i := range 9 {
		s.away.Store(i%3 > 0)
		if err := l.Record(t.Context(), issued()); err != nil {
			t.Errorf("Record %d reports %v", i, err)
		}
	}
	_ = l.Close()
	waiting := audit.Spool{Folder: spool}.Waiting()
	if r := verified(t, db); waiting == 0 || int(r.Entries)+waiting != 9 {
		t.Errorf("%d entries and %d in the spool, want 9", r.Entries, waiting)
	}
	s.away.Store(false)
	next := startLog(t, s, spool)
	for (audit.Spool{Folder: spool}).Waiting() > 0 {
		if err := next.Record(t.Context(), issued()); err != nil {
			t.Fatal(err)
		}
	}
	_ = next.Close()
	r := verified(t, db)
	if len(r.Faults) > 0 || r.Entries < 9 {
		t.Errorf("Verify = %+v", r)
	}
	none := startLog(t, s, "")
	s.away.Store(true)
	if err := none.Record(t.Context(), issued()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Record without a spool reports %v", err)
	}
}

// sizeOf returns how many bytes of a database the audit trail takes.
func sizeOf(t *testing.T, url string) (bytes int64) {
	t.Helper()
	driver, name, query := "pgx", url, "SELECT pg_total_relation_size('audit_blocks') + pg_total_relation_size('audit_chains')"
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, name, query = "sqlite", file, "SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%audit%'"
	}
	raw, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	if err := raw.QueryRowContext(t.Context(), query).Scan(&bytes); err != nil {
		t.Fatal(err)
	}
	return bytes
}

// TestAuditSize: what a token costs in the database, indexes and all, with 32
// callers at once.
func TestAuditSize(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		if url == "sqlite::memory:" {
			return // it cannot be looked at from outside; the file is the same
		}
		db := open(t, url)
		const callers, each = 32, 120
		before := sizeOf(t, url)
		l := startLog(t, db, "")
		recordAll(t, l, callers, each)
		_ = l.Close()
		got := (sizeOf(t, url) - before) / (callers * each)
		t.Logf("%d blocks, %d bytes a token", verified(t, db).Blocks, got)
		if got > 150 {
			t.Errorf("a token takes %d bytes, want at most 150", got)
		}
	})
}

// recordAll records from several callers at once.
func recordAll(t testing.TB, l *audit.Log, callers, each int) {
	t.Helper()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				if err := l.Record(t.Context(), issued()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// TestAuditPruned: what is old is deleted from the beginning of each chain,
// again and again, and the rest still holds.
func TestAuditPruned(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db := open(t, url)
		now := clock.NewFrozen(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		const day = 24 * time.Hour
		const keep = 10 * day
		logs := make([]*audit.Log, 3)
		for i := range logs {
			logs[i] = &audit.Log{Store: db, Clock: now}
			logs[i].Start(t.Context())
			t.Cleanup(func() { _ = logs[i].Close() })
		}
		for d := range 30 {
			for i, l := range logs {
				if i == 0 && d > 5 || i == 1 && d%7 > 0 {
					continue // one ended early, one has little to do
				}
				c := storetest.NewConsent()
				e := noted(c.ID)
				e.At = now.Now()
				err := db.ConsentTx(t.Context(), func(tx consent.Tx) error { return tx.InsertConsent(t.Context(), c, e) })
				if err != nil {
					t.Fatal(err)
				}
				if err := l.Record(t.Context(), audit.Entry{At: now.Now(), Kind: "token.issued"}); err != nil {
					t.Fatal(err)
				}
			}
			now.Advance(day)
			if _, err := audit.Prune(t.Context(), db, now.Now().Add(-keep), now.Now()); err != nil {
				t.Fatal(err)
			}
			if r := verified(t, db); len(r.Faults) > 0 {
				t.Fatalf("day %d: Verify = %+v", d, r)
			}
		}
		r := verified(t, db)
		if r.Pruned < 20 || r.Entries > 14 || r.Chains != 3 {
			t.Errorf("Verify = %+v, want most of it deleted and 3 chains", r)
		}
	})
}

// BenchmarkAudit is the group commit of 32 callers, beside what they wait for
// without it: nothing.
func BenchmarkAudit(b *testing.B) {
	for name, url := range benchURLs(b) {
		db := open(b, url)
		b.Run(name, func(b *testing.B) {
			l := &audit.Log{Store: db, Clock: clock.Real{}}
			l.Start(b.Context())
			b.ReportAllocs()
			b.SetParallelism(max(1, 32/runtime.GOMAXPROCS(0)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := l.Record(b.Context(), issued()); err != nil {
						b.Error(err)
						return
					}
				}
			})
			_ = l.Close()
		})
	}
}
