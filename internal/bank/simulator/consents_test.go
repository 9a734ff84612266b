package simulator_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/store/storetest"
)

// sign has the customer sign a consent to the accounts, and returns what it
// covers: the numbers, or "all".
func (r *rig) sign(b aBank, c bank.Customer, refs ...bank.Reference) []string {
	r.t.Helper()
	st := r.start(b, c, func(o *bank.ConsentOrder, _ *bank.SCAOrder) {
		o.All = len(refs) == 0
		for _, ref := range refs {
			o.Accounts = append(o.Accounts, bank.Account{Reference: ref})
		}
	})
	r.clock.Advance(2 * time.Second)
	if st = r.look(b, st.Ref); st.Status != sca.Finalised {
		r.t.Fatalf("%s %s", st.Status, st.Failure)
	}
	if st.Accounts == nil {
		return []string{"all"}
	}
	out := []string{}
	for _, a := range r.accounts(b, c) {
		if slices.Contains(st.Accounts, a.ID) {
			out = append(out, a.IBAN)
		}
	}
	if len(out) != len(st.Accounts) {
		r.t.Errorf("covered are %v, of which the customer has %v", st.Accounts, out)
	}
	return out
}

func TestCovered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, testCovered)
}

func testCovered(t *testing.T, url string) {
	anna, berta := private(simulator.OrdinaryPerson), private("198505050000")
	const fresh, sample = "SE3550000000054910000003", "SE4550000000058398257466"
	r := newRigOn(t, url, nil)
	b := r.bank("ESSESESS")
	own := r.accounts(b, anna)[0]
	iban := func(s string) bank.Reference { return bank.Reference{IBAN: s} }
	tests := []struct {
		name string
		by   bank.Customer
		refs []bank.Reference
		want []string
	}{
		{"all", anna, nil, []string{"all"}},
		{"own by IBAN", anna, []bank.Reference{iban(own.IBAN)}, []string{own.IBAN}},
		{"own by BBAN", anna, []bank.Reference{{BBAN: own.BBAN}}, []string{own.IBAN}},
		{"own by BBAN without clearing number", anna, []bank.Reference{{BBAN: own.BBAN[4:], ClearingNumber: own.BBAN[:4]}}, []string{own.IBAN}},
		{"own twice", anna, []bank.Reference{iban(own.IBAN), {BBAN: own.BBAN}}, []string{own.IBAN}},
		{"somebody else's", berta, []bank.Reference{iban(own.IBAN)}, []string{}},
		{"one that nobody has", berta, []bank.Reference{iban(fresh)}, []string{fresh}},
		{"the same by somebody else", anna, []bank.Reference{iban(fresh), iban(own.IBAN)}, []string{own.IBAN}},
		{"sample account", berta, []bank.Reference{iban(sample)}, []string{sample}},
		{"sample account of everybody", corporate("", simulator.DemoCompany), []bank.Reference{iban(sample)}, []string{sample}},
		{"unknown card", anna, []bank.Reference{{MaskedPAN: "123456******7890"}}, []string{}},
	}
	for _, tt := range tests {
		if got := r.sign(b, tt.by, tt.refs...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	list := r.accounts(b, berta)
	i := slices.IndexFunc(list, func(a bank.Account) bool { return a.IBAN == fresh })
	balances, err := b.Balances(t.Context(), berta, list[i].ID)
	if err != nil || balances[0].Amount.Minor != 1_000_000_00 {
		t.Errorf("an account opened on request has %v, %v", balances, err)
	}
	i = slices.IndexFunc(list, func(a bank.Account) bool { return a.IBAN == sample })
	if a := list[i]; a.OwnerName != "Example AB" || a.BankgiroNumber != "5050-1055" || a.BBAN != "58398257466" {
		t.Errorf("the sample account is %+v", a)
	}
}

func TestStrictAccounts(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.StrictAccounts = true })
	b := r.bank("ESSESESS")
	if got := r.sign(b, private("1"), bank.Reference{IBAN: "SE3550000000054910000003"}); len(got) != 0 {
		t.Errorf("covered: %v", got)
	}
}

// TestPick: on the page the person sees the accounts and picks one.
func TestPick(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b, psu := r.bank("SWEDSESS"), simulator.OrdinaryPerson
	st := r.start(b, private(""), func(o *bank.ConsentOrder, so *bank.SCAOrder) {
		o.All, o.Select, so.Approach = false, true, sca.PlainRedirect
	})
	s, err := r.Session(t.Context(), st.Ref, "")
	if err != nil || s.Person.PSU != "" || len(s.Accounts) != 0 || len(s.People) == 0 || !s.Asked.Select || s.AppName != "Tester" {
		t.Errorf("before the log-in: %+v, %v", s, err)
	}
	if err := r.Login(t.Context(), st.Ref, psu); err != nil {
		t.Fatal(err)
	}
	if s, err = r.Session(t.Context(), st.Ref, psu); err != nil || s.Person.Name != "Anna Exempel" || len(s.Accounts) != 3 {
		t.Fatalf("after the log-in: %+v, %v", s, err)
	}
	if !strings.HasSuffix(s.Accounts[0].Balance, "\u00a0SEK") || s.BankName != "Swedbank" || s.ExpiresAt != start.Add(15*time.Minute) {
		t.Errorf("session %+v", s)
	}
	pick := []string{s.Accounts[1].ID}
	if err := r.Decide(t.Context(), st.Ref, simulator.Decision{Verdict: simulator.Approve, PSU: psu, Accounts: pick}); err != nil {
		t.Fatal(err)
	}
	if st = r.look(b, st.Ref); !slices.Equal(st.Accounts, pick) || st.Signer != psu {
		t.Errorf("picked %v, covered %v by %s", pick, st.Accounts, st.Signer)
	}
	if s, err = r.Session(t.Context(), st.Ref, psu); err != nil || !s.Ended() {
		t.Errorf("after the answer: %s, %v", s.Status, err)
	}
	if p, err := r.Pending(t.Context()); err != nil || len(p) != 0 {
		t.Errorf("still pending: %v, %v", p, err)
	}
	if _, err := r.Session(t.Context(), "unknown", ""); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("unknown run: %v", err)
	}
}

func TestConsentAtBank(t *testing.T) {
	t.Parallel()
	storetest.Each(t, testConsentAtBank)
}

func testConsentAtBank(t *testing.T, url string) {
	r := newRigOn(t, url, nil)
	b := r.bank("ESSESESS")
	open := func() string {
		ref, err := b.OpenConsent(t.Context(), bank.ConsentOrder{Customer: private("1"), All: true})
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	revoked := func(ref string) bool {
		st, err := b.Consent(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		return st.Revoked
	}
	one, two := open(), open()
	if revoked(one) || !strings.HasPrefix(one, "7e57") {
		t.Errorf("new consent %s revoked: %v", one, revoked(one))
	}
	for range 2 {
		if err := r.Revoke(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		if err := b.CloseConsent(t.Context(), two); err != nil {
			t.Fatal(err)
		}
	}
	if !revoked(one) || !revoked(two) {
		t.Error("not revoked, or not closed")
	}
	if err := r.Revoke(t.Context(), "unknown"); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("Revoke of an unknown one: %v", err)
	}
	if err := b.CloseConsent(t.Context(), "unknown"); err != nil {
		t.Error(err)
	}
	three := open()
	before := r.accounts(b, private("1"))
	if err := r.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !revoked(three) {
		t.Error("a consent lived through a reset")
	}
	if after := r.accounts(b, private("1")); len(after) != len(before) || after[0].IBAN != before[0].IBAN {
		t.Error("a reset changed the accounts")
	}
}

func TestBanks(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	want := strings.Fields("ESSESESS HANDSESS NDEASESS SWEDSESS DABASESX ELLFSESS OPBKSE21 NDEAFIHH OKOYFIHH DNBANOKK DABADKKK INGBNL2A DEUTDEFF")
	var got []string
	for _, c := range r.Connectors() {
		info := c.Info()
		got = append(got, string(info.ASPSP.BICFI))
		if id, err := ident.ParseBICFI(string(info.ASPSP.BICFI)); err != nil || id != info.ASPSP.BICFI {
			t.Errorf("BICFI %s: %v", info.ASPSP.BICFI, err)
		}
		if !strings.HasPrefix(string(info.ASPSP.Logo), "<svg ") || info.Location == time.UTC || info.ASPSP.City == "" {
			t.Errorf("%s: logo %.20q, in %v", info.ASPSP.BICFI, info.ASPSP.Logo, info.Location)
		}
		if swedish := info.ASPSP.CountryCode == "SE"; swedish != info.Profile.Decoupled || swedish != (len(info.Profile.Methods) == 4) {
			t.Errorf("%s: decoupled %v, methods %v", info.ASPSP.BICFI, info.Profile.Decoupled, info.Profile.Methods)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("banks %v, want %v", got, want)
	}
	for _, q := range simulator.Quirks() {
		if _, err := simulator.New(simulator.Options{Quirks: map[ident.BICFI]string{"ESSESESS": q}}); err != nil {
			t.Error(err)
		}
	}
	for _, o := range []simulator.Options{
		{Mode: "loud"},
		{Banks: []ident.BICFI{"XXXXSESS"}},
		{Quirks: map[ident.BICFI]string{"ESSESESS": "unheard"}},
	} {
		if _, err := simulator.New(o); err == nil {
			t.Errorf("New(%+v) is no error", o)
		}
	}
}
