package token

import (
	"sync"
	"time"

	"sluss.example/sluss/internal/problem"
)

const (
	// replaySlot is how long the proofs that are forgotten together were made.
	replaySlot = 15 // seconds
	// maxReplays bounds what is remembered: some 50 MB.
	maxReplays = 1 << 20
)

// A replayMemory remembers the proofs that this instance has seen at the APIs,
// for as long as they are good. The zero value is ready.
//
// A proof always has the same iat, so one slot of time tells whether it was
// seen, and a slot is dropped whole.
type replayMemory struct {
	mu    sync.Mutex // guards the fields below
	slots map[int64]map[[16]byte]struct{}
	count int
	swept int64 // the slot of the last sweep
}

// useOnce notes a proof with an iat, and reports whether it is the first use.
// It reports problem.Busy if there is no more room, since to forget one that
// is still good would let it pass again.
func (m *replayMemory) useOnce(key [32]byte, issued int64, now time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sweep(now)
	if m.count >= maxReplays {
		e := problem.New(problem.Busy, "too many calls with proofs at once; try again later")
		e.RetryAfter = busyRetry
		return false, e
	}
	slot := issued / replaySlot
	if m.slots == nil {
		m.slots = map[int64]map[[16]byte]struct{}{}
	}
	if m.slots[slot] == nil {
		m.slots[slot] = map[[16]byte]struct{}{}
	}
	short := [16]byte(key[:])
	if _, seen := m.slots[slot][short]; seen {
		return false, nil
	}
	m.slots[slot][short] = struct{}{}
	m.count++
	return true, nil
}

// sweep forgets the slots whose proofs are no longer good. The caller holds mu.
func (m *replayMemory) sweep(now time.Time) {
	current := now.Unix() / replaySlot
	if m.swept == current {
		return
	}
	m.swept = current
	for slot, seen := range m.slots {
		if time.Unix((slot+1)*replaySlot, 0).Add(proofAge + Skew).Before(now) {
			m.count -= len(seen)
			delete(m.slots, slot)
		}
	}
}
