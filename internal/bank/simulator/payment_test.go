package simulator_test

import (
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/banktest"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/store/storetest"
)

func sek(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "SEK"} }

// anOrder is a giro payment of the ordinary company.
func anOrder(from *bank.Account, amount money.Amount) bank.PaymentOrder {
	return bank.PaymentOrder{
		Customer: corporate("", simulator.OrdinaryCompany), PaymentID: "payment-1", ClientID: "app-1", Product: "swedish-giro", Amount: amount,
		Debtor: bank.Party{Reference: bank.Reference{IBAN: from.IBAN}}, Creditor: bank.Party{Bankgiro: "50501162"},
		CreditorName: "Demonstration AB", OCR: "1234567897", EndToEndID: "E2E-1", DebtorText: "For the books",
	}
}

// open opens a payment.
func (r *rig) open(b aBank, o bank.PaymentOrder) bank.OpenedPayment {
	r.t.Helper()
	p, err := b.OpenPayment(r.t.Context(), o)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// submit opens and submits a payment.
func (r *rig) submit(b aBank, o bank.PaymentOrder) (string, bank.PaymentState) {
	r.t.Helper()
	p := r.open(b, o)
	s, err := b.SubmitPayment(r.t.Context(), p.Ref, o)
	if err != nil {
		r.t.Fatal(err)
	}
	return p.Ref, s
}

// wantStatus looks at a payment.
func (r *rig) wantStatus(b aBank, ref string, want iso20022.Status) {
	r.t.Helper()
	s, err := b.Payment(r.t.Context(), ref)
	if err != nil {
		r.t.Fatal(err)
	}
	if s.Status != want {
		r.t.Errorf("status %s (%s), want %s", s.Status, s.Reason, want)
	}
}

// balances returns what is booked and what is available.
func (r *rig) balances(b aBank, c bank.Customer, id string) (booked, available int64) {
	r.t.Helper()
	list, err := b.Balances(r.t.Context(), c, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return list[0].Amount.Minor, list[1].Amount.Minor
}

func TestPaymentIsReservedAndBooked(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b, c := r.bank("ESSESESS"), corporate("", simulator.OrdinaryCompany)
	from := r.accounts(b, c)[0]
	to := r.accounts(b, corporate("", simulator.DemoCompany))[0]
	booked, available := r.balances(b, c, from.ID)
	got, _ := r.balances(b, corporate("", simulator.DemoCompany), to.ID)

	o := anOrder(&from, sek(150_00))
	opened := r.open(b, o)
	r.wantStatus(b, opened.Ref, iso20022.RCVD)
	s, err := b.SubmitPayment(t.Context(), opened.Ref, o)
	if err != nil || s.Status != iso20022.ACSP {
		t.Fatalf("submitted: %+v, %v", s, err)
	}
	if n, free := r.balances(b, c, from.ID); n != booked || free != available-150_00 {
		t.Errorf("reserved: booked %d, available %d; want %d, %d", n, free, booked, available-150_00)
	}
	q := all(c, from.ID)
	pending := r.page(b, q).Pending
	if len(pending) == 0 || pending[0].PaymentID != "payment-1" || pending[0].Amount != sek(-150_00) {
		t.Fatalf("pending: %+v", pending)
	}
	r.clock.Advance(10 * time.Second)
	r.wantStatus(b, opened.Ref, iso20022.ACSC)
	if n, free := r.balances(b, c, from.ID); n != booked-150_00 || free != available-150_00 {
		t.Errorf("settled: booked %d, available %d; want both 150.00 less than %d, %d", n, free, booked, available)
	}
	row := r.page(b, q).Booked[0]
	if row.ID != pending[0].ID || row.PaymentID != "payment-1" || row.PaymentClientID != "app-1" || row.Amount != sek(-150_00) ||
		row.Structured != "1234567897" || row.EndToEndID != "E2E-1" || row.CreditorAccount == nil || row.CreditorAccount.Bankgiro != "5050-1162" ||
		row.AdditionalInformation != "For the books" || row.CreditorName != "Demonstration AB" {
		t.Errorf("booked: %+v", row)
	}
	if n, _ := r.balances(b, corporate("", simulator.DemoCompany), to.ID); n != got+150_00 {
		t.Errorf("the creditor has %d, want 150.00 more than %d", n, got)
	}
	in := r.page(b, all(corporate("", simulator.DemoCompany), to.ID)).Booked[0]
	if in.Amount != sek(150_00) || in.PaymentClientID != "app-1" || in.DebtorName != "Example AB" || in.DebtorAccount == nil || in.DebtorAccount.IBAN != from.IBAN {
		t.Errorf("credited: %+v", in)
	}
	if again, err := b.SubmitPayment(t.Context(), opened.Ref, o); err != nil || again.Status != iso20022.ACSC {
		t.Errorf("submitted again: %+v, %v", again, err)
	}
	if _, err := b.CancelPayment(t.Context(), opened.Ref); !problem.Is(err, problem.CancellationInvalid) {
		t.Errorf("cancelled a settled one: %v", err)
	}
}

func TestPaymentOutcomes(t *testing.T) {
	t.Parallel()
	magic := func(minor int64) func(*bank.PaymentOrder) {
		return func(o *bank.PaymentOrder) { o.Amount = sek(minor) }
	}
	type look struct {
		after  time.Duration // since the look before
		status iso20022.Status
	}
	tests := []struct {
		name   string
		change func(*bank.PaymentOrder)
		first  iso20022.Status
		looks  []look
		reason string
	}{
		{"ordinary", nil, iso20022.ACSP, []look{{4 * time.Second, iso20022.ACSP}, {6 * time.Second, iso20022.ACSC}, {time.Hour, iso20022.ACSC}}, ""},
		{"funds", magic(9990_91), iso20022.RJCT, nil, "funds"},
		{"closed", magic(9990_92), iso20022.RJCT, nil, "closed"},
		{"closed giro", func(o *bank.PaymentOrder) { o.Creditor.Bankgiro = "5050-3077" }, iso20022.RJCT, nil, "closed"},
		{
			"checks", magic(9990_93), iso20022.PDNG,
			[]look{{9 * time.Minute, iso20022.PDNG}, {time.Minute, iso20022.ACSP}, {10 * time.Second, iso20022.ACSC}},
			"",
		},
		{"reported", magic(9990_95), iso20022.ACSC, []look{{4 * time.Second, iso20022.ACSC}, {6 * time.Second, iso20022.ACCC}}, ""},
		{"no cover", magic(900_000_000_00), iso20022.RJCT, nil, "funds"},
		{
			"dated", func(o *bank.PaymentOrder) { o.ExecutionDate = start.AddDate(0, 0, 3).Truncate(24 * time.Hour) }, iso20022.ACTC,
			[]look{{24 * time.Hour, iso20022.ACTC}, {36 * time.Hour, iso20022.ACSP}, {time.Hour, iso20022.ACSC}},
			"",
		},
		{"jump", func(o *bank.PaymentOrder) { o.ExecutionDate = start.AddDate(0, 0, 3).Truncate(24 * time.Hour) }, iso20022.ACTC, []look{{30 * 24 * time.Hour, iso20022.ACSC}}, ""},
		{"returned", func(o *bank.PaymentOrder) { o.CreditorName = "RETURN TO SENDER" }, iso20022.ACSP, []look{{time.Hour, iso20022.ACSC}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			b := r.bank("ESSESESS")
			from := r.accounts(b, corporate("", simulator.OrdinaryCompany))[0]
			o := anOrder(&from, sek(1_00))
			if tt.change != nil {
				tt.change(&o)
			}
			ref, s := r.submit(b, o)
			if s.Status != tt.first || !strings.Contains(s.Reason, tt.reason) {
				t.Fatalf("submitted: %+v, want %s, reason with %q", s, tt.first, tt.reason)
			}
			for _, l := range tt.looks {
				r.clock.Advance(l.after)
				r.wantStatus(b, ref, l.status)
			}
		})
	}
}

func TestPaymentIsSigned(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	b := r.bank("ESSESESS")
	from := r.accounts(b, corporate("", simulator.OrdinaryCompany))[0]
	o := anOrder(&from, sek(1_00))
	p := r.open(b, o)
	for _, subject := range []bank.Subject{bank.SubjectPayment, bank.SubjectCancellation} {
		st, err := b.StartSCA(t.Context(), bank.SCAOrder{
			Customer: o.Customer, Subject: subject, SubjectRef: p.Ref, Payments: []bank.PaymentOrder{o}, Approach: sca.Decoupled, Method: sca.MBID,
		})
		if err != nil || st.Status != sca.Started {
			t.Fatalf("%+v, %v", st, err)
		}
		r.clock.Advance(2 * time.Second)
		if st = r.look(b, st.Ref); st.Status != sca.Finalised || st.Signer != simulator.OrdinaryPerson || st.SignaturesNeeded != 1 {
			t.Errorf("%s: %+v", subject, st)
		}
	}
}

func TestConformanceOfPayments(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		r := newRigOn(t, url, func(o *simulator.Options) { o.HistoryDays = 5 })
		banktest.RunPayments(t, func(t *testing.T) banktest.PaymentSetting {
			b, c, n := r.bank("ESSESESS"), private(ident.NewUUID()), 0
			return banktest.PaymentSetting{
				Bank: b, Now: r.clock.Now, Pass: func(d time.Duration) { r.clock.Advance(d) },
				Order: func() bank.PaymentOrder {
					n++
					return bank.PaymentOrder{
						Customer: c, PaymentID: ident.NewUUID(), ClientID: "app", Product: "domestic", Amount: sek(int64(n)), CreditorName: "Somebody",
						Debtor:   bank.Party{Reference: bank.Reference{BBAN: "5400" + strings.ReplaceAll(c.PSU[:8], "-", "")}},
						Creditor: bank.Party{Reference: bank.Reference{IBAN: "SE7280000810340009783242"}},
					}
				},
			}
		})
	})
}
