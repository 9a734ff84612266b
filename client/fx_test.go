package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/client"
	"sluss.example/sluss/psd2"
)

// TestQuotes pays at a quoted rate, once by a payment that is signed and once by
// a transfer, in a strict sandbox.
func TestQuotes(t *testing.T) {
	t.Parallel()
	c, now := newSandbox(t)
	company := client.PSU{Context: client.Corporate, ID: "199002092386", CorporateID: "5560160680", IPAddress: "192.0.2.1", UserAgent: "test"}
	quotes := c.Quotes(company)
	ask := psd2.QuoteRequest{SourceCurrency: "SEK", TargetCurrency: "USD", CountryCode: "US", Amount: "130.00"}
	vendor := psd2.Payment{
		InstructedAmount: psd2.Amount{Currency: "USD", Amount: "130.00"}, CreditorName: "Vendor Inc",
		DebtorAccount:   psd2.DebtorAccount{AccountReference: psd2.AccountReference{IBAN: "SE4550000000058398257466"}},
		CreditorAccount: &psd2.AccountReference{BBAN: "123456789"}, CreditorAgent: "CHASUS33", CreditorAgentName: "Chase",
		CreditorAddress: &psd2.InternationalAddress{Address: psd2.Address{Street: "1 Main Street", City: "New York", PostalCode: "10001", Country: "US"}},
	}

	signed, err := quotes.Create(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := quotes.Quote(t.Context(), signed.FXQuoteID); err != nil || read.FXRate != signed.FXRate {
		t.Errorf("Quote = %+v, %v, want the rate of %+v", read, err, signed)
	}
	abroad := c.Bank("ESSESESS", company).Payments("cross-border")
	p, err := abroad.Create(t.Context(), vendor, client.PaymentOption{QuoteID: signed.FXQuoteID})
	if err != nil || len(p.TPPMessages) != 0 {
		t.Fatalf("Create with a quote = %+v, %v", p, err)
	}
	signature(t, abroad.Signatures(p.PaymentID), now.Advance)

	funded, err := quotes.Create(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	var refusal *client.Error
	if _, err := quotes.Order(t.Context(), funded.FXQuoteID); !errors.As(err, &refusal) || refusal.Code != string(psd2.ResourceUnknown) {
		t.Errorf("Order of a quote that was not confirmed: %v", err)
	}
	pay, err := quotes.Confirm(t.Context(), funded.FXQuoteID, vendor)
	if err != nil || pay.InstructedAmount.Amount != funded.TotalAmount || pay.CreditorAccount.IBAN == "" {
		t.Fatalf("Confirm = %+v, %v, want that %s is to be paid in", pay, err, funded.TotalAmount)
	}
	if o, err := quotes.Order(t.Context(), funded.FXQuoteID); err != nil || o.TransactionStatus != "ACTC" || o.FundingReference != pay.RemittanceInformationUnstructured {
		t.Errorf("Order = %+v, %v, want ACTC", o, err)
	}
	now.Advance(time.Minute) // the money comes by itself
	if o, err := quotes.Order(t.Context(), funded.FXQuoteID); err != nil || o.TransactionStatus != "ACSC" {
		t.Errorf("Order = %+v, %v, want ACSC", o, err)
	}
	if _, err := quotes.Confirm(t.Context(), signed.FXQuoteID, vendor); !errors.As(err, &refusal) || refusal.Code != string(psd2.ResourceExpired) {
		t.Errorf("Confirm of a used quote: %v", err)
	}
}

// TestKYC asks for the due diligence on organisations.
func TestKYC(t *testing.T) {
	t.Parallel()
	c, _ := newSandbox(t)
	if st, err := c.KYC("556016-0680").Status(t.Context()); err != nil || st.KYCStatus != psd2.KYCStatusValid || st.KYCValidUntil == nil {
		t.Errorf("Status = %+v, %v, want Valid", st, err)
	}
	odd := c.KYC("9999990051")
	link, err := odd.NewForm(t.Context(), "SE")
	if err != nil || !strings.Contains(link, "/kyc/form/?instanceId=") {
		t.Errorf("NewForm = %q, %v", link, err)
	}
	if st, err := odd.Status(t.Context()); err != nil || st.KYCStatus != psd2.KYCStatusInvalid || st.KYCValidUntil != nil {
		t.Errorf("Status = %+v, %v, want Invalid", st, err)
	}
	var refusal *client.Error
	if _, err := c.KYC("12").Status(t.Context()); !errors.As(err, &refusal) || refusal.Status != 404 || refusal.Code != string(psd2.ResourceUnknown) {
		t.Errorf("Status of no organisation: %v", err)
	}
	quotes := c.Quotes(client.PSU{Context: client.Corporate, CorporateID: "9999990051"})
	ask := psd2.QuoteRequest{SourceCurrency: "SEK", TargetCurrency: "USD", CountryCode: "US", Amount: "1"}
	if _, err := quotes.Create(t.Context(), ask); !errors.As(err, &refusal) || refusal.Code != string(psd2.TPPKYCInvalid) {
		t.Errorf("a quote without KYC: %v", err)
	}
}
