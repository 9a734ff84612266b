package store

import (
	"context"
	"strings"
	"testing"

	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/clock"
)

// TestAuditTampered: every way to change the trail is seen.
func TestAuditTampered(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, change, want string }{
		{"nothing", "SELECT 1", ""},

		{"row changed", "UPDATE audit SET detail = 'other' WHERE id = '1'", "audit row"},
		{"row removed", "DELETE FROM audit WHERE id = '1'", "audit row"},
		{"row taken out", "UPDATE audit SET chain = NULL, position = NULL WHERE id = '1'", "audit row"},
		{"row of no block", "UPDATE audit SET position = 99 WHERE id = '1'", "block that is not there"},
		{"body changed", "UPDATE audit_blocks SET body = (SELECT body FROM audit_blocks WHERE position = 3 AND chain = first.chain) FROM (SELECT chain FROM audit_chains ORDER BY since, chain LIMIT 1) AS first WHERE position = 2 AND audit_blocks.chain = first.chain", "was changed"},
		{"time changed", "UPDATE audit_blocks SET at = at + 1 WHERE position = 2", "was changed"},
		{"block removed", "DELETE FROM audit_blocks WHERE position = 2", "follows block"},
		{"anchor removed", "UPDATE audit_blocks SET anchor_chain = NULL, anchor_position = NULL, anchor_hash = NULL WHERE anchor_chain IS NOT NULL", "was changed"},
		{"end removed", "DELETE FROM audit_blocks WHERE position = 3", "its head"},
		{"old blocks removed by hand", "DELETE FROM audit_blocks WHERE position = 1", "follows block"},
		{"called old by hand", "UPDATE audit_chains SET pruned_position = 3, pruned_hash = hash", "no audit row says"},
		{"chain removed", "DELETE FROM audit_chains WHERE chain IN (SELECT anchor_chain FROM audit_blocks WHERE anchor_chain IS NOT NULL)", "is gone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := trail(t)
			if _, err := db.write.DB.ExecContext(t.Context(), tt.change); err != nil {
				t.Fatal(err)
			}
			var report audit.Report
			err := db.ReadAudit(t.Context(), func(r audit.Reader) (err error) {
				report, err = audit.Verify(t.Context(), r)
				return err
			})
			got := strings.Join(report.Faults, "\n")
			if err != nil || (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("Verify reports %v and faults %q, want something about %q", err, got, tt.want)
			}
		})
	}
}

// trail returns a database with two chains of three blocks, the second
// anchored in the first, which seals five rows.
func trail(t *testing.T) *DB {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	db, err := Open(ctx, Options{URL: "sqlite::memory:"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		if err := writeEvent(ctx, db, n); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		l := &audit.Log{Store: db, Clock: clock.Real{}}
		l.Start(ctx)
		for _, id := range []string{"a", "b", "c"} {
			if err := l.Record(ctx, audit.Entry{Kind: "token.issued", TokenID: id}); err != nil {
				t.Fatal(err)
			}
		}
		_ = l.Close()
	}
	return db
}
