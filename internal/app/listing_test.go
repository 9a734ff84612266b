package app_test

import (
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
)

func TestMark(t *testing.T) {
	t.Parallel()
	if s := (app.Mark{}).String(); s != "" {
		t.Errorf("the zero mark is %q", s)
	}
	m := app.Mark{At: time.Date(2026, 11, 23, 12, 0, 0, 789e6, time.UTC), ID: "a.b"}
	if got, err := app.ParseMark(m.String()); err != nil || got != m {
		t.Errorf("ParseMark(%q) = %v, %v", m, got, err)
	}
	for _, s := range []string{".", "1", "1.", ".a", "-1.a", "01.a", "+1.a", "99999999999999999999.a"} {
		if m, err := app.ParseMark(s); err == nil {
			t.Errorf("ParseMark(%q) = %v", s, m)
		}
	}
}

// FuzzMark: what parses, prints as it was.
func FuzzMark(f *testing.F) {
	for _, s := range []string{"", "0.a", "1793610000000.3b0c6f52-6a5d-4a51-9b8b-0a2a5d1f7c11", "9223372036854775807.x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := app.ParseMark(s)
		if err == nil && m.String() != s {
			t.Errorf("ParseMark(%q) prints as %q", s, m)
		}
	})
}
