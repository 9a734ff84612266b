package simulator_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
)

func ibanParty(s string) bank.Party { return bank.Party{Reference: bank.Reference{IBAN: s}} }

// domestic is a payment from an account that is opened on demand.
func domestic(c bank.Customer) bank.PaymentOrder {
	return bank.PaymentOrder{
		Customer: c, PaymentID: "p", ClientID: "app", Product: "domestic", Amount: sek(10_00), CreditorName: "Somebody",
		Debtor: ibanParty("SE3550000000054910000003"), Creditor: ibanParty("SE7280000810340009783242"),
	}
}

func TestOpenPaymentRefuses(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	tests := []struct {
		name    string
		profile string
		strict  bool
		change  func(*bank.PaymentOrder)
		reason  problem.Reason // empty: taken
		field   string
	}{
		{"taken", "", false, nil, "", ""},
		{"date", "", false, func(o *bank.PaymentOrder) { o.ExecutionDate = day("2026-12-24") }, "", ""},
		{"any form", "", false, func(o *bank.PaymentOrder) { o.Debtor.Reference = bank.Reference{BBAN: "54910000003"} }, "", ""},
		{"person who will be refused as a signer", "", false, func(o *bank.PaymentOrder) { o.Customer.PSU = "99990101107" }, "", ""},
		{"currency fits", "", false, func(o *bank.PaymentOrder) { o.Debtor.Currency = "SEK" }, "", ""},
		{"giro with OCR", "", false, func(o *bank.PaymentOrder) {
			o.Product, o.Creditor, o.OCR = "swedish-giro", bank.Party{Bankgiro: "5050-2061"}, "1234567897"
		}, "", ""},
		{"bban and clearing", "clearing-apart", false, func(o *bank.PaymentOrder) {
			o.Debtor.Reference = bank.Reference{BBAN: "54910000003"}
			o.Creditor.Reference = bank.Reference{BBAN: "9783242", ClearingNumber: "8000"}
		}, "", ""},
		{"right digits", "checks-digits", false, func(o *bank.PaymentOrder) { o.Creditor.IBAN = "SE4550000000058398257466" }, "", ""},

		{"product", "", false, func(o *bank.PaymentOrder) { o.Product = "instant" }, problem.ProductInvalid, ""},
		{"amount", "", false, func(o *bank.PaymentOrder) { o.Amount = sek(9990_96) }, problem.PaymentFailed, ""},
		{"organisation", "", false, func(o *bank.PaymentOrder) { o.Customer.Context = scope.Corporate }, problem.CorporateIDInvalid, ""},
		{"rights", "checks-rights", false, func(o *bank.PaymentOrder) { o.Customer.PSU = "99990101103" }, problem.RightsMissing, ""},
		{"somebody's account", "", false, func(o *bank.PaymentOrder) { o.Debtor = ibanParty("SE5150000000053456789012") }, problem.PaymentFailed, ""},
		{"strict", "", true, nil, problem.PaymentFailed, ""},
		{"giro as debtor", "", false, func(o *bank.PaymentOrder) { o.Debtor = bank.Party{Bankgiro: "5050-1055"} }, problem.PaymentFailed, ""},
		{"no OCR", "", false, func(o *bank.PaymentOrder) {
			o.Product, o.Creditor = "swedish-giro", bank.Party{Bankgiro: "50502061"}
		}, problem.FormatInvalid, "ocrRef"},
		{"wrong OCR", "", false, func(o *bank.PaymentOrder) {
			o.Product, o.Creditor, o.OCR = "swedish-giro", bank.Party{Bankgiro: "5050-2061"}, "1234567890"
		}, problem.FormatInvalid, "ocrRef"},
		{"IBAN wanted", "iban-only", false, func(o *bank.PaymentOrder) { o.Debtor.Reference = bank.Reference{BBAN: "54910000003"} }, problem.FormatInvalid, "debtorAccount"},
		{"payee's IBAN wanted", "iban-only", false, func(o *bank.PaymentOrder) { o.Creditor.Reference = bank.Reference{BBAN: "1"} }, problem.FormatInvalid, "creditorAccount"},
		{"BBAN wanted", "clearing-apart", false, nil, problem.FormatInvalid, "debtorAccount"},
		{"clearing wanted", "clearing-apart", false, func(o *bank.PaymentOrder) {
			o.Debtor.Reference, o.Creditor.Reference = bank.Reference{BBAN: "54910000003"}, bank.Reference{BBAN: "80009783242"}
		}, problem.FormatInvalid, "creditorAccount"},
		{"debtor's BBAN wanted", "bban-debtor", false, nil, problem.FormatInvalid, "debtorAccount"},
		{"digits", "checks-digits", false, func(o *bank.PaymentOrder) { o.Debtor.IBAN = "SE1412000000000012345678" }, problem.FormatInvalid, "debtorAccount"},
		{"digits of a giro", "checks-digits", false, func(o *bank.PaymentOrder) {
			o.Product, o.Creditor, o.Debtor = "swedish-giro", bank.Party{Bankgiro: "1234-5678"}, ibanParty("SE4550000000058398257466")
		}, problem.FormatInvalid, "creditorGiro"},
		{"currency", "", false, func(o *bank.PaymentOrder) { o.Amount.Currency = "XTS" }, problem.PaymentFailed, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *simulator.Options) {
				o.HistoryDays, o.StrictAccounts = 3, tt.strict
				if tt.profile != "" {
					o.Quirks = map[ident.BICFI]string{"ESSESESS": tt.profile}
				}
			})
			b := r.bank("ESSESESS")
			other := domestic(private("198505050000")) // has opened an account before
			if other.Debtor = ibanParty("SE5150000000053456789012"); !tt.strict && tt.profile == "" {
				r.open(b, other)
			}
			o := domestic(private("199001010000"))
			if tt.change != nil {
				tt.change(&o)
			}
			_, err := b.OpenPayment(t.Context(), o)
			var p *problem.Error
			errors.As(err, &p)
			switch {
			case tt.reason == "" && err != nil, tt.reason != "" && !problem.Is(err, tt.reason):
				t.Errorf("%v, want reason %q", err, tt.reason)
			case p != nil && p.Field != tt.field:
				t.Errorf("field %q, want %q", p.Field, tt.field)
			}
		})
	}
}

func TestExecutionDates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		bank          ident.BICFI
		now           string
		product       string
		asked, effect string
		moved         bool
	}{
		{"ESSESESS", "2026-11-23T12:00:00Z", "domestic", "", "2026-11-23", false},
		{"ESSESESS", "2026-11-23T14:00:00Z", "domestic", "", "2026-11-24", false}, // 15:00 in Stockholm
		{"ESSESESS", "2026-11-23T14:00:00Z", "domestic", "2026-11-23", "2026-11-24", true},
		{"ESSESESS", "2026-11-27T14:00:00Z", "domestic", "2026-11-27", "2026-11-30", true},               // Friday, too late
		{"ESSESESS", "2026-11-23T12:00:00Z", "domestic", "2026-12-24", "2026-12-28", true},               // Christmas and a weekend
		{"ESSESESS", "2026-11-23T12:00:00Z", "sepa-credit-transfers", "2026-12-24", "2026-12-24", false}, // TARGET is open
		{"ESSESESS", "2026-11-23T12:00:00Z", "sepa-credit-transfers", "2027-01-01", "2027-01-04", true},  // New Year, Friday
		{"ESSESESS", "2026-11-23T12:00:00Z", "domestic", "2027-01-06", "2027-01-07", true},               // Epiphany
		{"OKOYFIHH", "2026-11-23T12:00:00Z", "cross-border", "2027-12-06", "2027-12-07", true},           // Independence Day
		{"DNBANOKK", "2026-11-23T12:00:00Z", "domestic", "2027-05-17", "2027-05-18", true},               // Constitution Day, Whit Monday
		{"DABADKKK", "2026-11-23T12:00:00Z", "domestic", "2027-06-07", "2027-06-07", false},              // a Monday
		{"INGBNL2A", "2026-11-23T12:00:00Z", "cross-border", "2027-04-27", "2027-04-28", true},           // King's Day
		{"DEUTDEFF", "2026-11-23T12:00:00Z", "cross-border", "2027-05-06", "2027-05-07", true},           // Ascension Day
		{"DEUTDEFF", "2026-11-23T12:00:00Z", "sepa-credit-transfers", "2027-05-06", "2027-05-06", false}, // TARGET is open
		{"HANDSESS", "2026-11-28T22:00:00Z", "domestic", "", "2026-11-28", false},                        // ideal: every day is one
		{"HANDSESS", "2026-11-28T23:30:00Z", "domestic", "2026-11-28", "2026-11-29", true},               // past midnight in Stockholm
		{"HANDSESS", "2026-11-28T12:00:00Z", "sepa-credit-transfers", "2026-12-25", "2026-12-25", false}, // ideal
		{"ESSESESS", "2026-11-23T12:00:00Z", "swedish-giro", "2026-11-28", "2026-11-30", true},           // Saturday
	}
	for _, tt := range tests {
		t.Run(string(tt.bank)+" "+tt.product+" "+tt.asked, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			r := newRig(t, func(o *simulator.Options) {
				o.HistoryDays, o.Quirks = 3, map[ident.BICFI]string{}
				for _, id := range []ident.BICFI{"ESSESESS", "OKOYFIHH", "DNBANOKK", "DABADKKK", "INGBNL2A", "DEUTDEFF"} {
					o.Quirks[id] = "banking-days"
				}
				o.Clock = clock.NewFrozen(now)
			})
			o := domestic(private("199001010000"))
			o.Product, o.Debtor = tt.product, bank.Party{Reference: bank.Reference{BBAN: "12345678901"}}
			o.Amount.Currency = "EUR"
			if tt.asked != "" {
				if o.ExecutionDate, err = time.Parse(time.DateOnly, tt.asked); err != nil {
					t.Fatal(err)
				}
			}
			p := r.open(r.bank(tt.bank), o)
			if got := p.ExecutionDate.Format(time.DateOnly); got != tt.effect || p.Moved != tt.moved {
				t.Errorf("executes on %s, moved %t; want %s, %t", got, p.Moved, tt.effect, tt.moved)
			}
		})
	}
}

func TestCurrencies(t *testing.T) {
	t.Parallel()
	eur := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "EUR"} }
	tests := []struct {
		name      string
		amount    money.Amount
		source    money.Amount
		debit     int64 // SEK
		converted bool
	}{
		{"same", sek(100_00), money.Amount{}, 100_00, false},
		{"bank's rate", eur(100_00), money.Amount{}, 1125_60, true}, // 11.20 and half a per cent
		{"no decimals", money.Amount{Minor: 1000, Currency: "JPY"}, money.Amount{}, 69_06, true},
		{"small", money.Amount{Minor: 1, Currency: "HUF"}, money.Amount{}, 1, true},
		{"quote", eur(100_00), sek(1121_50), 1121_50, false},
		{"quote in one currency", sek(100_00), sek(101_50), 101_50, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 3 })
			b, c := r.bank("ESSESESS"), private("199001010000")
			o := domestic(c)
			o.Product, o.Amount, o.Source = "cross-border", tt.amount, tt.source
			p := r.open(b, o)
			if p.Converted != tt.converted {
				t.Errorf("converted: %t", p.Converted)
			}
			id := ""
			for _, a := range r.accounts(b, c) {
				if a.IBAN == o.Debtor.IBAN {
					id = a.ID
				}
			}
			before, _ := r.balances(b, c, id)
			if s, err := b.SubmitPayment(t.Context(), p.Ref, o); err != nil || s.Status != iso20022.ACSP {
				t.Fatalf("%+v, %v", s, err)
			}
			r.clock.Advance(10 * time.Second)
			r.wantStatus(b, p.Ref, iso20022.ACSC)
			if after, _ := r.balances(b, c, id); before-after != tt.debit {
				t.Errorf("debited %d, want %d", before-after, tt.debit)
			}
			row := r.page(b, all(c, id)).Booked[0]
			if (len(row.Exchange) == 1) != (tt.amount.Currency != "SEK") || row.BankTransactionCode != "PMNT-ICDT-XBCT" {
				t.Errorf("row: %+v", row)
			}
		})
	}
}

func TestPaymentRounds(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) {
		o.HistoryDays, o.Quirks = 3, map[ident.BICFI]string{"ESSESESS": "three-rounds", "NDEASESS": "two-rounds"}
	})
	rounds := func(b aBank, o bank.PaymentOrder) (got []sca.Status) {
		p := r.open(b, o)
		st, err := b.StartSCA(t.Context(), bank.SCAOrder{
			Customer: o.Customer, Subject: bank.SubjectPayment, SubjectRef: p.Ref, Payments: []bank.PaymentOrder{o}, Approach: sca.Decoupled, Method: sca.MBID,
		})
		seen := map[string]bool{}
		for err == nil && !st.Status.Final() {
			if got = append(got, st.Status); seen[st.Challenge.Data[0]] {
				t.Error("two rounds have one challenge")
			}
			seen[st.Challenge.Data[0]] = true
			r.clock.Advance(2 * time.Second)
			st, err = b.SCA(t.Context(), st.Ref)
		}
		if err != nil || st.Status != sca.Finalised {
			t.Errorf("%+v, %v", st, err)
		}
		if s, err := b.SubmitPayment(t.Context(), p.Ref, o); err != nil || s.Status != iso20022.ACSP {
			t.Errorf("%+v, %v", s, err)
		}
		return got
	}
	o := domestic(private("199001010000"))
	for i, want := range []int{3, 2} { // the payee is known then
		if got := rounds(r.bank("ESSESESS"), o); len(got) != want || (want == 3) != (got[1] == sca.AuthoriseCreditorAccountStarted) {
			t.Errorf("payment %d: rounds %v, want %d", i, got, want)
		}
	}
	o.Creditor = bank.Party{Bankgiro: "5050-1055"}
	o.Product = "swedish-giro"
	if got := rounds(r.bank("ESSESESS"), o); len(got) != 3 {
		t.Errorf("another payee: rounds %v", got)
	}
	if got := rounds(r.bank("NDEASESS"), o); len(got) != 2 || got[0] != sca.AuthenticationStarted {
		t.Errorf("at a bank with two: rounds %v", got)
	}
}

func TestSigningPayments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		psu     string
		failure sca.Failure
		needed  int
	}{
		{"199001010000", "", 1},
		{"99990101002", "", 2},
		{"99990101108", "", 3},
		{"99990101004", sca.SessionExpired, 1},
		{"99990101005", sca.NotActivated, 1},
		{"99990101101", sca.UserCancel, 1},
		{"99990101103", sca.RightsMissing, 1},
	}
	for _, tt := range tests {
		t.Run(tt.psu, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 3 })
			b, o := r.bank("ESSESESS"), domestic(corporate(tt.psu, simulator.OrdinaryCompany))
			p := r.open(b, o)
			st, err := b.StartSCA(t.Context(), bank.SCAOrder{
				Customer: o.Customer, Subject: bank.SubjectPayment, SubjectRef: p.Ref, Payments: []bank.PaymentOrder{o}, Approach: sca.Decoupled, Method: sca.MBID,
			})
			if err != nil || st.Status != sca.Started {
				t.Fatalf("%+v, %v", st, err)
			}
			r.clock.Advance(3 * time.Second)
			st = r.look(b, st.Ref)
			if st.Failure != tt.failure || st.SignaturesNeeded != tt.needed || (tt.failure == "") != st.Status.Signed() || st.Declined {
				t.Errorf("%+v, want failure %q of %d signers, and nothing ended", st, tt.failure, tt.needed)
			}
			r.wantStatus(b, p.Ref, iso20022.RCVD)
		})
	}
}

// TestBasketRefused: a basket with the amount that is not for baskets stands
// until it is signed, and its payments are not touched.
func TestBasketRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		amount int64
		psu    string
		want   bool
	}{
		{999097, simulator.OrdinaryPerson, true},
		{999097, "99990101101", false}, // who declines
		{999096, simulator.OrdinaryPerson, false},
	} {
		r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 3 })
		b, plain := r.bank("ESSESESS"), domestic(private(tt.psu))
		unfit := plain
		unfit.Amount = sek(tt.amount)
		refs := []string{r.open(b, plain).Ref}
		basket, err := b.OpenBasket(t.Context(), plain.Customer, refs)
		if err != nil {
			t.Fatal(err)
		}
		order := bank.SCAOrder{
			Customer: plain.Customer, Subject: bank.SubjectBasket, SubjectRef: basket, Payments: []bank.PaymentOrder{plain, unfit},
			Approach: sca.Decoupled, Method: sca.MBID,
		}
		if _, err := b.StartSCA(t.Context(), order); err != nil {
			t.Fatal(err)
		}
		started := r.clock.Now()
		if st, err := b.Basket(t.Context(), basket); st.Refused || err != nil {
			t.Errorf("%d, unsigned: %+v, %v", tt.amount, st, err)
		}
		r.clock.Advance(time.Minute)
		st, err := b.Basket(t.Context(), basket)
		if st.Refused != tt.want || err != nil || tt.want && (st.Reason == "" || !st.At.Equal(started.Add(2*time.Second))) {
			t.Errorf("%d of %s: %+v, %v, want refused %t", tt.amount, tt.psu, st, err, tt.want)
		}
		if st, err := r.bank("NDEASESS").Basket(t.Context(), basket); st.Refused || err != nil {
			t.Errorf("at another bank: %+v, %v", st, err)
		}
		r.wantStatus(b, refs[0], iso20022.RCVD)
	}
}

func TestRedirectedPaymentOfNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 3 })
	b, anna := r.bank("ESSESESS"), private(simulator.OrdinaryPerson)
	o := domestic(bank.Customer{Context: scope.Private})
	o.Debtor = ibanParty(r.accounts(b, anna)[0].IBAN)
	p := r.open(b, o)
	st, err := b.StartSCA(t.Context(), bank.SCAOrder{
		Customer: o.Customer, Subject: bank.SubjectPayment, SubjectRef: p.Ref, Payments: []bank.PaymentOrder{o}, Approach: sca.OAuthRedirect,
		Method: sca.MBID, ReturnURL: "https://auth.example/back",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Login(t.Context(), st.Ref, "199001010000"); !problem.Is(err, problem.PSUInvalid) {
		t.Errorf("somebody else logs in: %v", err)
	}
	s, err := r.Session(t.Context(), st.Ref, simulator.OrdinaryPerson)
	if err != nil || len(s.Payments) != 1 || s.Payments[0].Payee != "Somebody" || s.Payments[0].From != o.Debtor.IBAN ||
		s.Payments[0].To != o.Creditor.IBAN || s.Payments[0].Amount != "10.00\u00a0SEK" {
		t.Errorf("%+v, %v", s.Payments, err)
	}
	if err := r.Decide(t.Context(), st.Ref, simulator.Decision{Verdict: simulator.Approve, PSU: simulator.OrdinaryPerson}); err != nil {
		t.Fatal(err)
	}
	if st = r.look(b, st.Ref); !st.Status.Signed() || st.Signer != simulator.OrdinaryPerson {
		t.Errorf("%+v", st)
	}
	if s, err := b.SubmitPayment(t.Context(), p.Ref, o); err != nil || s.Status != iso20022.ACSP {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestOutages(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 3 })
	b, o := r.bank("ESSESESS"), domestic(private("199001010000"))
	o.Amount = sek(9990_94)
	ref := r.open(b, o).Ref
	down := func(want bool) {
		t.Helper()
		if _, err := b.Payment(t.Context(), ref); problem.Is(err, problem.BankUnavailable) != want {
			t.Errorf("%v", err)
		}
	}
	down(true)
	if _, err := b.SubmitPayment(t.Context(), ref, o); err != nil {
		t.Fatal(err)
	}
	down(true)
	down(true)
	down(false)
	r.clock.Advance(10 * time.Second)
	r.wantStatus(b, ref, iso20022.ACSC)
}

func TestForce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		amount money.Amount
		dated  bool
		forces []simulator.Force
		want   iso20022.Status
		back   int64 // what the debtor has lost in the end
		last   problem.Reason
	}{
		{"settled", sek(100_00), false, []simulator.Force{simulator.ForceSettle}, iso20022.ACSC, 100_00, ""},
		{"settled before its day", sek(100_00), true, []simulator.Force{simulator.ForceSettle}, iso20022.ACSC, 100_00, ""},
		{"settled in the checks", sek(9990_93), false, []simulator.Force{simulator.ForceSettle}, iso20022.ACSC, 9990_93, ""},
		{"rejected", sek(100_00), false, []simulator.Force{simulator.ForceReject}, iso20022.RJCT, 0, ""},
		{"returned", sek(100_00), false, []simulator.Force{simulator.ForceSettle, simulator.ForceReturn}, iso20022.ACSC, 0, ""},

		{"rejected too late", sek(100_00), false, []simulator.Force{simulator.ForceSettle, simulator.ForceReject}, iso20022.ACSC, 100_00, problem.StatusInvalid},
		{"returned too early", sek(100_00), true, []simulator.Force{simulator.ForceReturn}, iso20022.ACTC, 0, problem.StatusInvalid},
		{
			"returned twice", sek(100_00), false,
			[]simulator.Force{simulator.ForceSettle, simulator.ForceReturn, simulator.ForceReturn},
			iso20022.ACSC, 0, problem.StatusInvalid,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 3 })
			b, c := r.bank("ESSESESS"), private("199001010000")
			o := domestic(c)
			o.Amount, o.PaymentID = tt.amount, ident.NewUUID()
			if tt.dated {
				o.ExecutionDate = start.AddDate(0, 0, 9).Truncate(24 * time.Hour)
			}
			ref, _ := r.submit(b, o)
			list := r.accounts(b, c)
			id := list[len(list)-1].ID
			before, _ := r.balances(b, c, id)
			var err error
			for i, f := range tt.forces {
				if err = r.Force(t.Context(), []string{ref, o.PaymentID}[i%2], f, "by hand"); i+1 < len(tt.forces) && err != nil {
					t.Fatal(err)
				}
			}
			if tt.last == "" && err != nil || tt.last != "" && !problem.Is(err, tt.last) {
				t.Errorf("%v, want %q", err, tt.last)
			}
			r.wantStatus(b, ref, tt.want)
			if after, _ := r.balances(b, c, id); before-after != tt.back {
				t.Errorf("the debtor lost %d, want %d", before-after, tt.back)
			}
			if all, err := r.Payments(t.Context(), "ESSESESS"); err != nil || len(all) != 1 || all[0].Status != tt.want {
				t.Errorf("%+v, %v", all, err)
			}
		})
	}
	r := newRig(t, nil)
	if err := r.Force(t.Context(), ident.NewUUID(), simulator.ForceSettle, ""); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("an unknown payment: %v", err)
	}
}

// TestReturn has the money come back by itself.
func TestReturn(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 3 })
	b, c := r.bank("ESSESESS"), private("199001010000")
	o := domestic(c)
	o.CreditorName = "return to sender"
	ref, _ := r.submit(b, o)
	list := r.accounts(b, c)
	id := list[len(list)-1].ID
	before, _ := r.balances(b, c, id)
	r.clock.Advance(time.Minute)
	if after, _ := r.balances(b, c, id); after != before {
		t.Errorf("the debtor has %d, want %d again", after, before)
	}
	rows := r.page(b, all(c, id)).Booked
	if rows[0].Amount != sek(10_00) || rows[0].PaymentID != "p" || !strings.Contains(rows[0].AdditionalInformation, "came back") || rows[1].Amount != sek(-10_00) {
		t.Errorf("rows %+v", rows[:2])
	}
	r.wantStatus(b, ref, iso20022.ACSC)
}

func TestNoWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.HistoryDays, o.NoWaits = 3, true })
	b, o := r.bank("ESSESESS"), domestic(private("199001010000"))
	p := r.open(b, o)
	st, err := b.StartSCA(t.Context(), bank.SCAOrder{
		Customer: o.Customer, Subject: bank.SubjectPayment, SubjectRef: p.Ref, Payments: []bank.PaymentOrder{o}, Approach: sca.Decoupled, Method: sca.MBID,
	})
	if err != nil || st.Status != sca.Finalised {
		t.Errorf("%+v, %v", st, err)
	}
	if s, err := b.SubmitPayment(t.Context(), p.Ref, o); err != nil || s.Status != iso20022.ACSC {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 3 })
	b, c := r.bank("ESSESESS"), private("199001010000")
	run := r.start(b, c, nil)
	closed, err := b.OpenConsent(t.Context(), bank.ConsentOrder{Customer: c, All: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.CloseConsent(t.Context(), closed); err != nil {
		t.Fatal(err)
	}
	ref, _ := r.submit(b, domestic(c))
	unsubmitted := r.open(b, domestic(c)).Ref
	forget := func(after time.Duration) {
		t.Helper()
		r.clock.Advance(after)
		if _, err := r.RunDue(t.Context(), r.clock.Now()); err != nil {
			t.Fatal(err)
		}
		if err := r.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	forget(39 * 24 * time.Hour)
	if st := r.look(b, run.Ref); !st.Status.Signed() {
		t.Errorf("after 39 days the run is %+v", st)
	}
	forget(2 * 24 * time.Hour)
	if st := r.look(b, run.Ref); st.Failure != sca.SessionExpired {
		t.Errorf("after 41 days the run is %+v", st)
	}
	if err := r.Revoke(t.Context(), closed); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("after 41 days the consent is there: %v", err)
	}
	r.wantStatus(b, ref, iso20022.ACSC)
	forget(361 * 24 * time.Hour)
	for _, old := range []string{ref, unsubmitted} {
		if _, err := b.Payment(t.Context(), old); !problem.Is(err, problem.ResourceUnknown) {
			t.Errorf("after 402 days: %v", err)
		}
	}
}

func TestJobCarriesOut(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *simulator.Options) { o.HistoryDays = 3 })
	b, o := r.bank("ESSESESS"), domestic(private("199001010000"))
	o.ExecutionDate = start.AddDate(0, 0, 2).Truncate(24 * time.Hour)
	r.submit(b, o)
	r.clock.Advance(72 * time.Hour)
	day := start.AddDate(0, 0, 2).Truncate(24 * time.Hour).Add(-time.Hour) // midnight in Stockholm
	for _, due := range []time.Duration{-time.Second, 0, 10 * time.Second} {
		if more, err := r.RunJob(t.Context(), job.New(simulator.Job, "", day.Add(due))); more != nil || err != nil {
			t.Fatal(err)
		}
		list, err := r.Payments(t.Context(), "")
		want := map[time.Duration]iso20022.Status{-time.Second: iso20022.ACTC, 0: iso20022.ACSP, 10 * time.Second: iso20022.ACSC}[due]
		if err != nil || list[0].Status != want {
			t.Errorf("%s after its day began it is %s, want %s; %v", due, list[0].Status, want, err)
		}
	}
}
