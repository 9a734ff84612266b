package token

import (
	"encoding/binary"
	"testing"
	"time"

	"sluss.example/sluss/internal/problem"
)

func TestReplayMemory(t *testing.T) {
	t.Parallel()
	var m replayMemory
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	use := func(key byte, issued, at time.Time) bool {
		t.Helper()
		first, err := m.useOnce([32]byte{key}, issued.Unix(), at)
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	if !use(1, now, now) || use(1, now, now) || !use(2, now, now) {
		t.Error("a proof can be used twice, or a second one not at all")
	}
	// As long as it is good it is remembered.
	last := now.Add(proofAge + Skew - time.Second)
	if use(1, now, last) || m.count != 2 {
		t.Errorf("the proof is forgotten while it is good; %d are remembered", m.count)
	}
	if !use(3, last, now.Add(proofAge+Skew+2*replaySlot*time.Second)) || m.count != 1 || len(m.slots) != 1 {
		t.Errorf("%d are remembered in %d slots, want the last one", m.count, len(m.slots))
	}
}

// TestReplayMemoryFull has more proofs at once than there is room for: they
// are refused, not forgotten.
func TestReplayMemoryFull(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	m := replayMemory{count: maxReplays - 1, swept: now.Unix() / replaySlot}
	key := func(n uint64) (k [32]byte) {
		binary.BigEndian.PutUint64(k[:], n)
		return k
	}
	if first, err := m.useOnce(key(1), now.Unix(), now); !first || err != nil {
		t.Errorf("the last one is answered %t, %v", first, err)
	}
	if first, err := m.useOnce(key(2), now.Unix(), now); first || !problem.Is(err, problem.Busy) {
		t.Errorf("one too many is answered %t, %v, want busy", first, err)
	}
}

func TestNonces(t *testing.T) {
	t.Parallel()
	n, same, other := NewNonces([32]byte{1}), NewNonces([32]byte{1}), NewNonces([32]byte{2})
	now := time.Date(2026, 11, 23, 12, 1, 0, 0, time.UTC)
	nonce := n.At(now)
	if nonce != same.At(now.Add(time.Minute)) || nonce == n.At(now.Add(nonceEvery)) || nonce == other.At(now) || len(nonce) != 24 {
		t.Errorf("the nonces are %q and %q", nonce, same.At(now))
	}
	for after, want := range map[time.Duration]bool{
		0: true, nonceEvery: true, -nonceEvery: true, 2 * nonceEvery: false, -2 * nonceEvery: false,
	} {
		if got := same.Good(nonce, now.Add(after)); got != want {
			t.Errorf("after %s the nonce is good: %t", after, got)
		}
	}
	for _, bad := range []string{"", nonce[:23], nonce + "A", other.At(now)} {
		if n.Good(bad, now) {
			t.Errorf("%q is good", bad)
		}
	}
}

func BenchmarkNonces(b *testing.B) {
	n := NewNonces([32]byte{1})
	now := time.Date(2026, 11, 23, 12, 1, 0, 0, time.UTC)
	nonce := n.At(now)
	b.ReportAllocs()
	for b.Loop() {
		if !n.Good(nonce, now) {
			b.Fatal("not good")
		}
	}
}
