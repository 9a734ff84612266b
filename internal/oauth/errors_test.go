package oauth

import (
	"testing"

	"sluss.example/sluss/internal/problem"
)

func TestFaultsComplete(t *testing.T) {
	t.Parallel()
	for _, r := range problem.All() {
		if _, ok := faults[r]; !ok {
			t.Errorf("%s has no row", r)
		}
	}
	if len(faults) != len(problem.All()) {
		t.Errorf("the table has %d rows for %d reasons", len(faults), len(problem.All()))
	}
}

func FuzzParseForm(f *testing.F) {
	for _, s := range []string{"", "a=b&c=d", "a=%zz", "a=%ff", "a&a", "=&=", "a+b=c%20d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parseForm(s)
		if err != nil && (got != nil || !problem.Is(err, problem.FormatInvalid)) {
			t.Fatalf("parseForm(%q) = %v, %v", s, got, err)
		}
		for name, value := range got {
			again, err := parseForm(escape(name) + "=" + escape(value))
			if err != nil || again[name] != value {
				t.Fatalf("%q=%q parses to %v, %v", name, value, again, err)
			}
		}
	})
}

func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b []byte
	for i := range len(s) {
		b = append(b, '%', hex[s[i]>>4], hex[s[i]&15])
	}
	return string(b)
}

func FuzzParseBasic(f *testing.F) {
	for _, s := range []string{"", "YTpi", "YTpi=", "!!", "Og==", "JTo="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, secret, ok := parseBasic(s); ok && (id == "" || secret == "") {
			t.Fatalf("parseBasic(%q) = %q, %q", s, id, secret)
		}
	})
}

func FuzzDescribe(f *testing.F) {
	f.Add("a \"quoted\" \\ å")
	f.Fuzz(func(t *testing.T, s string) {
		got := describe(problem.New(problem.FormatInvalid, "%s", s))
		if len(got) > maxDescription {
			t.Fatalf("describe(%q) has %d bytes", s, len(got))
		}
		for _, c := range got {
			if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
				t.Fatalf("describe(%q) = %q", s, got)
			}
		}
	})
}
