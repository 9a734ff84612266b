package client_test

import (
	"errors"
	"testing"
	"time"

	"sluss.example/sluss/client"
	"sluss.example/sluss/psd2"
)

// signature signs something and waits until the bank has it.
func signature(t *testing.T, s *client.Signatures, advance func(time.Duration)) {
	t.Helper()
	a, err := s.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if started, err := s.ChooseMethod(t.Context(), a.AuthorisationID, "mbid"); err != nil || started.SCAStatus != "started" {
		t.Fatalf("ChooseMethod = %+v, %v", started, err)
	}
	advance(2 * time.Second)
	if poll, err := s.Authorisation(t.Context(), a.AuthorisationID); err != nil || poll.SCAStatus != "finalised" {
		t.Fatalf("Authorisation = %+v, %v", poll, err)
	}
}

// TestPayments pays singly and in a basket, and cancels, in a strict sandbox.
func TestPayments(t *testing.T) {
	t.Parallel()
	c, now := newSandbox(t)
	b := c.Bank("ESSESESS", client.PSU{ID: "199002092386", IPAddress: "192.0.2.1", UserAgent: "test"})
	giro, domestic := b.Payments("swedish-giro"), b.Payments("domestic")
	from := psd2.DebtorAccount{AccountReference: psd2.AccountReference{IBAN: "SE4550000000058398257466"}}
	invoice := psd2.Payment{
		InstructedAmount: psd2.Amount{Currency: "SEK", Amount: "150.00"}, DebtorAccount: from, CreditorName: "Leverantör AB",
		CreditorGiro: &psd2.GiroReference{GiroNumber: "5050-1055", GiroType: "BANKGIRO"}, OCRRef: "1234567897",
	}
	first, err := giro.Create(t.Context(), invoice, client.PaymentOption{Key: "invoice 7"})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := giro.Create(t.Context(), invoice, client.PaymentOption{Key: "invoice 7"}); err != nil || again.PaymentID != first.PaymentID {
		t.Errorf("Create again = %+v, %v, want the first payment", again, err)
	}
	signature(t, giro.Signatures(first.PaymentID), now.Advance)
	now.Advance(20 * time.Second)
	if st, err := giro.Status(t.Context(), first.PaymentID); err != nil || st.TransactionStatus != "ACSC" {
		t.Errorf("Status = %+v, %v, want ACSC", st, err)
	}
	if p, err := giro.Payment(t.Context(), first.PaymentID); err != nil || p.OCRRef != invoice.OCRRef || p.CreditorAccount.BBAN != "50501055" {
		t.Errorf("Payment = %+v, %v", p, err)
	}
	var refusal *client.Error
	if _, err := giro.Cancel(t.Context(), first.PaymentID); !errors.As(err, &refusal) || refusal.Code != string(psd2.CancellationInvalid) {
		t.Errorf("Cancel of what was paid reports %v", err)
	}

	rent := psd2.Payment{
		InstructedAmount: psd2.Amount{Currency: "SEK", Amount: "10.00"}, DebtorAccount: from, CreditorName: "Hyresvärd",
		CreditorAccount: &psd2.AccountReference{IBAN: "SE3550000000054910000003"},
	}
	var ids []string
	for range 3 {
		p, err := domestic.Create(t.Context(), rent, client.PaymentOption{})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.PaymentID)
	}
	if needs, err := domestic.Cancel(t.Context(), ids[2]); needs || err != nil {
		t.Errorf("Cancel = %t, %v", needs, err)
	}
	baskets := b.Baskets()
	basket, err := baskets.Create(t.Context(), ids[:2]...)
	if err != nil {
		t.Fatal(err)
	}
	if err := baskets.Delete(t.Context(), basket.BasketID); err != nil {
		t.Error(err)
	}
	if basket, err = baskets.Create(t.Context(), ids[:2]...); err != nil {
		t.Fatal(err)
	}
	signature(t, baskets.Signatures(basket.BasketID), now.Advance)
	if st, err := baskets.Status(t.Context(), basket.BasketID); err != nil || st.TransactionStatus != "ACTC" {
		t.Errorf("Status = %+v, %v, want ACTC", st, err)
	}
	if read, err := baskets.Basket(t.Context(), basket.BasketID); err != nil || len(read.PaymentIDs) != 2 {
		t.Errorf("Basket = %+v, %v", read, err)
	}
	for i, want := range []string{"ACSP", "ACSP", "CANC"} {
		if st, err := domestic.Status(t.Context(), ids[i]); err != nil || st.TransactionStatus != want {
			t.Errorf("Status of %d = %+v, %v, want %s", i, st, err, want)
		}
	}
}
