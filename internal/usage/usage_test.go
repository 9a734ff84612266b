package usage_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/usage"
)

var (
	start = time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)
	key   = usage.Key{ClientID: "a", Context: scope.Private}
)

// memory is a store that all meters of a test share.
type memory struct {
	mu   sync.Mutex
	rows map[usage.Count]int64 // by Count with N 0
	fail error
}

func (s *memory) AddUsage(_ context.Context, counts []usage.Count, since int64) ([]usage.Count, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	for _, c := range counts {
		s.rows[usage.Count{Key: c.Key, Minute: c.Minute}] += c.N
	}
	var all []usage.Count
	for c, n := range s.rows {
		if c.Minute >= since {
			all = append(all, usage.Count{Key: c.Key, Minute: c.Minute, N: n})
		}
	}
	return all, nil
}

func (s *memory) SumUsage(_ context.Context, since int64) (map[string]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sums := map[string]int64{}
	for c, n := range s.rows {
		if c.Minute >= since {
			sums[c.ClientID] += n
		}
	}
	return sums, s.fail
}

func (s *memory) DeleteUsage(context.Context, int64) error { return nil }

func TestTake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		earlier  []time.Duration // before start, oldest first
		quota    int64
		want     bool
		wantWait time.Duration
	}{
		{"first", nil, 2, true, 0},
		{"second", []time.Duration{10 * time.Minute}, 2, true, 0},
		{"an hour and more ago", []time.Duration{61 * time.Minute, 70 * time.Minute}, 2, true, 0},

		{"third", []time.Duration{10 * time.Minute, time.Minute}, 2, false, 50*time.Minute + 30*time.Second},
		{"fourth waits for the second", []time.Duration{30 * time.Minute, 20 * time.Minute, 10 * time.Minute}, 2, false, 40*time.Minute + 30*time.Second},
		{"the minute of an hour ago counts whole", []time.Duration{time.Hour, time.Hour}, 2, false, 30 * time.Second},
		{"quota of nothing", nil, 0, false, time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var m usage.Meter
			for _, d := range tt.earlier {
				m.Add(key, start.Add(-d))
			}
			ok, wait := m.Take(key, start, tt.quota)
			if ok != tt.want || wait != tt.wantWait {
				t.Errorf("Take = %t, %v, want %t, %v", ok, wait, tt.want, tt.wantWait)
			}
			if !ok && tt.quota > 0 {
				if again, _ := m.Take(key, start.Add(wait), tt.quota); !again {
					t.Errorf("Take after the wait of %v is refused", wait)
				}
			}
		})
	}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	var m usage.Meter
	if ok, _ := m.Take(key, start, 1); !ok {
		t.Fatal("the first is refused")
	}
	m.Undo(key, start)
	if ok, _ := m.Take(key, start, 1); !ok {
		t.Error("refused though the first was taken back")
	}
	if ok, _ := m.Take(key, start, 1); ok {
		t.Error("one more than the quota")
	}
}

func TestKeysApart(t *testing.T) {
	t.Parallel()
	var m usage.Meter
	m.Add(key, start)
	for _, other := range []usage.Key{{ClientID: "b", Context: scope.Private}, {ClientID: "a", Context: scope.Corporate}} {
		if n, _ := m.State(other, start, 2); n != 0 {
			t.Errorf("State(%v) = %d, want 0", other, n)
		}
	}
}

func TestSyncMerges(t *testing.T) {
	t.Parallel()
	store := &memory{rows: map[usage.Count]int64{}}
	var a, b usage.Meter
	a.Add(key, start)
	a.Add(key, start)
	b.Add(key, start)
	for _, m := range []*usage.Meter{&a, &b, &a} {
		if err := m.Sync(t.Context(), store, start); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range []*usage.Meter{&a, &b} {
		if n, _ := m.State(key, start, 2); n != 3 {
			t.Errorf("State = %d, want 3", n)
		}
		if n, _ := m.State(key, start.Add(2*time.Hour), 2); n != 0 {
			t.Errorf("State two hours later = %d, want 0", n)
		}
	}
}

func TestSyncFails(t *testing.T) {
	t.Parallel()
	store := &memory{rows: map[usage.Count]int64{}, fail: errors.New("away")}
	var m usage.Meter
	m.Add(key, start)
	if err := m.Sync(t.Context(), store, start); !errors.Is(err, store.fail) {
		t.Fatalf("Sync reports %v, want %v", err, store.fail)
	}
	m.Add(key, start)
	store.fail = nil
	if err := m.Sync(t.Context(), store, start); err != nil {
		t.Fatal(err)
	}
	if n, _ := m.State(key, start, 2); n != 2 {
		t.Errorf("State = %d, want 2: none lost, none counted twice", n)
	}
}

// TestTakeConcurrently looks that no interleaving of takes and merges lets
// more through than the quota.
func TestTakeConcurrently(t *testing.T) {
	t.Parallel()
	store := &memory{rows: map[usage.Count]int64{}}
	var m usage.Meter
	var taken sync.Map
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				if ok, _ := m.Take(key, start, 50); ok {
					taken.Store([2]int{i, j}, true)
				}
				if j%20 == 0 {
					if err := m.Sync(context.Background(), store, start); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	n := 0
	taken.Range(func(any, any) bool { n++; return true })
	if n != 50 {
		t.Errorf("%d taken, want 50", n)
	}
}

func BenchmarkTake(b *testing.B) {
	var m usage.Meter
	b.ReportAllocs()
	for b.Loop() {
		m.Take(key, start, 2)
	}
}

// TestDay: a day's tokens are those of all instances and both contexts, since
// midnight UTC.
func TestDay(t *testing.T) {
	t.Parallel()
	shared := &memory{rows: map[usage.Count]int64{}}
	var here, there usage.Meter
	midnight := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	here.Add(key, midnight.Add(-time.Second))
	here.Add(key, midnight)
	here.Add(usage.Key{ClientID: "a", Context: scope.Corporate}, start)
	there.Add(key, start.Add(-3*time.Hour))
	there.Add(usage.Key{ClientID: "b", Context: scope.Private}, start)
	if got := here.Day("a", start); got != 2 {
		t.Errorf("Day before a Sync = %d, want 2", got)
	}
	for _, m := range []*usage.Meter{&there, &here} {
		if err := m.Sync(t.Context(), shared, start); err != nil {
			t.Fatal(err)
		}
	}
	here.Add(key, start)
	if got := here.Day("a", start); got != 4 {
		t.Errorf("Day after a Sync = %d, want 4", got)
	}
	if got := here.Day("a", start.Add(12*time.Hour)); got != 0 {
		t.Errorf("Day of the next day = %d, want 0", got)
	}
	shared.fail = errors.New("away")
	if err := here.Sync(t.Context(), shared, start); err == nil || here.Day("a", start) != 4 {
		t.Errorf("after a Sync that reports %v, Day = %d, want 4", err, here.Day("a", start))
	}
}
