package store_test

import (
	"testing"
	"time"

	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/store/storetest"
)

// TestCopyRequests copies logged requests, counts them, and finds those that a
// filter picks, each by an index.
func TestCopyRequests(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		ctx, db := t.Context(), open(t, url)
		tell := func(int) {}
		if err := db.CopyRequests(ctx, 10, time.Hour, tell); err == nil {
			t.Error("CopyRequests of none reports no fault")
		}
		at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		var all []reqlog.Entry
		for i, status := range []int{200, 302, 404, 404, 503} {
			e := reqlog.Entry{ClientID: "a", At: at.Add(-time.Duration(i) * time.Minute), Method: "GET", Path: "/x", BICFI: "ESSESESS", Status: status}
			if status == 503 {
				e.Method, e.BICFI, e.Code = "PUT", "HANDSESS", "SERVICE_UNAVAILABLE"
			}
			all = append(all, e)
		}
		if err := db.InsertRequests(ctx, all); err != nil {
			t.Fatal(err)
		}
		if err := db.CopyRequests(ctx, 10, time.Hour, tell); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			f    reqlog.Filter
			want int
		}{
			{reqlog.Filter{}, 15},
			{reqlog.Filter{Class: 2}, 3},
			{reqlog.Filter{Class: 3}, 3},
			{reqlog.Filter{Class: 4}, 6},
			{reqlog.Filter{Class: 5}, 3},
			{reqlog.Filter{Code: "SERVICE_UNAVAILABLE"}, 3},
			{reqlog.Filter{BICFI: "HANDSESS"}, 3},
			{reqlog.Filter{Method: "PUT", Class: 4}, 0},
		} {
			tt.f.ClientID, tt.f.Limit = "a", 100
			if got, err := db.Requests(ctx, tt.f); err != nil || len(got) != tt.want {
				t.Errorf("Requests(%+v) = %d of them, %v, want %d", tt.f, len(got), err, tt.want)
			}
		}
		for _, tt := range []struct {
			since                    time.Time
			limit                    int
			total, refused, failures int
		}{
			{at.Add(-90 * time.Minute), 100, 10, 4, 2},
			{at.Add(-90 * time.Minute), 3, 3, 2, 1},
			{at.Add(time.Minute), 100, 0, 0, 0},
		} {
			total, failed, err := db.CountRequests(ctx, "a", tt.since, tt.limit)
			if err != nil || total != tt.total || failed[4] != tt.refused || failed[5] != tt.failures {
				t.Errorf("CountRequests since %s, to %d = %d, %v, %v, want %+v", tt.since, tt.limit, total, failed, err, tt)
			}
		}
	})
}
