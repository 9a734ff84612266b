// Package usage counts the tokens that apps ask for and holds the platform's
// rule: one active token for each PSU context, at most two an hour.
//
// A [Meter] counts in memory, by app, PSU context and minute. Nothing on the
// path of a request touches a store: [Meter.Sync] sends what was counted since
// the last time and takes in what other instances have counted, so a quota is
// exact on one instance and off by at most one Sync among several.
package usage

import (
	"context"
	"slices"
	"sync"
	"time"

	"sluss.example/sluss/internal/scope"
)

// A Policy says what happens to an app that asks for more tokens than it needs.
type Policy string

// The policies.
const (
	Advise  Policy = "advise"  // issue, count and tell the developer
	Reuse   Policy = "reuse"   // hand out the token that is still active
	Enforce Policy = "enforce" // refuse beyond the quota
)

// Window is the time over which a quota counts.
const Window = time.Hour

// A Key is what is counted separately.
type Key struct {
	ClientID string
	Context  scope.Context
}

// A Count is how many tokens were asked for within one minute.
type Count struct {
	Key
	Minute int64 // Unix minutes
	N      int64
}

// A Store merges the counts of all instances.
type Store interface {
	// AddUsage adds counts to those that are stored and returns the stored
	// counts of the minutes from since on, these included.
	AddUsage(ctx context.Context, counts []Count, since int64) ([]Count, error)
	// SumUsage returns how many tokens each app has, by client id, in the
	// minutes from since on.
	SumUsage(ctx context.Context, since int64) (map[string]int64, error)
	// DeleteUsage deletes the counts of the minutes before.
	DeleteUsage(ctx context.Context, before int64) error
}

// A Meter counts tokens. It is safe for concurrent use. The zero value is
// ready.
type Meter struct {
	mu sync.Mutex
	// merged are the counts of all instances as of the last Sync, by key and
	// oldest minute first; fresh are those counted here since, and sent those
	// that a Sync is sending just now.
	merged, fresh, sent map[Key][]bucket
	// days are the tokens of each app since the minute dayFrom, of all
	// instances as of the last Sync. They are summed up only once somebody has
	// asked for a Day: that reads more than an hour.
	days    map[string]int64
	dayFrom int64
	asked   bool

	syncing sync.Mutex // held by Sync
}

type bucket struct {
	minute int64
	n      int64
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

// Add counts one token for k at now.
func (m *Meter) Add(k Key, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(Count{k, minuteOf(now), 1})
}

// put counts c as fresh. The caller holds mu.
func (m *Meter) put(c Count) {
	if m.fresh == nil {
		m.fresh = map[Key][]bucket{}
	}
	m.fresh[c.Key] = plus(m.fresh[c.Key], bucket{c.Minute, c.N})
}

// plus adds b to buckets, which are sorted by minute.
func plus(buckets []bucket, b bucket) []bucket {
	i, found := slices.BinarySearchFunc(buckets, b.minute, func(e bucket, minute int64) int { return int(e.minute - minute) })
	if found {
		buckets[i].n += b.n
		return buckets
	}
	return slices.Insert(buckets, i, b)
}

// Take counts one token for k at now unless quota of them were counted within
// the last hour. If it refuses it returns how long to wait until the next one
// would be counted.
func (m *Meter) Take(k Key, now time.Time, quota int64) (ok bool, wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, wait = m.state(k, now, quota)
	if wait > 0 {
		return false, wait
	}
	m.put(Count{k, minuteOf(now), 1})
	return true, 0
}

// Undo takes back what was counted for k at now: no token came of it.
func (m *Meter) Undo(k Key, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(Count{k, minuteOf(now), -1})
}

// State returns how many tokens were counted for k within the last hour, and
// how long to wait until one more is within quota: 0 if it is now.
func (m *Meter) State(k Key, now time.Time, quota int64) (used int64, wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state(k, now, quota)
}

// state is State. The caller holds mu.
func (m *Meter) state(k Key, now time.Time, quota int64) (used int64, wait time.Duration) {
	buckets := m.used(k, now)
	for _, b := range buckets {
		used += b.n
	}
	if used < quota {
		return used, 0
	}
	left := used
	for _, b := range buckets {
		if left -= b.n; left < quota {
			return used, time.Unix((b.minute+1)*60, 0).Add(Window).Sub(now)
		}
	}
	return used, Window // a quota of nothing
}

// used returns the buckets of k that count at now, oldest first. The minute
// that is an hour ago counts whole, so that no hour ever holds more than the
// quota. The caller holds mu.
func (m *Meter) used(k Key, now time.Time) []bucket {
	var all []bucket
	oldest := minuteOf(now.Add(-Window))
	for _, buckets := range [][]bucket{m.merged[k], m.sent[k], m.fresh[k]} {
		for _, b := range buckets {
			if b.minute >= oldest {
				all = plus(all, b)
			}
		}
	}
	return all
}

// Day returns how many tokens the app has had since the UTC day of now began.
// Of those of more than an hour ago it knows from the next Sync on.
func (m *Meter) Day(clientID string, now time.Time) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = true
	from := dayOf(now)
	n := int64(0)
	recent := []map[Key][]bucket{m.sent, m.fresh}
	if m.dayFrom == from {
		n = m.days[clientID]
	} else {
		recent = append(recent, m.merged)
	}
	for _, c := range scope.Contexts() {
		for _, counts := range recent {
			for _, b := range counts[Key{clientID, c}] {
				if b.minute >= from {
					n += b.n
				}
			}
		}
	}
	return n
}

// dayOf returns the first minute of the UTC day of now.
func dayOf(now time.Time) int64 { return minuteOf(now.UTC().Truncate(24 * time.Hour)) }

// sumDay asks for the tokens of the day, if anybody wants to know.
func (m *Meter) sumDay(ctx context.Context, store Store, now time.Time) (map[string]int64, error) {
	m.mu.Lock()
	asked := m.asked
	m.mu.Unlock()
	if !asked {
		return nil, nil
	}
	return store.SumUsage(ctx, dayOf(now))
}

// Sync merges the counts with those of the other instances. If it fails the
// counts are kept for the next time. One Sync runs at a time.
func (m *Meter) Sync(ctx context.Context, store Store, now time.Time) error {
	m.syncing.Lock()
	defer m.syncing.Unlock()
	counts := m.send()
	stored, err := store.AddUsage(ctx, counts, minuteOf(now.Add(-Window)))
	if err != nil {
		return m.keep(counts, err)
	}
	days, err := m.sumDay(ctx, store, now)

	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = nil
	if days != nil {
		m.days, m.dayFrom = days, dayOf(now)
	} else if err != nil && m.dayFrom == dayOf(now) {
		for _, c := range counts { // they are stored, but not in the sum
			m.days[c.ClientID] += c.N
		}
	}
	m.merged = make(map[Key][]bucket, len(m.merged))
	for _, c := range stored {
		m.merged[c.Key] = plus(m.merged[c.Key], bucket{c.Minute, c.N})
	}
	return err
}

// keep takes back what could not be sent.
func (m *Meter) keep(counts []Count, err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = nil
	for _, c := range counts {
		m.put(c)
	}
	return err
}

// send sets the fresh counts aside, where they still count, and returns them.
func (m *Meter) send() []Count {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent, m.fresh = m.fresh, nil
	var counts []Count
	for k, buckets := range m.sent {
		for _, b := range buckets {
			counts = append(counts, Count{k, b.minute, b.n})
		}
	}
	return counts
}
