package store_test

import (
	"bytes"
	"context"
	"errors"
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
		if r.Blocks > 200 {
			t.Errorf("%d blocks for 322 entries: they are not committed in groups", r.Blocks)
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

// TestAuditSize: what a token costs with 32 and with 256 callers.
func TestAuditSize(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite::memory:")
	for _, size := range []int{32, 256} {
		l := startLog(t, db, "")
		var all sync.WaitGroup
		for range size {
			all.Go(func() {
				for range 20 {
					if err := l.Record(t.Context(), issued()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		_ = l.Close()
		var blocks []audit.Block
		err := db.ReadAudit(t.Context(), func(r audit.Reader) (err error) {
			blocks, err = r.Blocks(t.Context(), l.Chain(), 0, 1000)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		const rest = 350 // the other columns and the indexes of a block
		bytes := 0
		for _, b := range blocks {
			bytes += len(b.Body) + rest
		}
		each := bytes / (20 * size)
		t.Logf("%d callers: %d blocks, %d bytes a token", size, len(blocks), each)
		if each > 150 {
			t.Errorf("a token takes %d bytes, want at most 150", each)
		}
	}
}
