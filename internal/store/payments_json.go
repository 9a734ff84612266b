package store

import (
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
)

// The types below are what is stored of payments as JSON; see documents.go.

type storedAmount struct {
	Minor    int64          `json:"minor"`
	Currency money.Currency `json:"currency"`
}

type storedParty struct {
	storedReference
	Bankgiro string `json:"bankgiro,omitempty"`
	Plusgiro string `json:"plusgiro,omitempty"`
}

func storeParty(p *bank.Party) storedParty {
	return storedParty{storedReference(p.Reference), p.Bankgiro, p.Plusgiro}
}

func (p *storedParty) party() bank.Party {
	return bank.Party{Reference: bank.Reference(p.storedReference), Bankgiro: p.Bankgiro, Plusgiro: p.Plusgiro}
}

type storedAddress struct {
	Street         string `json:"street,omitempty"`
	BuildingNumber string `json:"buildingNumber,omitempty"`
	City           string `json:"city,omitempty"`
	PostalCode     string `json:"postalCode,omitempty"`
	State          string `json:"state,omitempty"`
	Country        string `json:"country"`
}

type storedRegulatory struct {
	Code        string `json:"code,omitempty"`
	Information string `json:"information,omitempty"`
}

type storedOrder struct {
	Amount          storedAmount       `json:"amount"`
	Debtor          storedParty        `json:"debtor"`
	Creditor        storedParty        `json:"creditor"`
	CreditorName    string             `json:"creditorName"`
	CreditorAddress *storedAddress     `json:"creditorAddress,omitempty"`
	CreditorAgent   string             `json:"creditorAgent,omitempty"`
	CreditorBank    string             `json:"creditorBank,omitempty"`
	ExecutionDate   string             `json:"executionDate,omitempty"`
	Unstructured    string             `json:"unstructured,omitempty"`
	OCR             string             `json:"ocr,omitempty"`
	Invoice         string             `json:"invoice,omitempty"`
	EndToEndID      string             `json:"endToEndId,omitempty"`
	DebtorText      string             `json:"debtorText,omitempty"`
	CreditorText    string             `json:"creditorText,omitempty"`
	PurposeCode     string             `json:"purposeCode,omitempty"`
	Regulatory      []storedRegulatory `json:"regulatory,omitempty"`
	Source          storedAmount       `json:"source,omitzero"`
}

func storeOrder(o *bank.PaymentOrder) storedOrder {
	s := storedOrder{
		Amount: storedAmount(o.Amount), Debtor: storeParty(&o.Debtor), Creditor: storeParty(&o.Creditor), CreditorName: o.CreditorName,
		CreditorAddress: (*storedAddress)(o.CreditorAddress), CreditorAgent: o.CreditorAgent, CreditorBank: o.CreditorBank,
		ExecutionDate: date(o.ExecutionDate), Unstructured: o.Unstructured, OCR: o.OCR, Invoice: o.Invoice, EndToEndID: o.EndToEndID,
		DebtorText: o.DebtorText, CreditorText: o.CreditorText, PurposeCode: o.PurposeCode, Source: storedAmount(o.Source),
	}
	for _, r := range o.RegulatoryInfo {
		s.Regulatory = append(s.Regulatory, storedRegulatory(r))
	}
	return s
}

func (s *storedOrder) order() bank.PaymentOrder {
	o := bank.PaymentOrder{
		Amount: money.Amount(s.Amount), Debtor: s.Debtor.party(), Creditor: s.Creditor.party(), CreditorName: s.CreditorName,
		CreditorAddress: (*bank.Address)(s.CreditorAddress), CreditorAgent: s.CreditorAgent, CreditorBank: s.CreditorBank,
		Unstructured: s.Unstructured, OCR: s.OCR, Invoice: s.Invoice, EndToEndID: s.EndToEndID,
		DebtorText: s.DebtorText, CreditorText: s.CreditorText, PurposeCode: s.PurposeCode, Source: money.Amount(s.Source),
	}
	if s.ExecutionDate != "" {
		o.ExecutionDate, _ = time.Parse(time.DateOnly, s.ExecutionDate) // as date wrote it
	}
	for _, r := range s.Regulatory {
		o.RegulatoryInfo = append(o.RegulatoryInfo, bank.RegulatoryInfo(r))
	}
	return o
}

type storedNotice struct {
	Code string `json:"code"`
	Path string `json:"path,omitempty"`
	Text string `json:"text,omitempty"`
}

func storeNotices(all []payment.Notice) []storedNotice {
	out := make([]storedNotice, len(all))
	for i, n := range all {
		out[i] = storedNotice(n)
	}
	return out
}

// storedSet is a set of authorisations that has no columns of its own.
type storedSet struct {
	Needed         int                   `json:"needed"`
	Authorisations []storedAuthorisation `json:"authorisations"`
}

func storeSet(s *signing.Set) storedSet {
	return storedSet{Needed: s.SignaturesNeeded, Authorisations: storeAuthorisations(s.Authorisations)}
}

func (s *storedSet) set() signing.Set {
	return signing.Set{SignaturesNeeded: s.Needed, Authorisations: authorisations(s.Authorisations)}
}

// authorisations returns nil for none.
func authorisations(all []storedAuthorisation) []sca.Authorisation {
	if len(all) == 0 {
		return nil
	}
	out := make([]sca.Authorisation, len(all))
	for i, a := range all {
		out[i] = sca.Authorisation(a)
	}
	return out
}
