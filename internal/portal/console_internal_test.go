package portal

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/reqlog"
)

func prefixes() []string { return []string{"/psd2/", "/_sluss/v1/"} }

// FuzzPath: what the console takes is below a prefix, whatever reads it.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"/psd2/a?b=c", "/psd2/%2e%2e/x", "//psd2/x", "/psd2/a%2fb/", "http://h/psd2/", "/_sluss/v1/../control/v1/clock", "/psd2/?"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := parsePath(s, prefixes())
		if err != nil {
			return
		}
		if u.Host != "" || strings.Contains(u.Path, "/../") || strings.HasSuffix(u.Path, "/..") || strings.Contains(u.Path, "//") ||
			!strings.HasPrefix(u.Path, "/psd2/") && !strings.HasPrefix(u.Path, "/_sluss/v1/") {
			t.Errorf("parsePath(%q) = %q at host %q", s, u.Path, u.Host)
		}
	})
}

// FuzzHeaders: no header is sent but those that may be, and none has a line end.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{"X-Request-ID: a\nPSU-ID:1", "authorization: x", "consent-id : \tb ", "X-BicFi:\rA", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all, err := parseHeaders(s)
		for _, x := range all {
			if err != nil || strings.ContainsAny(x.Value, "\r\n\x00") || strings.EqualFold(x.Name, "Authorization") || strings.EqualFold(x.Name, "Host") {
				t.Errorf("parseHeaders(%q) = %v, %v", s, all, err)
			}
		}
	})
}

// FuzzSpan: time never goes back.
func FuzzSpan(f *testing.F) {
	for _, s := range []string{"90s", "1d12h", "30d", "-1h", "d", "1e9d", "0.5d", "3660d1h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := parseSpan(s); err == nil && (d < 0 || d > maxAdvance) {
			t.Errorf("parseSpan(%q) = %v", s, d)
		}
	})
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]time.Duration{"90s": 90 * time.Second, "1d": 24 * time.Hour, "1d12h": 36 * time.Hour, "0s": 0} {
		if got, err := parseSpan(s); err != nil || got != want {
			t.Errorf("parseSpan(%q) = %v, %v, want %v", s, got, err, want)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	e := exchange{
		Method: "POST", Path: "/psd2/x?a=b", Headers: []reqlog.Header{{Name: "PSU-ID", Value: `it's "1"`}}, Body: "{\n  \"a\": \"it's `å\"\n}",
	}
	want := map[string][]string{
		"curl":       {`curl -X POST 'https://h/psd2/x?a=b'`, `-H 'PSU-ID: it'\''s "1"'`, "--data-raw '{\n", `it'\''s`, "$TOKEN"},
		"Go":         {`strings.NewReader("{\n  \"a\": \"it's ` + "`å", `"it's \"1\""`},
		"JavaScript": {`body: "{\n  \"a\": \"it's ` + "`å" + `\"\n}",`, "${token}"},
		"Python":     {`data="{\n`, ".encode()", `f"Bearer {token}"`},
	}
	for _, c := range callsOf("https://h", &e) {
		for _, part := range want[c.Language] {
			if !strings.Contains(c.Text, part) {
				t.Errorf("%s lacks %q:\n%s", c.Language, part, c.Text)
			}
		}
	}
	if c := codeOf("https://h", &e, false)[0].Text; strings.Contains(c, "TOKEN") {
		t.Errorf("the call that gets a token has one: %s", c)
	}
}

// The console of a session that is not used is the first to go, and none is
// there for another organisation.
func TestConsoles(t *testing.T) {
	t.Parallel()
	at := clock.NewFrozen(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	h := &Handler{People: &developer.Service{Clock: at}}
	of := func(session, organisation string) *console {
		return h.consoles.of(&visit{h: h, session: &developer.Session{ID: session}, member: developer.Member{OrganisationID: organisation}})
	}
	for i := range maxConsoles + 1 {
		h.consoles.put(&console{sessionID: strconv.Itoa(i), organisationID: "o"}, at.Now())
		at.Advance(time.Second)
		if i == 0 {
			continue
		}
		if of("0", "o") == nil {
			t.Fatal("the console in use is gone")
		}
	}
	if of("1", "o") != nil || of("2", "o") == nil {
		t.Error("another than the oldest is gone")
	}
	if of("3", "other") != nil || of("3", "o") != nil {
		t.Error("a console serves another organisation, or outlives that somebody turned to one")
	}
	at.Advance(consoleLife + time.Second)
	if of("4", "o") != nil {
		t.Error("a console lives for ever")
	}
	h.consoles.put(&console{sessionID: "5", organisationID: "o"}, at.Now())
	if h.consoles.end("5"); of("5", "o") != nil {
		t.Error("a console that was ended is there")
	}
}
