package token

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// at is a time of the tests, within a minute.
func at(seconds int) time.Time {
	return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

func from(id, address string) Attempt { return Attempt{id, netip.MustParseAddr(address)} }

func never() bool { return false }

// fail counts n failed attempts at seconds.
func (g *Guard) fail(t Attempt, n, seconds int) {
	for range n {
		g.tried(t, false, at(seconds), never)
	}
}

func TestGuardNetwork(t *testing.T) {
	t.Parallel()
	g := &Guard{PerNetwork: 3}
	for i := range 3 {
		if wait := g.wait(from("a", fmt.Sprint("192.0.2.", i)), at(i), never); wait != 0 {
			t.Errorf("attempt %d waits %v", i, wait)
		}
		g.fail(from("a", fmt.Sprint("192.0.2.", i)), 1, i)
	}
	g.fail(from("a", "2001:db8::1"), 3, 2)
	tests := []struct {
		name    string
		attempt Attempt
		at      int
		refused bool
	}{
		{"same network", from("a", "192.0.2.200"), 3, true},
		{"another app from there", from("b", "192.0.2.1"), 3, true},
		{"IPv4 within IPv6", from("a", "::ffff:192.0.2.1"), 3, true},
		{"same /64", from("a", "2001:db8::ffff:ffff:ffff:ffff"), 3, true},
		{"half a minute later", from("a", "192.0.2.1"), 30, true},

		{"another network", from("a", "192.0.3.1"), 3, false},
		{"another /64", from("a", "2001:db8:0:1::1"), 3, false},
		{"nobody knows from where", Attempt{ClientID: "a"}, 3, false},
		{"a good while later", from("a", "192.0.2.1"), 61, false},
	}
	for _, tt := range tests {
		wait := g.wait(tt.attempt, at(tt.at), never)
		if (wait > 0) != tt.refused || wait > 2*time.Minute {
			t.Errorf("%s: wait = %v, want it refused: %t", tt.name, wait, tt.refused)
		}
	}
}

// TestGuardWait: who comes when it was told to is listened to, and not much
// before.
func TestGuardWait(t *testing.T) {
	t.Parallel()
	for failures := range 40 {
		for second := range 60 {
			g := &Guard{PerNetwork: 5}
			a := from("a", "192.0.2.1")
			g.fail(a, failures/2, second-40)
			g.fail(a, failures-failures/2, second)
			wait := g.wait(a, at(second), never)
			if wait == 0 {
				continue
			}
			if early := g.wait(a, at(second).Add(wait-time.Second), never); wait > time.Second && early == 0 {
				t.Fatalf("%d failures at %d s: told to wait %v, which is too long", failures, second, wait)
			}
			if again := g.wait(a, at(second).Add(wait+time.Millisecond), never); again != 0 {
				t.Fatalf("%d failures at %d s: told to wait %v, and then %v", failures, second, wait, again)
			}
		}
	}
}

// TestGuardTotal: a botnet has one guess for each network, and who comes from
// a clean network is listened to.
func TestGuardTotal(t *testing.T) {
	t.Parallel()
	g := &Guard{PerNetwork: 10, Total: 50}
	for i := range 50 {
		g.fail(from("victim", fmt.Sprintf("10.0.%d.1", i)), 1, 0)
	}
	if g.wait(from("victim", "10.0.7.1"), at(1), never) == 0 {
		t.Error("a network that has guessed is listened to")
	}
	if wait := g.wait(from("victim", "192.0.2.1"), at(1), never); wait != 0 {
		t.Errorf("the app waits %v elsewhere", wait)
	}
}

// TestGuardKnown: neighbours of an app do not lock it out where it has logged
// in before; its own failures do.
func TestGuardKnown(t *testing.T) {
	t.Parallel()
	g := &Guard{PerNetwork: 3, Total: 100}
	good := from("good", "192.0.2.1")
	g.tried(good, true, at(0), never)
	g.fail(from("stranger", "192.0.2.2"), 200, 1)
	if wait := g.wait(good, at(2), never); wait != 0 {
		t.Errorf("the app waits %v because of a neighbour", wait)
	}
	if g.wait(from("other", "192.0.2.1"), at(2), never) == 0 {
		t.Error("an app that nobody knows there is listened to")
	}
	if wait := g.wait(from("other", "192.0.2.1"), at(2), func() bool { return true }); wait != 0 {
		t.Errorf("an app that was there before the start waits %v", wait)
	}
	if wait := g.wait(from("GOOD", "192.0.2.9"), at(2), never); wait != 0 {
		t.Errorf("the app waits %v in upper case", wait)
	}
	g.fail(good, 3, 3)
	if g.wait(good, at(4), never) == 0 {
		t.Error("the app's own failures do not count")
	}
}

// TestGuardBounded: strangers cannot fill the memory.
func TestGuardBounded(t *testing.T) {
	t.Parallel()
	g := &Guard{PerNetwork: 3}
	for i := range 3 * maxTally {
		var ip [16]byte
		ip[0], ip[1], ip[2], ip[3] = 0x20, byte(i>>16), byte(i>>8), byte(i)
		g.tried(Attempt{fmt.Sprint("made up ", i), netip.AddrFrom16(ip)}, false, at(0), never)
	}
	if n := len(g.failed.young); n > maxTally {
		t.Errorf("%d networks are kept", n)
	}
	if len(g.known.young) > 0 {
		t.Error("made-up ids are kept")
	}
	g.fail(from("a", "192.0.2.1"), 1, 121)
	if n := len(g.failed.young) + len(g.failed.old); n != 1 {
		t.Errorf("%d networks are kept two minutes later", n)
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	var b buckets
	l := Limits{PerSecond: 2, Burst: 3}
	steps := []struct {
		id   string
		at   time.Duration
		wait time.Duration
	}{
		{"a", 0, 0},
		{"a", 0, 0},
		{"a", 0, 0},
		{"a", 0, 500 * time.Millisecond},
		{"b", 0, 0},
		{"a", 250 * time.Millisecond, 250 * time.Millisecond},
		{"a", 500 * time.Millisecond, 0},
		{"a", 500 * time.Millisecond, 500 * time.Millisecond},
		{"a", time.Hour, 0},
		{"a", time.Hour, 0},
		{"a", time.Hour, 0},
		{"a", time.Hour, 500 * time.Millisecond},
	}
	for i, s := range steps {
		if got := b.take(s.id, l, at(0).Add(s.at)); got != s.wait {
			t.Errorf("step %d: take = %v, want %v", i, got, s.wait)
		}
	}
	for i := range 2 * maxBuckets {
		b.take(fmt.Sprint(i), l, at(7200+i))
	}
	if n := len(b.byID); n > maxBuckets {
		t.Errorf("%d buckets are kept", n)
	}
}

func BenchmarkGuard(b *testing.B) {
	g := &Guard{PerNetwork: 60, Total: 6000}
	a := from("a", "192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		if g.wait(a, at(0), never) > 0 {
			b.Fatal("refused")
		}
		g.tried(a, true, at(0), never)
	}
}
