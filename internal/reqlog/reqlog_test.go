package reqlog_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sluss.example/sluss/internal/reqlog"
)

// A memory is a store of which only the writing part is asked.
type memory struct {
	reqlog.Store
	mu  sync.Mutex
	all []reqlog.Entry
}

func (m *memory) InsertRequests(_ context.Context, entries []reqlog.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, entries...)
	return nil
}

func TestLog(t *testing.T) {
	t.Parallel()
	m := &memory{}
	l := reqlog.New(m)
	for range 9000 {
		l.Note(reqlog.Entry{ClientID: "a", Path: "/x"})
	}
	l.Note(reqlog.Entry{Path: "/nobody's"})
	if l.Dropped() != 9000-8192 || l.Waiting() != 8192 {
		t.Errorf("dropped %d, waiting %d; want the queue full and the rest dropped", l.Dropped(), l.Waiting())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Run(ctx) // writes what is left
	if len(m.all) != 8192 || l.Waiting() != 0 {
		t.Errorf("%d written, %d waiting", len(m.all), l.Waiting())
	}
}

// TestFlood: successes do not push out what went wrong.
func TestFlood(t *testing.T) {
	t.Parallel()
	l := reqlog.New(&memory{})
	note := func(status, n int) {
		for range n {
			if l.Wants(status) {
				l.Note(reqlog.Entry{ClientID: "a", Status: status})
			}
		}
	}
	note(200, 3000)
	if l.Waiting() != 1024 || l.Dropped() != 1976 {
		t.Errorf("%d of 3000 successes wait, %d dropped; want 1024 and 1976", l.Waiting(), l.Dropped())
	}
	note(400, 7200)
	note(201, 1)
	note(503, 1)
	if l.Waiting() != 8192 || l.Dropped() != 1976+32+2 {
		t.Errorf("%d wait, %d dropped; want the queue full of failures", l.Waiting(), l.Dropped())
	}
}

// TestFloodIsWrittenInPart: a burst is written whole; of a flood that goes on, so
// much a second.
func TestFloodIsWrittenInPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		l := reqlog.New(m)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go l.Run(ctx)
		second := func(n int) (written int) {
			before := len(m.all)
			for range n / 4 {
				for range 4 {
					if l.Wants(200) {
						l.Note(reqlog.Entry{ClientID: "a", Status: 200})
					}
				}
				time.Sleep(time.Second * 4 / time.Duration(n))
			}
			synctest.Wait()
			return len(m.all) - before
		}
		if n := second(1000); n < 900 {
			t.Errorf("%d of a burst of 1000 were written", n)
		}
		for range 10 {
			second(4000)
		}
		if n := second(4000); n < 100 || n > 160 {
			t.Errorf("%d of 4000 in a second of a flood were written, want about 128", n)
		}
	})
}

func TestMaskPath(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/psd2/consent/v1/consents":                          "/psd2/consent/v1/consents",
		"/kyc/integration/v1/new/556016-0680?countryCode=SE": "/kyc/integration/v1/new/5560*******?countryCode=SE",
		"/x?code=abc&state=s&a=1":                            "/x?code=****&state=****&a=1",
		"/premium/v1/creditor-name?giroNumber=5050-1055":     "/premium/v1/creditor-name?giroNumber=5050-1055",
		"/x?psuCorporateId=5560160680":                       "/x?psuCorporateId=****",
		"/x?dateFrom=2026-11-01":                             "/x?dateFrom=2026-11-01",
		"/portal?":                                           "/portal?",
	} {
		if got := reqlog.MaskPath(in); got != want {
			t.Errorf("MaskPath(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	got := reqlog.Headers(func(name string) string {
		return map[string]string{
			"PSU-ID": "199002092386", "PSU-IP-Address": "192.0.2.1", "Authorization": "Bearer x", "DPoP": "y", "Consent-ID": strings.Repeat("z", 500),
		}[name]
	})
	want := []reqlog.Header{{"PSU-ID", "1990********"}, {"PSU-IP-Address", "********"}, {"Consent-ID", strings.Repeat("z", 200) + "…"}}
	if len(got) != len(want) {
		t.Fatalf("headers %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("header %v, want %v", got[i], want[i])
		}
	}
}

func FuzzMaskPath(f *testing.F) {
	f.Add("/a?code=1&b")
	f.Add("/5560160680")
	f.Fuzz(func(t *testing.T, s string) {
		m := reqlog.MaskPath(s)
		if again := reqlog.MaskPath(m); again != m {
			t.Errorf("MaskPath(%q) = %q, masked again %q", s, m, again)
		}
	})
}

func BenchmarkNote(b *testing.B) {
	m := &memory{}
	l := reqlog.New(m)
	ctx, cancel := context.WithCancel(b.Context())
	go l.Run(ctx)
	defer cancel()
	e := reqlog.Entry{ClientID: "a", Path: "/psd2/accountinformation/v1/accounts", At: time.Unix(0, 0)}
	b.ReportAllocs()
	for b.Loop() {
		l.Note(e)
	}
}
