package consent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

func refs(ibans ...string) []bank.Reference {
	list := []bank.Reference{}
	for _, iban := range ibans {
		list = append(list, bank.Reference{IBAN: iban})
	}
	return list
}

const (
	ibanA = "SE4550000000058398257466"
	ibanB = "SE1412000000000012345678"
)

func info() *bank.Info {
	p := bank.DefaultProfile()
	return &bank.Info{Profile: p, Location: stockholm, ASPSP: aspsp.ASPSP{Affiliated: []aspsp.Affiliate{{ID: "08999", Name: "Example"}}}}
}

func valid() Request {
	return Request{
		Access: &Access{}, Recurring: new(true), ValidUntil: new(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)),
		FrequencyPerDay: new(4), Combined: new(false),
	}
}

// words writes the faults of a body as "reason field".
func words(err error) []string {
	if err == nil {
		return nil
	}
	p, ok := err.(*problem.Error) //nolint:errorlint // Join returns it bare
	if !ok {
		return []string{err.Error()}
	}
	list := []string{string(p.Reason) + " " + p.Field}
	for _, also := range p.Also {
		list = append(list, string(also.Reason)+" "+also.Field)
	}
	return list
}

func TestAccessForms(t *testing.T) {
	t.Parallel()
	eur := bank.Reference{IBAN: ibanA, Currency: "EUR"}
	tests := []struct {
		name   string
		access Access
		order  bank.ConsentOrder // what the bank is asked for, if there is no fault
		faults []string
	}{
		{"empty object", Access{}, bank.ConsentOrder{All: true, Balances: true, Transactions: true}, nil},
		{"allPsd2", Access{AllPSD2: AllAccounts}, bank.ConsentOrder{All: true, Balances: true, Transactions: true}, nil},
		{"three empty arrays", Access{Accounts: refs(), Balances: refs(), Transactions: refs()}, bank.ConsentOrder{All: true, Balances: true, Transactions: true}, nil},
		{"empty accounts", Access{Accounts: refs()}, bank.ConsentOrder{All: true}, nil},
		{"empty balances", Access{Balances: refs()}, bank.ConsentOrder{All: true, Balances: true}, nil},
		{"list", Access{AvailableAccounts: AllAccounts}, bank.ConsentOrder{All: true}, nil},
		{"list with balances", Access{AvailableAccounts: AllAccountsWithBalances}, bank.ConsentOrder{All: true, Balances: true}, nil},
		{"PSU picks", Access{AvailableAccounts: SelectAccounts}, bank.ConsentOrder{Select: true, Balances: true, Transactions: true}, nil},
		{
			"filled arrays",
			Access{Accounts: refs(ibanA, ibanB), Balances: refs(ibanA)},
			bank.ConsentOrder{Balances: true, Accounts: []bank.Account{{Reference: bank.Reference{IBAN: ibanA}}, {Reference: bank.Reference{IBAN: ibanB}}}},
			nil,
		},
		{
			"balances alone",
			Access{Balances: refs(ibanA)},
			bank.ConsentOrder{Balances: true, Accounts: []bank.Account{{Reference: bank.Reference{IBAN: ibanA}}}},
			nil,
		},
		{
			"currency narrows",
			Access{Accounts: refs(ibanA), Transactions: []bank.Reference{eur}},
			bank.ConsentOrder{Transactions: true, Accounts: []bank.Account{{Reference: bank.Reference{IBAN: ibanA}}, {Reference: eur}}},
			nil,
		},
		{
			"bban and clearing",
			Access{Accounts: []bank.Reference{{BBAN: "12345678", ClearingNumber: "6000"}}},
			bank.ConsentOrder{Accounts: []bank.Account{{Reference: bank.Reference{BBAN: "12345678", ClearingNumber: "6000"}}}},
			nil,
		},

		{"empty beside filled", Access{Accounts: refs(ibanA), Balances: refs()}, bank.ConsentOrder{}, []string{"parameter_inconsistent access.balances"}},
		{"empty accounts beside filled", Access{Accounts: refs(), Transactions: refs(ibanA)}, bank.ConsentOrder{}, []string{"parameter_inconsistent access.accounts"}},
		{"balance of an unlisted account", Access{Accounts: refs(ibanA), Balances: refs(ibanB)}, bank.ConsentOrder{}, []string{"parameter_inconsistent access.balances[0]"}},
		{"transactions of an unlisted account", Access{Accounts: refs(ibanA), Transactions: refs(ibanA, ibanB)}, bank.ConsentOrder{}, []string{"parameter_inconsistent access.transactions[1]"}},
		{"availableAccounts beside arrays", Access{AvailableAccounts: AllAccounts, Accounts: refs(ibanA)}, bank.ConsentOrder{}, []string{"parameter_inconsistent access"}},
		{"availableAccounts beside an empty array", Access{AvailableAccounts: AllAccounts, Accounts: refs()}, bank.ConsentOrder{}, []string{"parameter_inconsistent access"}},
		{"allPsd2 beside arrays", Access{AllPSD2: AllAccounts, Balances: refs(ibanA)}, bank.ConsentOrder{}, []string{"parameter_inconsistent access"}},
		{"allPsd2 beside availableAccounts", Access{AllPSD2: AllAccounts, AvailableAccounts: AllAccounts}, bank.ConsentOrder{}, []string{"parameter_inconsistent access"}},
		{"unknown availableAccounts", Access{AvailableAccounts: "some"}, bank.ConsentOrder{}, []string{"format_invalid access.availableAccounts"}},
		{"unknown allPsd2", Access{AllPSD2: "some"}, bank.ConsentOrder{}, []string{"format_invalid access.allPsd2"}},
		{"reference without identifier", Access{Accounts: []bank.Reference{{Currency: "SEK"}}}, bank.ConsentOrder{}, []string{"format_invalid access.accounts[0]"}},
		{"reference with two", Access{Accounts: []bank.Reference{{IBAN: ibanA, BBAN: "1"}}}, bank.ConsentOrder{}, []string{"format_invalid access.accounts[0]"}},
		{"bad IBAN", Access{Accounts: refs("S")}, bank.ConsentOrder{}, []string{"format_invalid access.accounts[0].iban"}},
		{"bad BBAN", Access{Accounts: []bank.Reference{{BBAN: "12-3"}}}, bank.ConsentOrder{}, []string{"format_invalid access.accounts[0].bban"}},
		{"bad clearing", Access{Accounts: []bank.Reference{{BBAN: "1", ClearingNumber: "123456"}}}, bank.ConsentOrder{}, []string{"format_invalid access.accounts[0].clearingNumber"}},
		{"clearing beside IBAN", Access{Accounts: []bank.Reference{{IBAN: ibanA, ClearingNumber: "1"}}}, bank.ConsentOrder{}, []string{"format_invalid access.accounts[0].clearingNumber"}},
		{"bad currency", Access{Accounts: []bank.Reference{{IBAN: ibanA, Currency: "sek"}}}, bank.ConsentOrder{}, []string{"format_invalid access.accounts[0].currency"}},
		{"long msisdn", Access{Accounts: []bank.Reference{{MSISDN: strings.Repeat("1", 36)}}}, bank.ConsentOrder{}, []string{"format_invalid access.accounts[0].msisdn"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := valid()
			r.Access = &tt.access
			got := words(r.checkBody(info(), DateIn(noon, stockholm)))
			if diff := cmp.Diff(tt.faults, got); diff != "" {
				t.Fatalf("faults (-want +got):\n%s", diff)
			}
			if tt.faults != nil {
				return
			}
			if diff := cmp.Diff(tt.order, tt.access.order()); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	today := DateIn(noon, stockholm)
	tests := []struct {
		name   string
		change func(*Request, *bank.Info)
		faults []string
	}{
		{"good", func(*Request, *bank.Info) {}, nil},
		{"until today", func(r *Request, _ *bank.Info) { r.ValidUntil = &today }, nil},
		{"until 2099", func(r *Request, _ *bank.Info) { r.ValidUntil = new(time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)) }, nil},
		{"frequency 0", func(r *Request, _ *bank.Info) { r.FrequencyPerDay = new(0) }, nil},
		{"combined", func(r *Request, _ *bank.Info) { r.Combined = new(true) }, nil},

		{"nothing at all", func(r *Request, _ *bank.Info) { *r = Request{} }, []string{
			"format_invalid access", "format_invalid recurringIndicator", "format_invalid validUntil",
			"format_invalid frequencyPerDay", "format_invalid combinedServiceIndicator",
		}},
		{"the edge's faults come too, and once", func(r *Request, _ *bank.Info) {
			r.Recurring, r.ValidUntil = nil, nil
			r.Faults = []*problem.Error{fault(problem.FormatInvalid, "recurringIndicator", "must be a boolean")}
		}, []string{"format_invalid recurringIndicator", "format_invalid validUntil"}},
		{"an array of the access is malformed", func(r *Request, _ *bank.Info) {
			r.Access = nil
			r.Faults = []*problem.Error{fault(problem.FormatInvalid, "access.accounts", "must be an array")}
		}, []string{"format_invalid access.accounts"}},
		{"check digits are not looked at", func(r *Request, _ *bank.Info) { r.Access = &Access{Accounts: refs(ibanB)} }, nil},
		{"but in strict mode", func(r *Request, _ *bank.Info) {
			r.Access, r.Strict = &Access{Accounts: refs(ibanA, ibanB)}, true
		}, []string{"format_invalid access.accounts[1].iban"}},
		{"and at a bank that wants them", func(r *Request, i *bank.Info) {
			r.Access, i.Profile.CheckDigits = &Access{Balances: refs(ibanB)}, true
		}, []string{"format_invalid access.balances[0].iban"}},
		{"yesterday", func(r *Request, _ *bank.Info) { r.ValidUntil = new(today.AddDate(0, 0, -1)) }, []string{"format_invalid validUntil"}},
		{"negative frequency", func(r *Request, _ *bank.Info) { r.FrequencyPerDay = new(-1) }, []string{"format_invalid frequencyPerDay"}},
		{"no select", func(r *Request, i *bank.Info) {
			r.Access, i.Profile.SelectAccounts = &Access{AvailableAccounts: SelectAccounts}, false
		}, []string{"parameter_unsupported access.availableAccounts"}},
		{
			"no sessions", func(r *Request, i *bank.Info) { r.Combined, i.Profile.Sessions = new(true), false },
			[]string{"sessions_unsupported combinedServiceIndicator"},
		},
		{"malformed comes before contradictory before not offered", func(r *Request, i *bank.Info) {
			r.Combined, i.Profile.Sessions = new(true), false
			r.Access = &Access{AllPSD2: AllAccounts, AvailableAccounts: AllAccounts}
			r.FrequencyPerDay = new(-1)
		}, []string{"format_invalid frequencyPerDay", "parameter_inconsistent access", "sessions_unsupported combinedServiceIndicator"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, i := valid(), info()
			tt.change(&r, i)
			if diff := cmp.Diff(tt.faults, words(r.checkBody(i, today))); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind, affiliate string
		context         scope.Context
		want            []string
	}{
		{"", "", scope.Private, nil},
		{"sepaDirectDebit", "", scope.Corporate, nil},
		{"SEPADIRECTDEBIT", "", scope.Corporate, nil},
		{"", "08999", scope.Private, nil},
		{"", "8999", scope.Private, nil},

		{"other", "", scope.Corporate, []string{"parameter_unsupported X-Consent-Type"}},
		{"sepaDirectDebit", "", scope.Private, []string{"service_blocked X-Consent-Type"}},
		{"", "1", scope.Private, []string{"resource_unknown X-AffiliatedASPSP-ID"}},
	}
	for _, tt := range tests {
		r := Request{Type: tt.kind, Affiliate: tt.affiliate}
		got := words(r.checkHeaders(app.Caller{Context: tt.context}, info()))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q %q %s (-want +got):\n%s", tt.kind, tt.affiliate, tt.context, diff)
		}
	}
}

func TestEffectiveValues(t *testing.T) {
	t.Parallel()
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	tests := []struct {
		name        string
		change      func(*Request, *bank.Profile)
		until       time.Time
		perDay      int
		directDebit bool
	}{
		{"as asked", func(*Request, *bank.Profile) {}, date(2027, 1, 31), 4, false},
		{"beyond the bank's days", func(r *Request, _ *bank.Profile) { r.ValidUntil = new(date(2099, 12, 31)) }, date(2027, 5, 22), 4, false},
		{"a bank without a maximum", func(r *Request, p *bank.Profile) { r.ValidUntil, p.MaxConsentDays = new(date(2099, 12, 31)), 0 }, date(2099, 12, 31), 4, false},
		{"direct debit", func(r *Request, _ *bank.Profile) { r.ValidUntil, r.Type = new(date(2099, 12, 31)), "sepadirectdebit" }, date(2099, 12, 31), 4, true},
		{"zero a day", func(r *Request, _ *bank.Profile) { r.FrequencyPerDay = new(0) }, date(2027, 1, 31), 1, false},
		{"more than the bank's", func(r *Request, _ *bank.Profile) { r.FrequencyPerDay = new(100) }, date(2027, 1, 31), 4, false},
		{"one-off", func(r *Request, _ *bank.Profile) { r.Recurring = new(false) }, date(2027, 1, 31), 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, i := valid(), info()
			tt.change(&r, &i.Profile)
			c := r.consent(app.Caller{ClientID: "app", Context: scope.Private, Organisation: "ignored", PSU: "1"}, i, noon)
			if !c.ValidUntil.Equal(tt.until) || c.FrequencyPerDay != tt.perDay || c.DirectDebit != tt.directDebit {
				t.Errorf("consent: until %v, %d a day, direct debit %t; want %v, %d, %t",
					c.ValidUntil, c.FrequencyPerDay, c.DirectDebit, tt.until, tt.perDay, tt.directDebit)
			}
			if c.Status != Received || c.Owner.Organisation != "" || !c.ExpiresAt.Equal(noon.Add(24*time.Hour)) {
				t.Errorf("consent: %s, organisation %q, expires %v", c.Status, c.Owner.Organisation, c.ExpiresAt)
			}
		})
	}
}

// TestOwnership goes through app x context x organisation x PSU.
func TestOwnership(t *testing.T) {
	t.Parallel()
	for _, context := range scope.Contexts() {
		for i := range 54 {
			app1, sameContext, org := i%2 == 0, i/2%3 != 0, i/6%3
			psu := i / 18 // 0: the same, 1: another, 2: not sent
			c := Consent{Owner: app.Owner{ClientID: "app", Context: context, PSU: "1"}}
			by := app.Caller{ClientID: "app", Context: context, PSU: []string{"1", "2", ""}[psu]}
			if context == scope.Corporate {
				c.Owner.Organisation, by.Organisation = "5", []string{"5", "6", ""}[org]
			} else if org == 1 {
				by.Organisation = "6" // ignored
			}
			if !app1 {
				by.ClientID = "other"
			}
			if !sameContext {
				by.Context = map[scope.Context]scope.Context{scope.Private: scope.Corporate, scope.Corporate: scope.Private}[context]
			}
			want := problem.Reason("")
			switch {
			case !app1:
				want = problem.ConsentUnknown
			case !sameContext:
				want = problem.ContextForeign
			case context == scope.Corporate && org != 0, context == scope.Private && psu == 1:
				want = problem.ConsentForeign
			}
			use := want == "" && psu != 1
			err := c.checkOwner(by)
			if want == "" && err != nil || want != "" && !problem.Is(err, want) {
				t.Errorf("%s consent, caller %+v: %v, want %q", context, by, err, want)
			}
			if got := c.mayUse(by); got != use {
				t.Errorf("%s consent, caller %+v: may use %t, want %t", context, by, got, use)
			}
		}
	}
}

// FuzzAccess holds that no access makes the rules panic, that the order is
// what passes them, and that checking is repeatable.
func FuzzAccess(f *testing.F) {
	f.Add(ibanA, "", "", "", byte(0b001))
	f.Add("se45 5000", "6000", "SEK", AllAccounts, byte(0b111))
	f.Add("", "", "", SelectAccounts, byte(0))
	f.Fuzz(func(t *testing.T, id, clearing, currency, form string, which byte) {
		ref := bank.Reference{IBAN: id, ClearingNumber: clearing}
		if which&8 != 0 {
			ref = bank.Reference{BBAN: id, ClearingNumber: clearing}
		}
		a := Access{AvailableAccounts: form}
		for bit, list := range map[byte]*[]bank.Reference{1: &a.Accounts, 2: &a.Balances, 4: &a.Transactions} {
			if which&bit != 0 {
				*list = []bank.Reference{ref, {IBAN: currency}}[:which>>4&1+1]
			}
		}
		a.normalise()
		first := fmt.Sprint(a.check())
		a.normalise()
		if again := fmt.Sprint(a.check()); again != first {
			t.Errorf("check twice: %s, then %s", first, again)
		}
		if o := a.order(); o.All && len(o.Accounts) > 0 || o.All && o.Select {
			t.Errorf("order %+v contradicts itself", o)
		}
	})
}
