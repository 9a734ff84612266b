package api

import (
	"net/http"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/payee"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// readPayment reads the body of initiatePayment, as parsed, into req. What is
// wrong with single members is in req.Faults; the error is for a body that is
// no object.
func readPayment(v any, req *payment.Request) error {
	rd := &reading{strict: req.Strict}
	o, err := rd.root(v)
	if err != nil {
		return err
	}
	if a := o.member("instructedAmount"); a != nil {
		req.Amount = &payment.Amount{Currency: a.needed("currency"), Decimal: a.neededDecimal("amount")}
	}
	if d := o.member("debtorAccount"); d != nil {
		req.Debtor = &bank.Party{Reference: d.reference(), Bankgiro: d.given("bankgiroNumber"), Plusgiro: d.given("plusgiroNumber")}
	}
	if c := o.member("creditorAccount"); c != nil {
		ref := c.reference()
		req.Creditor = &ref
	}
	if g := o.member("creditorGiro"); g != nil {
		req.Giro = &payment.Giro{Number: g.needed("giroNumber"), Type: g.needed("giroType")}
	}
	if a := o.member("creditorAddress"); a != nil {
		req.Address = &bank.Address{
			Street: a.given("street"), BuildingNumber: a.given("buildingNumber"), City: a.given("city"), PostalCode: a.given("postalCode"),
			State: a.given("state"), Country: a.needed("country"),
		}
	}
	req.CreditorName, req.Agent, req.AgentName = o.given("creditorName"), o.given("creditorAgent"), o.given("creditorAgentName")
	req.ExecutionDate = o.date("requestedExecutionDate")
	req.Unstructured, req.Invoice, req.OCR = o.given("remittanceInformationUnstructured"), o.given("invoiceRef"), o.given("ocrRef")
	req.DebtorText, req.CreditorText = o.given("debtorAccountMessage"), o.given("creditorAccountMessage")
	req.EndToEndID, req.PurposeCode = o.given("endToEndIdentification"), o.given("purposeCode")
	for _, e := range o.objects("regulatoryReporting") {
		req.RegulatoryInfo = append(req.RegulatoryInfo, bank.RegulatoryInfo{Code: e.given("detailsCode"), Information: e.given("detailsInformation")})
	}
	req.Faults = rd.faults
	return nil
}

// member returns an object, nil if there is none.
func (o *object) member(name string) *object {
	v, ok := o.get(name)
	if !ok {
		return nil
	}
	return o.object(o.path+name, v)
}

// needed returns a string that must be there.
func (o *object) needed(name string) string {
	if _, ok := o.get(name); !ok {
		o.fail(name, "is missing")
		return ""
	}
	return o.given(name)
}

// neededDecimal returns a decimal that must be there.
func (o *object) neededDecimal(name string) string {
	if _, ok := o.get(name); !ok {
		o.fail(name, "is missing")
		return ""
	}
	return o.decimal(name)
}

// reference returns o as an accountReference.
func (o *object) reference() bank.Reference {
	return bank.Reference{
		IBAN: o.given("iban"), BBAN: o.given("bban"), ClearingNumber: o.given("clearingNumber"), AccountNumber: o.given("accountNumber"),
		PAN: o.given("pan"), MaskedPAN: o.given("maskedPan"), MSISDN: o.given("msisdn"), Currency: money.Currency(o.given("currency")),
	}
}

// paymentInformation returns a payment as it is on the wire.
func paymentInformation(r *http.Request, v *payment.View) psd2.PaymentInformation {
	o := &v.Order
	out := psd2.PaymentInformation{
		InstructedAmount: psd2.Amount{Currency: string(o.Amount.Currency), Amount: o.Amount.Decimal()},
		CreditorName:     o.CreditorName, TransactionStatus: string(shown(r, v)), EndToEndIdentification: o.EndToEndID,
		CreditorAgent: o.CreditorAgent, CreditorAgentName: o.CreditorBank, RemittanceInformationUnstructured: o.Unstructured,
		OCRRef: o.OCR, InvoiceRef: o.Invoice, DebtorAccountMessage: o.DebtorText, CreditorAccountMessage: o.CreditorText,
		RequestedExecutionDate: date(v.ExecutionDate), PurposeCode: o.PurposeCode,
		RemittanceInformationStructured: structured(o), CreditorGiro: giroReference(&o.Creditor),
		TPPMessages: append(statusMessages(v), noticeMessages(v.Notices)...),
	}
	out.DebtorAccount = debtorAccount(&o.Debtor)
	if ref := accountReference(&o.Creditor.Reference); ref != nil {
		out.CreditorAccount = *ref
	} else {
		out.CreditorAccount.BBAN = o.Creditor.Bankgiro + o.Creditor.Plusgiro // it has one of them
	}
	if a := o.CreditorAddress; a != nil {
		out.CreditorAddress = &psd2.InternationalAddress{State: a.State, Address: psd2.Address{
			Country: a.Country, Street: a.Street, BuildingNumber: a.BuildingNumber, City: a.City, PostalCode: a.PostalCode,
		}}
	}
	for _, info := range o.RegulatoryInfo {
		out.RegulatoryReporting = append(out.RegulatoryReporting, psd2.RegulatoryReporting{DetailsCode: info.Code, DetailsInformation: info.Information})
	}
	return out
}

// structured returns the reference of a payment; nil if it has none.
func structured(o *bank.PaymentOrder) *psd2.PaymentReference {
	switch {
	case o.OCR != "" && o.Product == payment.SEPA:
		return &psd2.PaymentReference{Reference: o.OCR, ReferenceType: "SCOR", ReferenceIssuer: "ISO"}
	case o.OCR != "":
		return &psd2.PaymentReference{Reference: o.OCR, ReferenceType: "OCR"}
	case o.Invoice != "":
		return &psd2.PaymentReference{Reference: o.Invoice, ReferenceType: "CINV"}
	}
	return nil
}

// giroReference returns the giro number of a creditor, with its hyphen; nil if
// it has none.
func giroReference(p *bank.Party) *psd2.GiroReference {
	switch {
	case p.Bankgiro != "":
		return &psd2.GiroReference{GiroNumber: ident.Bankgiro(p.Bankgiro).String(), GiroType: "BANKGIRO"}
	case p.Plusgiro != "":
		return &psd2.GiroReference{GiroNumber: ident.Plusgiro(p.Plusgiro).String(), GiroType: "PLUSGIRO"}
	}
	return nil
}

func noticeMessages(all []payment.Notice) []psd2.TPPMessage {
	var out []psd2.TPPMessage
	for _, n := range all {
		out = append(out, psd2.TPPMessage{Category: psd2.Warning, Code: psd2.Code(n.Code), Path: n.Path, Text: cut(n.Text, 512)})
	}
	return out
}

// statusMessages say what the status alone does not: that somebody else must
// sign, or why the bank refused.
func statusMessages(v *payment.View) []psd2.TPPMessage {
	switch {
	case v.Shown == payment.PATC:
		return []psd2.TPPMessage{pendingMessage()}
	case v.Shown == payment.RJCT && v.Reason != "":
		return []psd2.TPPMessage{rejectedMessage(v.Reason)}
	}
	return nil
}

// rejectedMessage says why the bank refused.
func rejectedMessage(reason string) psd2.TPPMessage {
	return psd2.TPPMessage{Category: psd2.Error, Code: psd2.Raw, Text: cut(reason, 512)}
}

// writeReport answers with a payment status report, pain.002.001.03.
func (h *Handler) writeReport(w http.ResponseWriter, r *http.Request, v *payment.View) error {
	reason := ""
	if v.Shown == payment.RJCT {
		reason = v.Reason
	}
	body, err := iso20022.StatusReport{
		MessageID: v.ID, CreatedAt: h.Clock.Now(), Original: v.ID, EndToEndID: v.Order.EndToEndID,
		Status: shown(r, v), Reason: reason,
	}.XML()
	if err != nil {
		return err
	}
	return web.WriteBody(w, http.StatusOK, "application/xml; charset=utf-8", body)
}

// payeeMessages are what a result is told with.
var payeeMessages = map[payee.Result]psd2.TPPMessage{
	payee.CloseMatch:  {Category: psd2.Warning, Code: psd2.CreditorNameCloseMatch, Text: "the name is similar to that of the account"},
	payee.NoMatch:     {Category: psd2.Warning, Code: psd2.CreditorNameMismatch, Text: "the name is not that of the account"},
	payee.NotPossible: {Category: psd2.Warning, Code: psd2.CreditorNameUnverified, Text: "nobody could say whose account it is"},
}

// payeeVerification returns nil for none.
func payeeVerification(v *payee.Verification) *psd2.PayeeVerification {
	if v == nil {
		return nil
	}
	out := &psd2.PayeeVerification{PartyNameMatch: string(v.Result), MatchedName: v.Name}
	if m, ok := payeeMessages[v.Result]; ok {
		out.TPPMessages = []psd2.TPPMessage{m}
	}
	return out
}
