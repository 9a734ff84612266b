package account

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/problem"
)

// periodView returns a view of a bank with the profile, on 2026-11-23, under a
// consent that was authorised an hour or more ago.
func periodView(change func(*bank.Profile), sinceAuthorised time.Duration) *view {
	p := bank.DefaultProfile()
	if change != nil {
		change(&p)
	}
	return &view{
		info: &bank.Info{Profile: p, Location: time.FixedZone("bank", 3600)}, now: noon,
		consent: consent.Consent{AuthorisedAt: noon.Add(-sinceAuthorised)},
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const long = 24 * time.Hour
	tests := []struct {
		name   string
		change func(*bank.Profile)
		since  time.Duration
		q      Query
		want   Query
	}{
		{"nothing given", nil, long, Query{}, Query{Status: Booked, From: day("2026-08-25"), To: day("2026-11-23")}},
		{"short history", func(p *bank.Profile) { p.History.MaxDays = 30 }, long, Query{}, Query{Status: Booked, From: day("2026-10-24"), To: day("2026-11-23")}},
		{"long history", func(p *bank.Profile) { p.History.MaxDays = 400 }, long, Query{}, Query{Status: Booked, From: day("2026-08-25"), To: day("2026-11-23")}},
		{"unknown history", func(p *bank.Profile) { p.History = aspsp.History{} }, long, Query{}, Query{Status: Booked, From: day("2026-08-25"), To: day("2026-11-23")}},
		{"window open, nothing given", nil, 0, Query{}, Query{Status: Booked, From: day("2026-08-25"), To: day("2026-11-23")}},
		{"future cut", nil, long, Query{Status: Both, To: day("2027-01-01")}, Query{Status: Both, From: day("2026-08-25"), To: day("2026-11-23")}},
		{"first open day", nil, long, Query{From: day("2026-08-25")}, Query{Status: Booked, From: day("2026-08-25"), To: day("2026-11-23")}},
		{"one day", nil, long, Query{From: day("2026-11-01"), To: day("2026-11-01")}, Query{Status: Booked, From: day("2026-11-01"), To: day("2026-11-01")}},
		{"window open", nil, time.Hour, Query{From: day("2024-10-24")}, Query{Status: Booked, From: day("2024-10-24"), To: day("2026-11-23")}},
		{"window open, only dateTo", nil, time.Hour, Query{To: day("2025-01-01")}, Query{Status: Booked, From: day("2025-01-01"), To: day("2025-01-01")}},
		{"after an entry", nil, long, Query{After: "E1", From: day("1999-01-01")}, Query{Status: Booked, After: "E1", From: day("2026-08-25"), To: day("2026-11-23")}},
		{"after an entry, window open", nil, time.Hour, Query{After: "E1"}, Query{Status: Booked, After: "E1", From: day("2024-10-24"), To: day("2026-11-23")}},
		{"delta", nil, long, Query{Delta: true}, Query{Status: Booked, Delta: true, From: day("2026-08-25"), To: day("2026-11-23")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := periodView(tt.change, tt.since).settle(tt.q)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("settle reports %v (-want +got)\n%s", err, diff)
			}
		})
	}
}

func TestSettleRefuses(t *testing.T) {
	t.Parallel()
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	tests := []struct {
		name   string
		change func(*bank.Profile)
		since  time.Duration
		q      Query
		want   problem.Reason
		field  string
	}{
		{"reversed", nil, 0, Query{From: date(2026, 11, 2), To: date(2026, 11, 1)}, problem.PeriodInvalid, "dateFrom"},
		{"future", nil, 0, Query{From: date(2026, 11, 24)}, problem.PeriodInvalid, "dateFrom"},
		{"a day too old", nil, 2 * time.Hour, Query{From: date(2026, 8, 24)}, problem.PeriodInvalid, "dateFrom"},
		{"only dateTo, too old", nil, 2 * time.Hour, Query{To: date(2026, 8, 24)}, problem.PeriodInvalid, "dateTo"},
		{"window just over", nil, time.Hour + time.Second, Query{From: date(2026, 8, 24)}, problem.PeriodInvalid, "dateFrom"},
		{"a day too old in the window", nil, 0, Query{From: date(2024, 10, 23)}, problem.PeriodInvalid, "dateFrom"},
		{"bank's own message", func(p *bank.Profile) { p.PeriodFaultIsRaw = true }, 2 * time.Hour, Query{From: date(2026, 8, 24)}, problem.BankRefused, ""},
		{"pending not offered", func(p *bank.Profile) { p.BookedOnly = true }, 0, Query{Status: Pending}, problem.ParameterUnsupported, "bookingStatus"},
		{"both not offered", func(p *bank.Profile) { p.BookedOnly = true }, 0, Query{Status: Both}, problem.ParameterUnsupported, "bookingStatus"},
		{"entry not offered", func(p *bank.Profile) { p.EntryReferenceFrom = false }, 0, Query{After: "E"}, problem.ParameterUnsupported, "entryReferenceFrom"},
		{"delta not offered", func(p *bank.Profile) { p.DeltaList = false }, 0, Query{Delta: true}, problem.ParameterUnsupported, "deltaList"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := periodView(tt.change, tt.since).settle(tt.q)
			p, ok := err.(*problem.Error) //nolint:errorlint // settle wraps nothing
			if !ok || p.Reason != tt.want || p.Field != tt.field {
				t.Errorf("settle reports %v, want %s (%s)", err, tt.want, tt.field)
			}
		})
	}
}

func TestUntilMidnight(t *testing.T) {
	t.Parallel()
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		now  time.Time
		want time.Duration
	}{
		{"noon", noon, 11 * time.Hour},
		{"last moment", time.Date(2026, 11, 23, 22, 59, 59, 1, time.UTC), time.Second},
		{"midnight", time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC), 24 * time.Hour},
		{"long day of autumn", time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), 25 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := &view{now: tt.now, info: &bank.Info{Location: stockholm}}
			if got := v.untilMidnight(); got != tt.want {
				t.Errorf("untilMidnight = %v, want %v", got, tt.want)
			}
		})
	}
}
