package storetest

import (
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/usage"
)

func testAccess(t *testing.T, s Store) {
	steps := []struct {
		key, day string
		limit    int
		want     bool
	}{
		{"k", "2026-11-23", 2, true},
		{"k", "2026-11-23", 2, true},
		{"k", "2026-11-23", 2, false},
		{"k", "2026-11-23", 2, false},
		{"k", "2026-11-23", 3, true}, // what was refused was not counted
		{"k", "2026-11-24", 1, true},
		{"l", "2026-11-23", 1, true},
		{"m", "2026-11-23", 0, false},
	}
	for i, st := range steps {
		got, err := s.CountAccess(t.Context(), st.key, st.day, st.limit)
		if got != st.want || err != nil {
			t.Errorf("step %d: CountAccess(%s, %s, %d) = %v, %v, want %v", i, st.key, st.day, st.limit, got, err, st.want)
		}
	}
}

func testAccessConcurrent(t *testing.T, s Store) {
	var counted atomic.Int32
	together(t, 12, func(int) error {
		ok, err := s.CountAccess(t.Context(), "k", "2026-11-23", 4)
		if ok {
			counted.Add(1)
		}
		return err
	})
	if n := counted.Load(); n != 4 {
		t.Errorf("%d calls were counted, the limit is 4", n)
	}
}

func testUsage(t *testing.T, s Store) {
	count := func(app string, minute, n int64) usage.Count {
		return usage.Count{Key: usage.Key{ClientID: app, Context: scope.Private}, Minute: minute, N: n}
	}
	if _, err := s.AddUsage(t.Context(), []usage.Count{count("a", 9, 1), count("a", 10, 1), count("b", 10, 5)}, 0); err != nil {
		t.Fatal(err)
	}
	got, err := s.AddUsage(t.Context(), []usage.Count{count("a", 10, 2), count("a", 11, 1)}, 10)
	want := []usage.Count{count("a", 10, 3), count("b", 10, 5), count("a", 11, 1)}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("AddUsage reports %v (-want +got)\n%s", err, diff)
	}
	sums, err := s.SumUsage(t.Context(), 10)
	if diff := cmp.Diff(map[string]int64{"a": 4, "b": 5}, sums); diff != "" || err != nil {
		t.Errorf("SumUsage reports %v (-want +got)\n%s", err, diff)
	}
	if err := s.DeleteUsage(t.Context(), 11); err != nil {
		t.Error(err)
	}
	got, err = s.AddUsage(t.Context(), nil, 0)
	if diff := cmp.Diff(want[2:], got); diff != "" || err != nil {
		t.Errorf("AddUsage after DeleteUsage reports %v (-want +got)\n%s", err, diff)
	}
}

func testUsageConcurrent(t *testing.T, s Store) {
	c := usage.Count{Key: usage.Key{ClientID: "a", Context: scope.Corporate}, Minute: 1, N: 3}
	together(t, 8, func(int) error {
		_, err := s.AddUsage(t.Context(), []usage.Count{c}, 0)
		return err
	})
	got, err := s.AddUsage(t.Context(), nil, 0)
	c.N *= 8
	if diff := cmp.Diff([]usage.Count{c}, got); diff != "" || err != nil {
		t.Errorf("AddUsage reports %v (-want +got)\n%s", err, diff)
	}
}
