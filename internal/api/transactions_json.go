package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/psd2"
)

// The rows of a page are most of what this server ever writes, and reflection
// is most of what writing them would cost. So they are appended by hand, member
// by member. Everything that few rows have goes through package json, and a
// test holds the result equal to that of the wire type.

// answerType is the content type of answers.
const answerType = jsonType + "; charset=utf-8"

// appendReport appends a psd2.TransactionReport whose rows are booked and
// pending instead of its own.
func appendReport(b []byte, out *psd2.TransactionReport, booked, pending []bank.Transaction, l rowLinks) ([]byte, error) {
	b = append(b, `{"transactions":{`...)
	var err error
	for _, part := range [...]struct {
		name string
		rows []bank.Transaction
	}{{"booked", booked}, {"pending", pending}} {
		if part.rows == nil {
			continue
		}
		b = append(append(append(b, '"'), part.name...), `":[`...)
		for i := range part.rows {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendTransaction(b, &part.rows[i], l); err != nil {
				return nil, err
			}
		}
		b = append(b, `],`...)
	}
	if b, err = appendMember(b, `"_links":`, &out.Transactions.Links); err != nil {
		return nil, err
	}
	b = append(b, '}')
	if out.Account != nil {
		b, err = appendMember(b, `,"account":`, out.Account)
	}
	if err == nil && out.Balances != nil {
		b, err = appendMember(b, `,"balances":`, out.Balances)
	}
	if err == nil && len(out.TPPMessages) > 0 {
		b, err = appendMember(b, `,"tppMessages":`, out.TPPMessages)
	}
	return append(b, "}\n"...), err
}

// appendTransaction appends t as a psd2.Transaction.
func appendTransaction(b []byte, t *bank.Transaction, l rowLinks) ([]byte, error) {
	b = appendAmount(append(b, `{"transactionAmount":`...), t.Amount)
	for _, m := range [...]struct{ name, value string }{
		{`,"transactionId":`, t.ID},
		{`,"transactionListId":`, t.ListID},
		{`,"entryReference":`, t.EntryReference},
		{`,"endToEndId":`, t.EndToEndID},
		{`,"mandateId":`, t.MandateID},
		{`,"checkId":`, t.CheckID},
		{`,"creditorId":`, t.CreditorID},
		{`,"paymentId":`, t.PaymentID},
		{`,"creditorName":`, t.CreditorName},
		{`,"ultimateCreditor":`, t.UltimateCreditor},
		{`,"debtorName":`, t.DebtorName},
		{`,"ultimateDebtor":`, t.UltimateDebtor},
		{`,"remittanceInformationUnstructured":`, t.Unstructured},
		{`,"remittanceInformationStructured":`, t.Structured},
		{`,"additionalInformation":`, t.AdditionalInformation},
		{`,"purposeCode":`, t.PurposeCode},
		{`,"bankTransactionCode":`, t.BankTransactionCode},
		{`,"proprietaryBankTransactionCode":`, t.ProprietaryCode},
	} {
		b = appendText(b, m.name, m.value)
	}
	b = appendDate(b, `,"bookingDate":"`, t.BookingDate)
	b = appendDate(b, `,"valueDate":"`, t.ValueDate)
	if a := t.BalanceAfter; a != nil {
		b = appendBalanceAfter(b, a)
	}
	if p := t.CreditorAccount; p != nil && *p != (bank.Party{}) {
		b = appendCreditorAccount(b, p)
	}
	if r := t.DebtorAccount; r != nil && *r != (bank.Reference{}) {
		b = appendDebtorAccount(b, r)
	}
	b = appendRowLinks(b, t, l)
	b, err := appendRare(b, t)
	return append(b, '}'), err
}

// appendRare appends the members that few rows have.
func appendRare(b []byte, t *bank.Transaction) (_ []byte, err error) {
	if len(t.Exchange) > 0 {
		b, err = appendMember(b, `,"currencyExchange":`, exchanges(t.Exchange))
	}
	if err == nil && len(t.UnstructuredArray) > 0 {
		b, err = appendMember(b, `,"remittanceInformationUnstructuredArray":`, t.UnstructuredArray)
	}
	if err == nil && len(t.Fees) > 0 {
		b, err = appendMember(b, `,"transactionFees":`, fees(t.Fees))
	}
	return b, err
}

func appendBalanceAfter(b []byte, a *bank.Balance) []byte {
	b = appendAmount(append(b, `,"balanceAfterTransaction":{"balanceAmount":`...), a.Amount)
	b = appendString(append(b, `,"balanceType":`...), a.Type)
	if a.CreditLimitIncluded {
		b = append(b, `,"creditLimitIncluded":true`...)
	}
	if !a.LastChange.IsZero() {
		b = append(b, `,"lastChangeDateTime":"`...)
		b = append(a.LastChange.UTC().AppendFormat(b, time.RFC3339), '"')
	}
	b = appendDate(b, `,"referenceDate":"`, a.ReferenceDate)
	return append(appendText(b, `,"lastCommittedTransaction":`, a.LastTransaction), '}')
}

func appendCreditorAccount(b []byte, p *bank.Party) []byte {
	b = append(b, `,"creditorAccount":{`...)
	start := len(b)
	for _, m := range [...]struct{ name, value string }{
		{`,"iban":`, p.IBAN},
		{`,"bban":`, p.BBAN},
		{`,"pan":`, p.PAN},
		{`,"maskedPan":`, p.MaskedPAN},
		{`,"msisdn":`, p.MSISDN},
		{`,"currency":`, string(p.Currency)},
		{`,"bankGiro":`, p.Bankgiro},
		{`,"plusGiro":`, p.Plusgiro},
	} {
		b = appendText(b, m.name, m.value)
	}
	return append(dropComma(b, start), '}')
}

func appendDebtorAccount(b []byte, r *bank.Reference) []byte {
	b = append(b, `,"debtorAccount":{`...)
	start := len(b)
	for _, m := range [...]struct{ name, value string }{
		{`,"iban":`, r.IBAN},
		{`,"bban":`, r.BBAN},
		{`,"clearingNumber":`, r.ClearingNumber},
		{`,"accountNumber":`, r.AccountNumber},
		{`,"pan":`, r.PAN},
		{`,"maskedPan":`, r.MaskedPAN},
		{`,"msisdn":`, r.MSISDN},
		{`,"currency":`, string(r.Currency)},
	} {
		b = appendText(b, m.name, m.value)
	}
	return append(dropComma(b, start), '}')
}

func appendRowLinks(b []byte, t *bank.Transaction, l rowLinks) []byte {
	details := l.details && t.ID != ""
	proof := hasProof(t)
	if !details && !proof {
		return b
	}
	b = append(b, `,"_links":{`...)
	start := len(b)
	if details {
		b = append(append(b, `,"transactionDetails":{"href":"`...), l.path...)
		b = append(append(append(b, "/transactions/"...), url.PathEscape(t.ID)...), `"}`...)
	}
	if proof {
		b = append(appendString(append(b, `,"proofOfPayment":{"href":`...), proofPath(t)), '}')
	}
	return append(dropComma(b, start), '}')
}

// dropComma takes out the comma at b[start], if there is one: the first member
// of an object has none before it.
func dropComma(b []byte, start int) []byte {
	if len(b) == start {
		return b
	}
	return append(b[:start], b[start+1:]...)
}

func appendAmount(b []byte, m money.Amount) []byte {
	b = append(append(b, `{"currency":"`...), m.Currency...)
	return append(m.AppendDecimal(append(b, `","amount":"`...)), `"}`...)
}

func appendDate(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	y, m, d := t.Date()
	if y < 1000 || y > 9999 {
		return append(t.AppendFormat(append(b, name...), time.DateOnly), '"')
	}
	b = strconv.AppendInt(append(b, name...), int64(y), 10)
	return append(b, '-', byte('0'+m/10), byte('0'+m%10), '-', byte('0'+d/10), byte('0'+d%10), '"')
}

// appendText appends a member unless its value is empty.
func appendText(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendString(append(b, name...), value)
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. What is no UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), `\ufffd`...)
				start = i + 1
			}
			i += size
			continue
		}
		b = append(b, s[start:i]...)
		if c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, `\u00`...)
			b = append(b, hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// appendMember appends a member through package json.
func appendMember(b []byte, name string, v any) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return append(append(b, name...), bytes.TrimSuffix(text.Bytes(), []byte("\n"))...), nil
}
