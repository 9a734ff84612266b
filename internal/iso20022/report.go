package iso20022

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// A StatusReport is a customer payment status report on one payment,
// pain.002.001.03.
type StatusReport struct {
	MessageID  string // cut to 35 characters without hyphens
	CreatedAt  time.Time
	Original   string // id of the payment; as MessageID
	EndToEndID string // NOTPROVIDED if empty
	Status     Status
	Reason     string // why Status is RJCT; empty if nobody said
}

// The elements of the document that we have something for, in its order.
type (
	reportDocument struct {
		XMLName xml.Name     `xml:"urn:iso:std:iso:20022:tech:xsd:pain.002.001.03 Document"`
		Report  reportReport `xml:"CstmrPmtStsRpt"`
	}
	reportReport struct {
		Header   reportHeader   `xml:"GrpHdr"`
		Group    reportGroup    `xml:"OrgnlGrpInfAndSts"`
		Payments reportPayments `xml:"OrgnlPmtInfAndSts"`
	}
	reportHeader struct {
		ID      string `xml:"MsgId"`
		Created string `xml:"CreDtTm"`
	}
	reportGroup struct {
		ID      string `xml:"OrgnlMsgId"`
		Message string `xml:"OrgnlMsgNmId"`
	}
	reportPayments struct {
		ID          string            `xml:"OrgnlPmtInfId"`
		Transaction reportTransaction `xml:"TxInfAndSts"`
	}
	reportTransaction struct {
		EndToEndID string        `xml:"OrgnlEndToEndId"`
		Status     string        `xml:"TxSts"`
		Reason     *reportReason `xml:"StsRsnInf,omitempty"`
	}
	reportReason struct {
		Code string   `xml:"Rsn>Cd"`
		Text []string `xml:"AddtlInf"`
	}
)

// XML returns the document, in UTF-8. A character that XML cannot hold is
// replaced.
func (r StatusReport) XML() ([]byte, error) {
	doc := reportDocument{Report: reportReport{
		Header: reportHeader{id35(r.MessageID), r.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z")},
		Group:  reportGroup{id35(r.Original), "pain.001.001.03"},
		Payments: reportPayments{id35(r.Original), reportTransaction{
			EndToEndID: r.EndToEndID, Status: string(r.Status),
		}},
	}}
	t := &doc.Report.Payments.Transaction
	if t.EndToEndID == "" {
		t.EndToEndID = "NOTPROVIDED"
	}
	if r.Reason != "" {
		t.Reason = &reportReason{Code: "NARR", Text: parts(r.Reason, 105)}
	}
	body, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write status report: %w", err)
	}
	return append([]byte(xml.Header), append(body, '\n')...), nil
}

// id35 returns an id of ours as an ISO 20022 Max35Text: a UUID without its
// hyphens.
func id35(s string) string {
	s = strings.ReplaceAll(s, "-", "")
	return s[:min(len(s), 35)]
}

// parts cuts s into texts of at most n characters.
func parts(s string, n int) []string {
	var out []string
	for r := []rune(s); len(r) > 0; {
		k := min(n, len(r))
		out, r = append(out, string(r[:k])), r[k:]
	}
	return out
}
