package simulator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// book writes what a customer has at a bank, as a person would read it.
func (r *rig) book(b aBank, c bank.Customer) string {
	r.t.Helper()
	var out strings.Builder
	for _, a := range r.accounts(b, c) {
		fmt.Fprintf(&out, "%s %s %s %s, %s, %s %s\n", a.IBAN, a.BBAN, a.BankgiroNumber, a.Currency, a.Name, a.OwnerName, a.Usage)
		list, err := b.Balances(r.t.Context(), c, a.ID)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, x := range list {
			fmt.Fprintf(&out, "  %s %s %v\n", x.Type, x.Amount, x.CreditLimitIncluded)
		}
		p := r.page(b, all(c, a.ID))
		for i := range p.Pending {
			fmt.Fprintf(&out, "  pending %s\n", line(&p.Pending[i]))
		}
		for i := range p.Booked {
			fmt.Fprintf(&out, "  %s\n", line(&p.Booked[i]))
		}
	}
	cards, err := b.CardAccounts(r.t.Context(), c)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, a := range cards {
		p, err := b.CardTransactions(r.t.Context(), all(c, a.ID))
		if err != nil {
			r.t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s %s\n", a.MaskedPAN, a.OwnerName)
		for _, x := range append(p.Pending, p.Booked...) {
			fmt.Fprintf(&out, "  %s %s %s %s %s\n", x.TransactionDate.Format(time.DateOnly), x.Amount, x.MerchantCategory, x.Details, x.AcceptorCity)
		}
	}
	return out.String()
}

// A purchase abroad is in a country that has its currency, and says so.
func TestPurchasesAbroad(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for bicfi, country := range map[ident.BICFI]string{"ESSESESS": "DE", "DEUTDEFF": "US"} {
		b, c := r.bank(bicfi), private(simulator.OrdinaryPerson)
		cards, err := b.CardAccounts(t.Context(), c)
		if err != nil || len(cards) == 0 {
			t.Fatalf("%d cards, %v", len(cards), err)
		}
		p, err := b.CardTransactions(t.Context(), all(c, cards[0].ID))
		if err != nil {
			t.Fatal(err)
		}
		abroad := 0
		for _, x := range p.Booked {
			if x.Original == nil {
				continue
			}
			abroad++
			if x.AcceptorCountry != country || !strings.HasSuffix(x.Details, x.AcceptorCity+" "+country) {
				t.Errorf("%s: %s paid in %q, %s: %q", bicfi, x.Original, x.AcceptorCity, x.AcceptorCountry, x.Details)
			}
		}
		if abroad == 0 {
			t.Errorf("%s: nothing was bought abroad", bicfi)
		}
	}
}

// A household pays its way: its account never goes below zero, so that a test
// that pays from it can rely on it.
func TestHouseholdsHaveCover(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 760 })
	b := r.bank("ESSESESS")
	for _, psu := range []string{simulator.OrdinaryPerson, "198505123456", "197001011111"} {
		c := private(psu)
		rows := r.read(b, all(c, r.accounts(b, c)[0].ID))
		lowest := rows[0]
		for _, x := range rows {
			if x.BalanceAfter.Amount.Minor < lowest.BalanceAfter.Amount.Minor {
				lowest = x
			}
		}
		if lowest.BalanceAfter.Amount.Minor < 0 {
			t.Errorf("%s has %v on %s", psu, lowest.BalanceAfter.Amount, lowest.BookingDate.Format(time.DateOnly))
		}
	}
}

// TestGolden holds the data of one seed: whoever changes it changes what users
// have copied into their tests. SLUSS_UPDATE=1 writes the file anew.
func TestGolden(t *testing.T) {
	t.Parallel()
	few := func(o *simulator.Options) { o.HistoryDays = 12 }
	write := func() string {
		r := newRig(t, few)
		return r.book(r.bank("ESSESESS"), private(simulator.OrdinaryPerson)) +
			r.book(r.bank("ESSESESS"), corporate("", simulator.OrdinaryCompany)) +
			r.book(r.bank("DEUTDEFF"), private("12345"))
	}
	got := write()
	if again := write(); again != got {
		t.Errorf("the same seed and clock give something else (-first +second):\n%s", cmp.Diff(got, again))
	}
	file := filepath.Join("testdata", "seed1.txt")
	if os.Getenv("SLUSS_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
	other := newRig(t, func(o *simulator.Options) { few(o); o.Seed = 2 })
	if other.book(other.bank("ESSESESS"), private(simulator.OrdinaryPerson)) == got[:len(got)/3] {
		t.Error("another seed gives the same")
	}
}

func TestPersonas(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		bank     ident.BICFI
		c        bank.Customer
		accounts int
		rows     func(n int) bool // of the first account
		balance  func(n int64) bool
	}{
		{"ordinary", "ESSESESS", private(simulator.OrdinaryPerson), 2, atLeast(130), positive},
		{"nobody named", "ESSESESS", private(""), 2, atLeast(130), positive},
		{"several banks", "HANDSESS", private("99990101201"), 2, atLeast(130), positive},
		{"several banks, not here", "DABASESX", private("99990101201"), 0, nil, nil},
		{"no accounts", "ESSESESS", private("99990101202"), 0, nil, nil},
		{"overdrawn", "ESSESESS", private("99990101203"), 1, atLeast(30), negative},
		{"busy", "SWEDSESS", private("99990101204"), 1, exactly(5000), nil},
		{"empty", "NDEASESS", private("99990101207"), 1, exactly(0), zero},
		{"company", "ESSESESS", corporate("", simulator.OrdinaryCompany), 3, atLeast(350), positive},
		{"demo company", "ESSESESS", corporate("99990101000", simulator.DemoCompany), 3, atLeast(350), positive},
		{"association", "ESSESESS", corporate("", "9999990030"), 1, atLeast(80), nil},
		{"abroad", "DNBANOKK", corporate("", "9999990040"), 2, atLeast(350), positive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			days := 100 // makes fewer rows to wait for
			if tt.c.PSU == "99990101204" {
				days = 760
			}
			r := newRig(t, func(o *simulator.Options) { o.HistoryDays = days })
			b := r.bank(tt.bank)
			list := r.accounts(b, tt.c)
			if len(list) != tt.accounts {
				t.Fatalf("%d accounts, want %d", len(list), tt.accounts)
			}
			if len(list) == 0 {
				return
			}
			rows := r.read(b, all(tt.c, list[0].ID))
			if !tt.rows(len(rows)) {
				t.Errorf("%d rows", len(rows))
			}
			balances, err := b.Balances(t.Context(), tt.c, list[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			if tt.balance != nil && !tt.balance(balances[0].Amount.Minor) {
				t.Errorf("balance %v", balances[0].Amount)
			}
			if len(rows) > 0 && rows[0].BalanceAfter.Amount != balances[0].Amount {
				t.Errorf("the newest row leaves %v, the balance is %v", rows[0].BalanceAfter.Amount, balances[0].Amount)
			}
		})
	}
}

func atLeast(n int) func(int) bool { return func(got int) bool { return got >= n } }
func exactly(n int) func(int) bool { return func(got int) bool { return got == n } }
func positive(n int64) bool        { return n > 0 }
func negative(n int64) bool        { return n < 0 }
func zero(n int64) bool            { return n == 0 }

// TestGenerated: an id that nobody seeded has two to four accounts and a card,
// the same each time, others at another bank and in the other context.
func TestGenerated(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 95 })
	seen := map[string]bool{}
	for _, id := range []ident.BICFI{"ESSESESS", "OKOYFIHH", "DNBANOKK", "DABADKKK", "INGBNL2A", "DEUTDEFF"} {
		b := r.bank(id)
		for i := range 4 {
			for _, c := range []bank.Customer{private(fmt.Sprint("1985010", i)), corporate("1", fmt.Sprint("556000000", i))} {
				list := r.accounts(b, c)
				if n := len(list); n < 2 || n > 4 {
					t.Errorf("%d accounts", n)
				}
				for _, a := range list {
					if seen[a.IBAN] || !validIBAN(a.IBAN) {
						t.Errorf("IBAN %s: twice, or wrong check digits", a.IBAN)
					}
					seen[a.IBAN] = true
				}
				if cards, err := b.CardAccounts(t.Context(), c); err != nil || len(cards) != 1 {
					t.Errorf("%d cards, %v", len(cards), err)
				}
				rows := r.read(b, all(c, list[0].ID))
				if len(rows) == 0 || start.Sub(rows[len(rows)-1].BookingDate) < 88*24*time.Hour {
					t.Errorf("%s: history of %d rows only", id, len(rows))
				}
			}
		}
	}
}

func validIBAN(s string) bool {
	rest := 0
	for _, c := range s[4:] + s[:4] {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}

// TestAdvance: the next month has a salary again, and a reservation is booked
// under the id that it had.
func TestAdvance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		profile string
		same    bool
	}{{"ideal", true}, {"changing-ids", false}}
	for _, tt := range tests {
		t.Run(tt.profile, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *simulator.Options) { o.Quirks = map[ident.BICFI]string{"ESSESESS": tt.profile} })
			b, c := r.bank("ESSESESS"), private(simulator.OrdinaryPerson)
			id := r.accounts(b, c)[0].ID
			pending, salaries := map[string]bool{}, 0
			for range 40 {
				p := r.page(b, all(c, id))
				for i := range p.Pending {
					pending[p.Pending[i].ID] = true
					one, err := b.Transaction(t.Context(), c, id, p.Pending[i].ID)
					if diff := cmp.Diff(p.Pending[i], one); err != nil || diff != "" {
						t.Errorf("a pending one by its id: %v\n%s", err, diff)
					}
				}
				r.clock.Advance(24 * time.Hour)
			}
			rows, kept := r.read(b, all(c, id)), 0
			for i := range rows {
				if pending[rows[i].ID] {
					kept++
				}
				if rows[i].ProprietaryCode == "SALARY" && rows[i].BookingDate.After(start) {
					salaries++
				}
			}
			if salaries != 2 { // 25 November and 25 December, seen on 2 January
				t.Errorf("%d salaries in 40 days", salaries)
			}
			if len(pending) < 5 || tt.same && kept < len(pending)-4 || !tt.same && kept > 0 {
				t.Errorf("%d of %d reservations are booked under their id", kept, len(pending))
			}
		})
	}
}

func TestTransaction(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b, c := r.bank("ESSESESS"), corporate("", simulator.DemoCompany)
	id := r.accounts(b, c)[0].ID
	var fx, fees int
	for _, row := range r.page(b, all(c, id)).Booked {
		one, err := b.Transaction(t.Context(), c, id, row.ID)
		if diff := cmp.Diff(row, one); err != nil || diff != "" {
			t.Fatalf("%v (-list +one):\n%s", err, diff)
		}
		fx, fees = fx+len(row.Exchange), fees+len(row.Fees)
	}
	if fx == 0 || fees == 0 {
		t.Errorf("%d exchanges, %d fees", fx, fees)
	}
	for _, unknown := range []string{"", "x", "7e57000000000000000ff", "7e571000000000000000f"} {
		if _, err := b.Transaction(t.Context(), c, id, unknown); !problem.Is(err, problem.ResourceUnknown) {
			t.Errorf("Transaction(%q) = %v", unknown, err)
		}
	}
}
