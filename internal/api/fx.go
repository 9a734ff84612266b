package api

import (
	"net/http"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// quotesPath is the path of the quotes of exchange rates.
const quotesPath = "/psd2/paymentinitiation/v1/fx"

// quoteRoutes are the endpoints of currency exchange.
func quoteRoutes() []route {
	var routes []route
	for _, rt := range []route{
		{method: http.MethodPost, operation: "createFxQuote", body: true, serve: (*Handler).createQuote},
		{method: http.MethodGet, path: "/{fxQuoteId}", operation: "getFxQuote", serve: (*Handler).getQuote},
		{method: http.MethodPut, path: "/{fxQuoteId}", operation: "confirmFxQuote", body: true, serve: (*Handler).confirmQuote},
	} {
		rt.path, rt.family, rt.headers = quotesPath+rt.path, paymentFamily, quoteHeaders
		rt.scopes = []scope.API{scope.PaymentInitiation}
		routes = append(routes, rt)
	}
	return append(routes, route{
		method: http.MethodGet, path: "/_sluss/v1/fx-orders/{fxQuoteId}", operation: "getFxOrder", family: paymentFamily,
		scopes: []scope.API{scope.PaymentInitiation}, headers: quoteHeaders, serve: (*Handler).getOrder,
	})
}

// createQuote serves POST /psd2/paymentinitiation/v1/fx, operation
// createFxQuote.
func (h *Handler) createQuote(w http.ResponseWriter, r *http.Request) error {
	if err := h.FX.Admit(r.Context(), caller(r)); err != nil {
		return err
	}
	v, err := h.readBody(w, r)
	if err != nil {
		return err
	}
	req, err := readQuote(v, h.Strict)
	if err != nil {
		return err
	}
	q, err := h.FX.Create(r.Context(), caller(r), req)
	if err != nil {
		return err
	}
	w.Header().Set("Location", h.APIBase+quotesPath+"/"+q.ID)
	return web.WriteJSON(w, http.StatusCreated, psd2.QuoteCreated{
		FXQuoteID: q.ID, FXRate: q.Rate.String(), Fee: twoDecimals(q.Fee), TotalAmount: twoDecimals(q.Total),
		ValidFrom: ticks(q.ValidFrom), ValidTo: ticks(q.ValidTo),
	})
}

// readQuote reads the body of createFxQuote, as parsed. What is wrong with
// single members is in the request's Faults; the error is for a body that is
// no object.
func readQuote(v any, strict bool) (fx.Request, error) {
	rd := &reading{strict: strict}
	o, err := rd.root(v)
	if err != nil {
		return fx.Request{}, err
	}
	req := fx.Request{
		SourceCurrency: o.given("sourceCurrency"), TargetCurrency: o.given("targetCurrency"), Country: o.given("countryCode"),
		Amount: o.decimal("amount"), ExecutionDate: o.date("requestedExecutionDate"),
	}
	req.Faults = rd.faults
	return req, nil
}

// getQuote serves GET /psd2/paymentinitiation/v1/fx/{fxQuoteId}, operation
// getFxQuote.
func (h *Handler) getQuote(w http.ResponseWriter, r *http.Request) error {
	q, err := h.FX.Quote(r.Context(), caller(r), pathValue(r, "fxQuoteId"))
	if err != nil {
		return problem.Blame(err, problem.Path, "fxQuoteId")
	}
	return web.WriteJSON(w, http.StatusOK, psd2.Quote{
		FXQuoteID: q.ID, FXRate: q.Rate.String(), Fee: twoDecimals(q.Fee), ValidFrom: ticks(q.ValidFrom), ValidTo: ticks(q.ValidTo),
	})
}

// confirmQuote serves PUT /psd2/paymentinitiation/v1/fx/{fxQuoteId}, operation
// confirmFxQuote.
func (h *Handler) confirmQuote(w http.ResponseWriter, r *http.Request) error {
	o, err := h.FX.Confirm(r.Context(), caller(r), pathValue(r, "fxQuoteId"), func(today time.Time) (bank.PaymentOrder, error) {
		req := payment.Request{Strict: h.Strict}
		v, err := h.readBody(w, r)
		if err == nil {
			err = readPayment(v, &req)
		}
		req.Unread = err
		return req.Abroad(today)
	})
	if err != nil {
		return blameQuote(err)
	}
	return web.WriteJSON(w, http.StatusOK, psd2.FundingInstruction{
		CreditorAccount: *accountReference(&o.Account), CreditorName: o.Holder, DebtorAccount: debtorAccount(&o.Payout.Debtor),
		InstructedAmount: psd2.Amount{Currency: string(o.Funding.Currency), Amount: o.Funding.Decimal()},
		CreditorAddress:  psd2.Address{Country: o.Country}, RemittanceInformationUnstructured: o.Reference,
		RequestedExecutionDate: date(o.ExecutionDate),
	})
}

// blameQuote says that what is wrong with a quote is wrong with the id in the
// path. That the payment does not fit it is the body's fault.
func blameQuote(err error) error {
	if problem.Is(err, problem.ParameterInconsistent) {
		return problem.Blame(err, problem.Body, "")
	}
	return problem.Blame(err, problem.Path, "fxQuoteId")
}

// debtorAccount returns an account to debit as it is on the wire.
func debtorAccount(p *bank.Party) psd2.DebtorAccount {
	out := psd2.DebtorAccount{BankgiroNumber: p.Bankgiro, PlusgiroNumber: p.Plusgiro}
	if ref := accountReference(&p.Reference); ref != nil {
		out.AccountReference = *ref
	}
	return out
}

// getOrder serves GET /_sluss/v1/fx-orders/{fxQuoteId}, operation getFxOrder.
func (h *Handler) getOrder(w http.ResponseWriter, r *http.Request) error {
	o, err := h.FX.Order(r.Context(), caller(r), pathValue(r, "fxQuoteId"))
	if err != nil {
		return problem.Blame(err, problem.Path, "fxQuoteId")
	}
	out := psd2.FXOrder{
		FXQuoteID: o.QuoteID, TransactionStatus: string(o.Status), FundingReference: o.Reference, FundBy: date(o.FundBy),
		TPPMessages: []psd2.TPPMessage{},
	}
	if o.Reason != "" {
		out.TPPMessages = append(out.TPPMessages, psd2.TPPMessage{Category: psd2.Error, Code: psd2.PaymentFailed, Text: o.Reason})
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// ticks returns an instant with 7 decimals of a second.
func ticks(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// twoDecimals returns an amount with 2 decimals, whichever its currency has. A
// quote's amounts have no more than that, see [money.Rate.Convert].
func twoDecimals(a money.Amount) string {
	whole, decimals, _ := strings.Cut(a.Decimal(), ".")
	return whole + "." + (decimals + "00")[:2]
}
