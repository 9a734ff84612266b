package simulator

import (
	"testing"
	"time"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/scope"
)

// TestBelievable follows accounts of several seeds through the whole history:
// nobody ends in riches or in debts that the story does not tell of.
func TestBelievable(t *testing.T) {
	t.Parallel()
	last := dayOf(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	tests := []struct {
		bank     ident.BICFI
		who      string
		min, max int64 // of the closing balance, in levels
	}{
		{"ESSESESS", customerID(scope.Private, OrdinaryPerson, ""), -1, 4},
		{"DEUTDEFF", customerID(scope.Private, "12345", ""), -1, 4},
		{"ESSESESS", customerID(scope.Corporate, "", DemoCompany), 0, 8},
		{"DNBANOKK", customerID(scope.Corporate, "", "5560001111"), 0, 8},
		{"ESSESESS", customerID(scope.Private, "99990101203", ""), -8, -1},
	}
	for _, tt := range tests {
		for seed := range int64(5) {
			w, err := New(Options{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			b, err := w.bank(tt.bank)
			if err != nil {
				t.Fatal(err)
			}
			p := b.story(tt.who)
			a := b.plan(tt.who, &p, p.lives[0], 0)
			g, balance, refs := b.grower(&a), a.Plan.Opening, map[int64]bool{}
			for d := last - fullHistory + 1; d <= last; d++ {
				for _, r := range g.on(d) {
					if balance += r.amount; refs[r.ref] {
						t.Errorf("%s: two rows with one reference", tt.who)
					}
					refs[r.ref] = true
				}
			}
			if level := a.Plan.Level; balance < tt.min*level || balance > tt.max*level {
				t.Errorf("%s, seed %d: closing balance %d, a month is %d", tt.who, seed, balance, level)
			}
		}
	}
}

// TestNumbers holds the check digits to published examples.
func TestNumbers(t *testing.T) {
	t.Parallel()
	if got := iban("SE", "50000000058398257466"); got != "SE4550000000058398257466" {
		t.Errorf("iban = %s", got)
	}
	if got := iban("NL", "ABNA0417164300"); got != "NL91ABNA0417164300" {
		t.Errorf("iban = %s", got)
	}
	if got := luhn("5050105"); got != "5" {
		t.Errorf("luhn of bankgiro 5050-1055 = %s", got)
	}
	if got := weighted("8601111794", []int{5, 4, 3, 2, 7, 6, 5, 4, 3, 2}); got != 7 { // NO93 8601 1117 947
		t.Errorf("check digit of a Norwegian account = %d", got)
	}
	if got := weighted("041716430", []int{10, 9, 8, 7, 6, 5, 4, 3, 2}); got != 0 { // NL91 ABNA 0417 1643 00
		t.Errorf("check digit of a Dutch account = %d", got)
	}
}
