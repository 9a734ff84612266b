package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/psd2"
)

func sek(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "SEK"} }

// fullRow is a row in which every member of text is s.
func fullRow(s string) bank.Transaction {
	day := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	ref := bank.Reference{IBAN: s, BBAN: s, ClearingNumber: s, AccountNumber: s, PAN: s, MaskedPAN: s, MSISDN: s, Currency: "EUR"}
	return bank.Transaction{
		ID: s, EntryReference: s, EndToEndID: s, MandateID: s, CheckID: s, CreditorID: s, ListID: s, PaymentID: s,
		BookingDate: day, ValueDate: day.AddDate(0, 0, 29), Amount: sek(-12550),
		BalanceAfter: &bank.Balance{Amount: sek(5), Type: s, CreditLimitIncluded: true, LastChange: day.Add(time.Hour), ReferenceDate: day, LastTransaction: s},
		Exchange:     []bank.Exchange{{SourceCurrency: "EUR", UnitCurrency: "EUR", TargetCurrency: "SEK", Rate: s, QuotationDate: day, Contract: s}},
		CreditorName: s, CreditorAccount: &bank.Party{Reference: ref, Bankgiro: s, Plusgiro: s}, UltimateCreditor: s,
		DebtorName: s, DebtorAccount: &ref, UltimateDebtor: s,
		Unstructured: s, UnstructuredArray: []string{s, s}, Structured: s, AdditionalInformation: s, PurposeCode: s,
		BankTransactionCode: s, ProprietaryCode: s, Fees: []bank.Fee{{Amount: sek(100), Bearer: s}},
	}
}

// sameJSON reports as a diff how two texts differ as JSON.
func sameJSON(t *testing.T, want, got []byte) string {
	t.Helper()
	var w, g any
	if err := json.Unmarshal(want, &w); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	return cmp.Diff(w, g)
}

// rowDiff compares the two ways to write t.
func rowDiff(t *testing.T, row bank.Transaction, l rowLinks) string {
	t.Helper()
	var wire psd2.Transaction
	transaction(&wire, &row, l)
	want, err := json.Marshal(wire)
	if err != nil {
		t.Fatal(err)
	}
	got, err := appendTransaction(nil, &row, l)
	if err != nil {
		t.Fatal(err)
	}
	return sameJSON(t, want, got)
}

func TestAppendTransaction(t *testing.T) {
	t.Parallel()
	proof := fullRow("x")
	proof.BankTransactionCode = "PMNT-ICDT-XBCT"
	pending := proof
	pending.BookingDate = time.Time{}
	tests := []struct {
		name string
		row  bank.Transaction
	}{
		{"everything", fullRow("x")},
		{"nothing", bank.Transaction{Amount: sek(0)}},
		{"text to escape", fullRow("a\"b\\c\n\t\x00\x7f<&>\u2028å☃\U0001f600")},
		{"no UTF-8", fullRow("a\xffb\xc3")},
		{"empty accounts", bank.Transaction{CreditorAccount: &bank.Party{}, DebtorAccount: &bank.Reference{}, BalanceAfter: &bank.Balance{}}},
		{"one member each", bank.Transaction{CreditorAccount: &bank.Party{Plusgiro: "1-2"}, DebtorAccount: &bank.Reference{MSISDN: "1"}}},
		{"early year", bank.Transaction{BookingDate: time.Date(987, 1, 2, 0, 0, 0, 0, time.UTC)}},
		{"proof of payment", proof},
		{"pending payment", pending},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, l := range []rowLinks{{}, {path: accountsPath + "a1", details: true}} {
				if diff := rowDiff(t, tt.row, l); diff != "" {
					t.Errorf("(-wire type +appended)\n%s", diff)
				}
			}
		})
	}
}

func FuzzAppendTransaction(f *testing.F) {
	f.Add("x", int64(-1))
	f.Add("\u2028\xff\"", int64(0))
	f.Fuzz(func(t *testing.T, s string, minor int64) {
		row := fullRow(s)
		row.Amount.Minor = minor
		if diff := rowDiff(t, row, rowLinks{path: "/p", details: true}); diff != "" {
			t.Errorf("(-wire type +appended)\n%s", diff)
		}
	})
}

func TestAppendReport(t *testing.T) {
	t.Parallel()
	row := fullRow("x")
	tests := []struct {
		name            string
		booked, pending []bank.Transaction
		out             psd2.TransactionReport
	}{
		{"booked", []bank.Transaction{row, row}, nil, psd2.TransactionReport{Account: &psd2.AccountReference{IBAN: "SE1"}}},
		{"both empty", []bank.Transaction{}, []bank.Transaction{}, psd2.TransactionReport{Balances: []psd2.Balance{}}},
		{"pending", nil, []bank.Transaction{row}, psd2.TransactionReport{
			Balances: []psd2.Balance{{BalanceType: "closingBooked"}}, TPPMessages: noBalances(true),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := rowLinks{path: accountsPath + "a1", details: true}
			tt.out.Transactions.Links = pageLinks(l.path, &account.Page{Number: 2, Next: "n&", Query: account.Query{Status: account.Both, After: "e&="}})
			want := tt.out
			want.Transactions.Booked, want.Transactions.Pending = wireRows(tt.booked, l), wireRows(tt.pending, l)
			wantText, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			got, err := appendReport(nil, &tt.out, tt.booked, tt.pending, l)
			if err != nil {
				t.Fatal(err)
			}
			if diff := sameJSON(t, wantText, got); diff != "" {
				t.Errorf("(-wire type +appended)\n%s", diff)
			}
			if strings.Contains(string(got), `\u0026`) {
				t.Errorf("a link is escaped as if for HTML: %s", got)
			}
		})
	}
}

func wireRows(in []bank.Transaction, l rowLinks) []psd2.Transaction {
	if in == nil {
		return nil
	}
	out := make([]psd2.Transaction, len(in))
	for i := range in {
		transaction(&out[i], &in[i], l)
	}
	return out
}

func BenchmarkAppendReport(b *testing.B) {
	row := fullRow("Example Shop")
	row.ID, row.Exchange, row.Fees, row.UnstructuredArray = "9a4e1c52-6c0e-4d0e-9a35-0f8e7d2a1b11", nil, nil, nil
	rows := make([]bank.Transaction, 100)
	for i := range rows {
		rows[i] = row
	}
	l := rowLinks{path: accountsPath + "6f0c1a52-6c0e-4d0e-9a35-0f8e7d2a1b11", details: true}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := appendReport(make([]byte, 0, 100_000), &psd2.TransactionReport{}, rows, nil, l); err != nil {
			b.Fatal(err)
		}
	}
}
