package token

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/problem"
)

// A Guard limits how often credentials may be wrong, for each network and for
// all together. A network past its limit is not listened to for a while, so
// its guesses are not even looked at.
//
// Nobody can lock an app out from elsewhere: only the network that guesses is
// refused, never the app. When all networks together are past the limit, one
// wrong try is enough to be refused, but each has that one. And where an app
// has logged in before, it is held only to the wrong tries for itself, so that
// its neighbours in the network do not lock it out either.
//
// It takes a bounded amount of memory, and real time, since a business clock
// may stand still. The zero value limits nothing.
type Guard struct {
	// PerNetwork and Total are how many wrong tries a minute there may be from
	// one network and in all. No limit if zero.
	PerNetwork, Total int64

	mu      sync.Mutex // guards the fields below
	failed  tally
	all     tally
	known   tally
	ignored int64
}

const (
	guardMinute = time.Minute
	guardKnown  = 24 * time.Hour // how long, at least, a network is known to be an app's
)

// A guardKey is what is counted: a network, or an app in a network.
type guardKey struct {
	clientID string
	network  netip.Prefix
}

// An Attempt is who tries to authenticate: the client id that it names, empty
// if none, and the address that it comes from, which may be zero.
type Attempt struct {
	ClientID string
	From     netip.Addr
}

// guardNetwork returns the network of an address: 24 bits of an IPv4 address,
// and 64 of an IPv6 address, which is what one customer has at least.
func guardNetwork(a netip.Addr) netip.Prefix {
	if !a.IsValid() {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits) // never fails with so many bits
	return p
}

// Welcome reports problem.AccessExceeded, with when to come again, if nobody
// listens to the attempt because of those before it.
func (s *Service) Welcome(t Attempt) error {
	now := clock.Real{}.Now()
	wait := s.Guard.wait(t, now, func() bool { return s.usedFrom(t) })
	if wait == 0 {
		return nil
	}
	e := problem.New(problem.AccessExceeded, "too many wrong credentials from this network; try again later")
	e.RetryAfter = wait
	return e
}

// Tried takes in how an attempt ended that was welcome.
func (s *Service) Tried(t Attempt, good bool) {
	now := clock.Real{}.Now()
	s.Guard.tried(t, good, now, func() bool { return s.usedFrom(t) })
}

// Ignored returns how many attempts were not listened to since the last call.
func (s *Service) Ignored() int64 {
	s.Guard.mu.Lock()
	defer s.Guard.mu.Unlock()
	n := s.Guard.ignored
	s.Guard.ignored = 0
	return n
}

// usedFrom reports whether a secret of the app was last used from the network.
func (s *Service) usedFrom(t Attempt) bool {
	a := s.find(t.ClientID)
	if a == nil || !t.From.IsValid() {
		return false
	}
	network := app.NetworkOf(t.From)
	for i := range a.Secrets {
		if a.Secrets[i].LastUsedFrom == network {
			return true
		}
	}
	return false
}

// wait returns how long nobody listens to t; 0 if somebody does now. Used tells
// whether the app was used from the network before this process began.
func (g *Guard) wait(t Attempt, now time.Time, used func() bool) time.Duration {
	key := guardKey{network: guardNetwork(t.From)}
	if !key.network.IsValid() || g.PerNetwork == 0 && g.Total == 0 {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	limit := g.PerNetwork
	if g.Total > 0 && g.all.wait(guardKey{}, now, g.Total) > 0 {
		limit = 1
	}
	if limit == 0 {
		return 0
	}
	wait := g.failed.wait(key, now, limit)
	if wait > 0 && g.isKnown(t, now, used) {
		wait = 0
		if key.clientID = strings.ToLower(t.ClientID); g.PerNetwork > 0 {
			wait = g.failed.wait(key, now, g.PerNetwork)
		}
	}
	if wait > 0 {
		g.ignored++
	}
	return wait
}

// isKnown reports whether the app has logged in from the network before. The
// caller holds mu.
func (g *Guard) isKnown(t Attempt, now time.Time, used func() bool) bool {
	key := guardKey{strings.ToLower(t.ClientID), guardNetwork(t.From)}
	return key.clientID != "" && (g.known.count(key, now) > 0 || used())
}

// tried counts how an attempt ended.
func (g *Guard) tried(t Attempt, good bool, now time.Time, used func() bool) {
	network := guardNetwork(t.From)
	if !network.IsValid() || g.PerNetwork == 0 && g.Total == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	key := guardKey{strings.ToLower(t.ClientID), network}
	if good {
		if g.known.count(key, now) == 0 {
			g.known.add(key, now, guardKnown)
		}
		return
	}
	g.all.add(guardKey{}, now, guardMinute)
	g.failed.add(guardKey{network: network}, now, guardMinute)
	if g.isKnown(t, now, used) { // so nobody can fill the memory with made-up ids
		g.failed.add(key, now, guardMinute)
	}
}

// maxTally bounds the keys of a tally's period. Those that come when it is
// full are not counted.
const maxTally = 1 << 16

// A tally counts by key over a sliding period: the count of the last whole
// period fades out while the present one goes on. The zero value is ready.
type tally struct {
	period     time.Duration
	number     int64 // of the present period
	young, old map[guardKey]int64
}

// turn moves on to the period of now.
func (t *tally) turn(now time.Time) {
	if t.period == 0 {
		return
	}
	number := now.UnixNano() / int64(t.period)
	switch {
	case number <= t.number: // also if the wall clock was set back
		return
	case number == t.number+1:
		t.old = t.young
	default:
		t.old = nil
	}
	t.number, t.young = number, nil
}

// add counts one for k.
func (t *tally) add(k guardKey, now time.Time, period time.Duration) {
	t.period = period
	t.turn(now)
	if t.young == nil {
		t.young = map[guardKey]int64{}
	}
	if _, there := t.young[k]; there || len(t.young) < maxTally {
		t.young[k]++
	}
}

// count returns the counts of k, in the present and the last period.
func (t *tally) count(k guardKey, now time.Time) int64 {
	t.turn(now)
	return t.young[k] + t.old[k]
}

// wait returns how long it takes until less than limit are counted for k: 0 if
// that is so now.
func (t *tally) wait(k guardKey, now time.Time, limit int64) time.Duration {
	if t.count(k, now) < limit {
		return 0
	}
	young, old := float64(t.young[k]), float64(t.old[k])
	left := 1 - float64(now.UnixNano()%int64(t.period))/float64(t.period) // of the present period
	most := float64(limit)
	switch {
	case young+old*left < most:
		return 0
	case young < most:
		left -= (most - young) / old
	default:
		left += 1 - most/young
	}
	return max(time.Duration(left*float64(t.period)), time.Millisecond)
}
