package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
)

// TestAuditRowsByIndex: whatever an operator looks for, no query reads the
// trail from its beginning to its end.
func TestAuditRowsByIndex(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "sluss.db")})
	if err == nil {
		err = db.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	explain := func(query string, args ...any) {
		steps, err := scanAll(t.Context(), db.read, func(row scanner) (step string, err error) {
			var ignored any
			err = row.Scan(&ignored, &ignored, &ignored, &step)
			return step, err
		}, "EXPLAIN QUERY PLAN "+query, args...)
		if err == nil && len(steps) == 0 {
			err = errors.New("no plan")
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			if strings.HasPrefix(step, "SCAN audit") && step != "SCAN audit USING INDEX audit_by_time" ||
				strings.Contains(query, "type = ") && strings.HasPrefix(step, "SEARCH audit") && !strings.Contains(step, "USING INDEX audit_by_type (type=? AND ") {
				t.Errorf("%q in\n%s", step, query)
			}
		}
	}
	explain(typesQuery, 1, "x")
	for _, f := range []audit.Filter{{}, {BeforeID: "y"}, {Subject: "s"}, {Subject: "s", Type: "x", BeforeID: "y"}} {
		query, args := pageOfRows(&f, []string{""})
		explain(query, args...)
	}
	query, args := pageOfRows(&audit.Filter{BeforeID: "y"}, []string{"a", "b"})
	explain(query, args...)
}

// BenchmarkAuditRows is a page of a trail with as many rows as SLUSS_BENCH_ROWS
// says, by default 20,000, of which hardly any are of the types looked for. The
// database in SLUSS_BENCH_URL must be empty; by default it is a file.
func BenchmarkAuditRows(b *testing.B) {
	rows, url := 20_000, "sqlite:"+filepath.Join(b.TempDir(), "sluss.db")
	if n, err := strconv.Atoi(os.Getenv("SLUSS_BENCH_ROWS")); err == nil {
		rows = n
	}
	if u := os.Getenv("SLUSS_BENCH_URL"); u != "" {
		url = u
	}
	db, err := Open(b.Context(), Options{URL: url})
	if err == nil {
		err = db.Migrate(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	types := []string{"payment.RCVD", "payment.PDNG", "payment.ACSC", "consent.valid"}
	for i := 0; i < rows; {
		var all []event.Event
		for last := min(i+500, rows); i < last; i++ {
			all = append(all, event.Event{ID: ident.NewUUID(), Type: types[i%len(types)], Subject: ident.NewUUID(), At: start.Add(time.Duration(i) * time.Second)})
		}
		all[0].Type = fmt.Sprint("app.", i%3)
		if err := db.tx(b.Context(), func(q querier) error { return insertEvents(b.Context(), q, all) }); err != nil {
			b.Fatal(err)
		}
	}
	for _, f := range []audit.Filter{{}, {Type: "no.such"}, {Type: "app."}, {Type: "p"}, {Type: "payment.no"}, {Type: "app.", Before: start.Add(time.Duration(rows/2) * time.Second), BeforeID: "x"}} {
		f.Limit = 51
		b.Run("type "+f.Type+f.BeforeID, func(b *testing.B) {
			for b.Loop() {
				if _, err := db.AuditRows(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
