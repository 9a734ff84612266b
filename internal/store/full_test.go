package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
)

// TestFull fills a SQLite file up to a limit of pages, which is to SQLite what
// a full disk is: a clear error, nothing broken, and all is well once there is
// room.
func TestFull(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := Open(ctx, Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "sluss.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		t.Helper()
		// Pragmas of a connection reach the one writer.
		if _, err := db.write.DB.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	write := func(n int) error { return writeEvent(ctx, db, n) }
	limit(150)
	stored := 0
	for err = nil; err == nil && stored < 10_000; stored++ {
		err = write(stored)
	}
	stored-- // the last one failed
	if !errors.Is(err, ErrUnavailable) || !problem.Is(err, problem.Busy) || !strings.Contains(err.Error(), "full") {
		t.Fatalf("a change on a full disk reports %v", err)
	}
	checkWhole(t, db, stored)
	if err := write(stored); !errors.Is(err, ErrUnavailable) {
		t.Errorf("the next change reports %v", err)
	}
	limit(1 << 20)
	if err := write(stored); err != nil {
		t.Errorf("a change once there is room reports %v", err)
	}
	checkWhole(t, db, stored+1)
}

// writeEvent stores an event in a transaction.
func writeEvent(ctx context.Context, db *DB, n int) error {
	return db.tx(ctx, func(q querier) error {
		return insertEvents(ctx, q, []event.Event{{
			ID: fmt.Sprint(n), Type: "x", Subject: "s", At: time.Unix(int64(n)+1, 0), Detail: strings.Repeat("d", 300),
		}})
	})
}

// checkWhole checks that the file is sound, and that n events have their audit
// rows and nothing else is there.
func checkWhole(t *testing.T, db *DB, n int) {
	t.Helper()
	var answer string
	if err := db.read.DB.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&answer); err != nil || answer != "ok" {
		t.Errorf("integrity_check = %s, %v", answer, err)
	}
	var events, rows int
	err := db.read.DB.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM audit)").Scan(&events, &rows)
	if err != nil || events != n || rows != n {
		t.Errorf("%d events and %d audit rows (%v), want %d", events, rows, err, n)
	}
}
