package ecb_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/fx/ecb"
	"sluss.example/sluss/internal/problem"
)

const day = 24 * time.Hour

func sample(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/eurofxref-daily.xml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// doc returns a document with the elements within it.
func doc(days string) string {
	return `<gesmes:Envelope xmlns:gesmes="g" xmlns="x"><Cube>` + days + `</Cube></gesmes:Envelope>`
}

func of(date, rates string) string { return `<Cube time="` + date + `">` + rates + `</Cube>` }

const krona = `<Cube currency="SEK" rate="11.05"/>`

func TestParse(t *testing.T) {
	t.Parallel()
	rates, err := ecb.Parse(strings.NewReader(sample(t)))
	if err != nil {
		t.Fatal(err)
	}
	if got := rates.Date.Format(time.DateOnly); got != "2026-11-20" || len(rates.PerEUR) != 29 || rates.PerEUR["IDR"].String() != "19286.74000000" {
		t.Errorf("Parse = %d rates of %s, IDR at %s, want 29 of 2026-11-20, IDR at 19286.74", len(rates.PerEUR), got, rates.PerEUR["IDR"])
	}
}

func TestParseForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, want string // date and the rate of SEK, or the error
	}{
		{"latest of several", doc(of("2026-11-19", krona) + of("2026-11-20", `<Cube currency="SEK" rate="12"/>`)), "2026-11-20 12.00000000"},
		{"unknown currency", doc(of("2026-11-20", krona+`<Cube currency="QQQ" rate="1"/>`)), "2026-11-20 11.05000000"},
		{"more elements", doc("<x>y</x>" + of("2026-11-20", krona+"<z/>")), "2026-11-20 11.05000000"},
		{"byte order mark", "\ufeff" + doc(of("2026-11-20", krona)), "2026-11-20 11.05000000"},

		{"nothing", "", "read rates: EOF"},
		{"a web page", "<html><body>moved</body></html>", "read rates: expected element type <Envelope> but have <html>"},
		{"no days", doc(""), "read rates: the document has none"},
		{"no rates", doc(of("2026-11-20", "")), "read rates: the document has none"},
		{"no date", doc(of("20 Nov", krona)), `read rates: "20 Nov" is no date`},
		{"no number", doc(of("2026-11-20", `<Cube currency="SEK" rate="N/A"/>`)), `read rates of 2026-11-20: "N/A" is no rate of SEK`},
		{"zero", doc(of("2026-11-20", `<Cube currency="SEK" rate="0.0"/>`)), `read rates of 2026-11-20: "0.0" is no rate of SEK`},
		{"negative", doc(of("2026-11-20", `<Cube currency="SEK" rate="-1"/>`)), `read rates of 2026-11-20: "-1" is no rate of SEK`},
		{"no currency", doc(of("2026-11-20", `<Cube currency="sek" rate="1"/>`)), `read rates of 2026-11-20: "sek" is no currency`},
		{"twice", doc(of("2026-11-20", krona+krona)), "read rates of 2026-11-20: SEK is given twice"},
		{"the euro itself", doc(of("2026-11-20", `<Cube currency="EUR" rate="1"/>`)), "read rates of 2026-11-20: EUR is given twice"},
		{"too large", doc(of("2026-11-20", krona)) + strings.Repeat(" ", 1<<20), "read rates: more than 1048576 bytes"},
		{"entity", `<!DOCTYPE a [<!ENTITY e "11">]>` + doc(of("2026-11-20", `<Cube currency="SEK" rate="&e;"/>`)), "read rates: XML syntax error on line 1: invalid character entity &e;"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rates, err := ecb.Parse(strings.NewReader(tt.in))
			got := rates.Date.Format(time.DateOnly) + " " + rates.PerEUR["SEK"].String()
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Parse = %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample(f))
	f.Add(doc(of("2026-11-19", krona) + of("2026-11-20", krona)))
	f.Add("<Envelope/>")
	f.Fuzz(func(t *testing.T, s string) {
		rates, err := ecb.Parse(strings.NewReader(s))
		if err != nil {
			return
		}
		if rates.Date.IsZero() && len(rates.PerEUR) == 0 {
			t.Errorf("Parse(%q) gives no rates and no error", s)
		}
		for c, r := range rates.PerEUR {
			if r <= 0 || len(c) != 3 {
				t.Errorf("Parse(%q) has %q at %s", s, c, r)
			}
		}
	})
}

// A press is a server that publishes what the test says.
type press struct {
	page   atomic.Value // string; empty answers 500
	source *ecb.Source
	clock  *clock.Virtual
}

func newPress(t *testing.T) *press {
	t.Helper()
	p := &press{clock: clock.NewFrozen(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC))}
	p.page.Store(sample(t))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		page := p.page.Load().(string)
		if page == "" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(s.Close)
	p.source = &ecb.Source{URL: s.URL, MaxAge: 5 * day, Clock: p.clock}
	return p
}

// sek returns the rate of the krona, or the error's text.
func (p *press) sek(t *testing.T) string {
	t.Helper()
	rates, err := p.source.Rates(t.Context(), p.clock.Now())
	if err != nil {
		if !problem.Is(err, problem.RatesUnavailable) {
			t.Errorf("Rates reports %v, want %s", err, problem.RatesUnavailable)
		}
		return "none"
	}
	return rates.PerEUR["SEK"].String()
}

func TestSource(t *testing.T) {
	t.Parallel()
	p := newPress(t)
	steps := []struct {
		name, page, want string
		fails            bool
		wait             time.Duration
	}{
		{"server down", "", "none", true, 0},
		{"published", sample(t), "11.00000000", false, 0},
		{"down again", "", "11.00000000", true, 0},
		{"broken page", "<Envelope>", "11.00000000", true, 0},
		{"older", doc(of("2026-11-19", krona)), "11.00000000", false, 0},
		{"corrected", doc(of("2026-11-20", `<Cube currency="SEK" rate="11.2"/>`)), "11.20000000", false, 0},
		{"of a day to come", doc(of("2026-11-23", krona)), "11.20000000", true, 0},
		{"next bank day", doc(of("2026-11-23", krona)), "11.05000000", false, 3 * day},
		{"old but good", "", "11.05000000", true, 5 * day},
		{"too old", "", "none", true, 8 * time.Hour},
		{"back", doc(of("2026-11-28", krona)), "11.05000000", false, 0},
	}
	if got := p.sek(t); got != "none" {
		t.Errorf("before anything was read SEK is %s, want none", got)
	}
	for _, st := range steps {
		p.clock.Advance(st.wait)
		p.page.Store(st.page)
		err := p.source.Load(t.Context())
		if got := p.sek(t); got != st.want || (err != nil) != st.fails || (p.source.Err() != nil) != st.fails {
			t.Errorf("%s: SEK is %s, Load reports %v, want %s and that it fails to be %t", st.name, got, err, st.want, st.fails)
		}
	}
}

// TestRedirect looks that a document that has moved is found, but not over a
// connection of another kind.
func TestRedirect(t *testing.T) {
	t.Parallel()
	p := newPress(t)
	to := p.source.URL
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }))
	defer s.Close()
	p.source.URL = s.URL
	if err := p.source.Load(t.Context()); err != nil {
		t.Errorf("Load by a redirect reports %v", err)
	}
	to = "https" + strings.TrimPrefix(to, "http")
	if err := p.source.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "is not followed") {
		t.Errorf("Load by a redirect to another scheme reports %v, want that it is not followed", err)
	}
}

func TestSourceFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "rates.xml")
	s := &ecb.Source{File: name, MaxAge: 5 * day, Clock: clock.NewFrozen(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC))}
	if err := s.Load(t.Context()); err == nil || !s.Date().IsZero() {
		t.Errorf("Load without a file reports %v and has rates of %v", err, s.Date())
	}
	if err := os.WriteFile(name, []byte(sample(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Load(t.Context()); err != nil || s.Date().Format(time.DateOnly) != "2026-11-20" {
		t.Errorf("Load reports %v and has rates of %v, want those of 2026-11-20", err, s.Date())
	}
}

// TestRun looks that rates are read again and again until the end.
func TestRun(t *testing.T) {
	t.Parallel()
	p := newPress(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		p.source.Run(ctx, time.Millisecond)
		close(done)
	}()
	for p.source.Date().IsZero() {
		if t.Context().Err() != nil {
			t.Fatal("no rates were read")
		}
		runtime.Gosched()
	}
	stop()
	<-done
}
