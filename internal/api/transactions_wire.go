package api

import (
	"net/url"
	"strings"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/psd2"
)

// rowLinks says which links the rows of an account have.
type rowLinks struct {
	path    string // of the account
	details bool   // the bank has details of each row
}

// transaction sets out to t as it is on the wire.
func transaction(out *psd2.Transaction, t *bank.Transaction, l rowLinks) {
	*out = psd2.Transaction{
		TransactionID: t.ID, TransactionListID: t.ListID, EntryReference: t.EntryReference, EndToEndID: t.EndToEndID,
		MandateID: t.MandateID, CheckID: t.CheckID, CreditorID: t.CreditorID, PaymentID: t.PaymentID,
		BookingDate: date(t.BookingDate), ValueDate: date(t.ValueDate), TransactionAmount: amount(t.Amount),
		CurrencyExchange: exchanges(t.Exchange),
		CreditorName:     t.CreditorName, CreditorAccount: creditorAccount(t.CreditorAccount), UltimateCreditor: t.UltimateCreditor,
		DebtorName: t.DebtorName, DebtorAccount: accountReference(t.DebtorAccount), UltimateDebtor: t.UltimateDebtor,
		RemittanceUnstructured: t.Unstructured, RemittanceUnstructuredArray: t.UnstructuredArray, RemittanceStructured: t.Structured,
		AdditionalInformation: t.AdditionalInformation, PurposeCode: t.PurposeCode,
		BankTransactionCode: t.BankTransactionCode, ProprietaryBankTransactionCode: t.ProprietaryCode,
		TransactionFees: fees(t.Fees), Links: transactionLinks(t, l),
	}
	if t.BalanceAfter != nil {
		b := balance(t.BalanceAfter)
		out.BalanceAfterTransaction = &b
	}
}

func transactionLinks(t *bank.Transaction, l rowLinks) *psd2.TransactionLinks {
	var out psd2.TransactionLinks
	if l.details && t.ID != "" {
		out.TransactionDetails = &psd2.Link{Href: l.path + "/transactions/" + url.PathEscape(t.ID)}
	}
	if hasProof(t) {
		out.ProofOfPayment = &psd2.Link{Href: proofPath(t)}
	}
	if out == (psd2.TransactionLinks{}) {
		return nil
	}
	return &out
}

// hasProof reports whether t has a proof of payment: it is booked, and the
// cross-border payment (by the ISO sub-family of its code) of the caller.
func hasProof(t *bank.Transaction) bool {
	return t.PaymentID != "" && !t.BookingDate.IsZero() && strings.HasSuffix(t.BankTransactionCode, "-XBCT")
}

func proofPath(t *bank.Transaction) string { return "/_sluss/v1/payments/" + t.PaymentID + "/proof" }

func creditorAccount(p *bank.Party) *psd2.CreditorAccount {
	if p == nil || *p == (bank.Party{}) {
		return nil
	}
	return &psd2.CreditorAccount{
		IBAN: p.IBAN, BBAN: p.BBAN, PAN: p.PAN, MaskedPAN: p.MaskedPAN, MSISDN: p.MSISDN,
		Currency: string(p.Currency), BankGiro: p.Bankgiro, PlusGiro: p.Plusgiro,
	}
}

func exchanges(in []bank.Exchange) []psd2.CurrencyExchange {
	if len(in) == 0 {
		return nil
	}
	out := make([]psd2.CurrencyExchange, len(in))
	for i, x := range in {
		out[i] = psd2.CurrencyExchange{
			SourceCurrency: string(x.SourceCurrency), ExchangeRate: x.Rate, UnitCurrency: string(x.UnitCurrency),
			TargetCurrency: string(x.TargetCurrency), QuotationDate: date(x.QuotationDate), ContractIdentification: x.Contract,
		}
	}
	return out
}

func fees(in []bank.Fee) []psd2.Fee {
	if len(in) == 0 {
		return nil
	}
	out := make([]psd2.Fee, len(in))
	for i, f := range in {
		out[i] = psd2.Fee{Amount: amount(f.Amount), ChargeBearer: f.Bearer}
	}
	return out
}

// cardTransactions returns nil for nil: rows that were not asked for.
func cardTransactions(in []bank.CardTransaction) []psd2.CardTransaction {
	if in == nil {
		return nil
	}
	out := make([]psd2.CardTransaction, len(in))
	for i := range in {
		out[i] = cardTransaction(&in[i])
	}
	return out
}

func cardTransaction(t *bank.CardTransaction) psd2.CardTransaction {
	return psd2.CardTransaction{
		CardTransactionID: t.ID, TerminalID: t.TerminalID, TransactionDate: date(t.TransactionDate), BookingDate: date(t.BookingDate),
		TransactionAmount: amount(t.Amount), CurrencyExchange: exchanges(t.Exchange), OriginalAmount: amountOrNone(t.Original),
		MarkupFee: amountOrNone(t.MarkupFee), MarkupFeePercentage: t.MarkupPercentage,
		CardAcceptorID: t.AcceptorID, CardAcceptorAddress: acceptorAddress(t), MerchantCategoryCode: t.MerchantCategory,
		MaskedPAN: t.MaskedPAN, TransactionDetails: t.Details, Invoiced: &t.Invoiced, ProprietaryBankTransactionCode: t.ProprietaryCode,
	}
}

// acceptorAddress returns nil unless the country is known, which an address
// must have.
func acceptorAddress(t *bank.CardTransaction) *psd2.Address {
	if t.AcceptorCountry == "" {
		return nil
	}
	return &psd2.Address{Country: t.AcceptorCountry, Street: t.AcceptorStreet, City: t.AcceptorCity, PostalCode: t.AcceptorPostalCode}
}

// pageMessages are the warnings of a page.
func pageMessages(p *account.Page) []psd2.TPPMessage {
	messages := noBalances(p.NoBalances)
	if p.Truncated {
		messages = append(messages, psd2.TPPMessage{
			Category: psd2.Warning, Code: psd2.GenericWarning, Text: "the bank gives the newest rows only; older ones are left out",
		})
	}
	return messages
}
