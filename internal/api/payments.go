package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// initiationPath is the path of payment initiation, and paymentsPath that of
// the one service which is offered.
const (
	initiationPath = "/psd2/paymentinitiation/v1"
	paymentsPath   = initiationPath + "/payments"
)

// paymentRoutes are the endpoints of payments and their authorisations.
func paymentRoutes() []route {
	const (
		product        = "/payments/{product}"
		one            = product + "/{paymentId}"
		authorisations = one + "/authorisations"
		authorisation  = authorisations + "/{authorisationId}"
		cancellations  = one + "/cancellation-authorisations"
		cancellation   = cancellations + "/{cancellationId}"
	)
	sign, cancel := signablePayment(payment.OfPayment), signablePayment(payment.OfCancellation)
	var routes []route
	for _, rt := range []route{
		{method: http.MethodPost, path: product, operation: "initiatePayment", headers: payHeaders, body: true, serve: (*Handler).createPayment},
		{method: http.MethodPost, path: "/bulk-payments/{product}", operation: "initiateBulkPayment", serve: (*Handler).noService},
		{method: http.MethodPost, path: "/periodic-payments/{product}", operation: "initiatePeriodicPayment", serve: (*Handler).noService},
		{method: http.MethodGet, path: one, operation: "getPaymentInformation", serve: (*Handler).getPayment},
		{method: http.MethodDelete, path: one, operation: "cancelPayment", serve: (*Handler).deletePayment},
		{method: http.MethodGet, path: one + "/status", operation: "getPaymentInitiationStatus", xml: true, serve: (*Handler).getPaymentStatus},
		{method: http.MethodPost, path: authorisations, operation: "startPaymentAuthorisation", body: true, serve: sign.create},
		{method: http.MethodGet, path: authorisations, operation: "getPaymentInitiationAuthorisation", serve: (*Handler).getPaymentAuthorisations},
		{method: http.MethodGet, path: authorisation, operation: "getPaymentInitiationScaStatus", serve: sign.get},
		{method: http.MethodPut, path: authorisation, operation: "updatePaymentPsuData", headers: startHeaders, body: true, serve: sign.put},
		{method: http.MethodPost, path: cancellations, operation: "startPaymentInitiationCancellationAuthorisation", body: true, serve: cancel.create},
		{method: http.MethodGet, path: cancellations, operation: "getPaymentInitiationCancellationAuthorisationInformation", serve: (*Handler).getCancellations},
		{method: http.MethodGet, path: cancellation, operation: "getPaymentCancellationScaStatus", serve: cancel.get},
		{method: http.MethodPut, path: cancellation, operation: "updatePaymentCancellationPsuData", headers: startHeaders, body: true, serve: cancel.put},
	} {
		rt.path, rt.family, rt.scopes = initiationPath+rt.path, paymentFamily, []scope.API{scope.PaymentInitiation}
		if rt.headers == baseHeaders {
			rt.headers = psuHeaders
		}
		routes = append(routes, rt)
	}
	return routes
}

// paymentRef returns what the path and the headers name.
func paymentRef(r *http.Request) payment.Ref {
	ref := payment.Ref{BICFI: bicfi(r), Product: pathValue(r, "product"), PaymentID: idOf(r, "paymentId")}
	if ref.AuthorisationID = idOf(r, "authorisationId"); ref.AuthorisationID == "" {
		ref.AuthorisationID = idOf(r, "cancellationId")
	}
	return ref
}

// paymentPath returns the path of a payment, with the product by the name that
// the client used.
func paymentPath(r *http.Request, id string) string {
	return paymentsPath + "/" + pathValue(r, "product") + "/" + id
}

// noService answers for the services that are known and not offered.
func (h *Handler) noService(http.ResponseWriter, *http.Request) error {
	return problem.New(problem.ServiceUnknown, "the only service is payments")
}

// createPayment serves POST
// /psd2/paymentinitiation/v1/payments/{product}, operation initiatePayment.
func (h *Handler) createPayment(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Payments.Create(r.Context(), caller(r), h.paymentRequest(w, r))
	if err != nil {
		return blamePath(err, "paymentId")
	}
	a := c.Answer
	if a == nil {
		first, err := h.renderPayment(r, &c)
		if err != nil {
			return err
		}
		a = &first
	}
	for name, value := range a.Header {
		w.Header().Set(name, value)
	}
	return web.WriteBody(w, a.Status, "application/json; charset=utf-8", a.Body)
}

// renderPayment returns the answer that tells of a new payment.
func (h *Handler) renderPayment(r *http.Request, c *payment.Created) (payment.Answer, error) {
	self := paymentPath(r, c.ID)
	body, err := encodeJSON(psd2.PaymentCreated{
		TransactionStatus: string(shown(r, &c.View)), PaymentID: c.ID, SCAMethods: scaMethods(c.Methods),
		TPPMessages: noticeMessages(c.Notices), VerificationOfPayee: payeeVerification(c.Payee),
		Links: psd2.PaymentLinks{
			Self: &psd2.Link{Href: self}, Status: &psd2.Link{Href: self + "/status"}, StartAuthorisation: &psd2.Link{Href: self + "/authorisations"},
		},
	})
	return payment.Answer{
		Status: http.StatusCreated, Body: body,
		Header: map[string]string{"Location": h.APIBase + self, "ASPSP-SCA-Approach": c.Approach.Wire()},
	}, err
}

// encodeJSON is [web.WriteJSON] for a body that is kept.
func encodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return buf.Bytes(), err
}

// paymentRequest returns what a request asks for. What is wrong with its body is
// in it: other checks come first.
func (h *Handler) paymentRequest(w http.ResponseWriter, r *http.Request) payment.Request {
	hd := headersOf(r)
	req := payment.Request{
		BICFI: hd.BICFI, Product: pathValue(r, "product"), Affiliate: hd.Affiliate, ConsentID: hd.ConsentID, QuoteID: hd.QuoteID,
		IPAddress: hd.IPAddress(), RedirectPreferred: hd.RedirectPreferred, Strict: h.Strict, Key: hd.IdempotencyKey,
	}
	var sent bytes.Buffer
	if req.Key != "" {
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, &sent), r.Body}
		req.Render = func(c *payment.Created) (payment.Answer, error) { return h.renderPayment(r, c) }
	}
	v, err := h.readBody(w, r)
	if err == nil {
		err = readPayment(v, &req)
	}
	req.Unread, req.Body = err, sent.Bytes()
	return req
}

// getPayment serves GET
// /psd2/paymentinitiation/v1/payments/{product}/{paymentId}, operation
// getPaymentInformation.
func (h *Handler) getPayment(w http.ResponseWriter, r *http.Request) error {
	v, err := h.Payments.Payment(r.Context(), caller(r), paymentRef(r))
	if err != nil {
		return blamePath(err, "paymentId")
	}
	return web.WriteJSON(w, http.StatusOK, paymentInformation(r, &v))
}

// getPaymentStatus serves GET
// /psd2/paymentinitiation/v1/payments/{product}/{paymentId}/status, operation
// getPaymentInitiationStatus.
func (h *Handler) getPaymentStatus(w http.ResponseWriter, r *http.Request) error {
	v, err := h.Payments.Payment(r.Context(), caller(r), paymentRef(r))
	if err != nil {
		return blamePath(err, "paymentId")
	}
	if prefersXML(r.Header.Values("Accept")) {
		return h.writeReport(w, r, &v)
	}
	return web.WriteJSON(w, http.StatusOK, psd2.PaymentStatus{
		TransactionStatus: string(shown(r, &v)), TPPMessages: statusMessages(&v),
	})
}

// deletePayment serves DELETE
// /psd2/paymentinitiation/v1/payments/{product}/{paymentId}, operation
// cancelPayment.
func (h *Handler) deletePayment(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Payments.Cancel(r.Context(), caller(r), paymentRef(r))
	if err != nil {
		return blamePath(err, "paymentId")
	}
	if !c.NeedsSCA {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	self := paymentPath(r, c.ID)
	return web.WriteJSON(w, http.StatusAccepted, psd2.PaymentCancelling{
		TransactionStatus: string(shown(r, &c.View)), SCAMethods: scaMethods(c.Methods),
		Links: psd2.PaymentLinks{
			Self: &psd2.Link{Href: self}, Status: &psd2.Link{Href: self + "/status"},
			StartAuthorisation: &psd2.Link{Href: self + "/cancellation-authorisations"},
		},
	})
}

// getPaymentAuthorisations serves GET
// /psd2/paymentinitiation/v1/payments/{product}/{paymentId}/authorisations,
// operation getPaymentInitiationAuthorisation.
func (h *Handler) getPaymentAuthorisations(w http.ResponseWriter, r *http.Request) error {
	ids, err := h.Payments.Authorisations(r.Context(), caller(r), paymentRef(r), payment.OfPayment)
	if err != nil {
		return blamePath(err, "paymentId")
	}
	return web.WriteJSON(w, http.StatusOK, psd2.AuthorisationList{AuthorisationIDs: ids})
}

// getCancellations serves GET /psd2/paymentinitiation/v1/payments/{product}
// /{paymentId}/cancellation-authorisations, operation
// getPaymentInitiationCancellationAuthorisationInformation.
func (h *Handler) getCancellations(w http.ResponseWriter, r *http.Request) error {
	ids, err := h.Payments.Authorisations(r.Context(), caller(r), paymentRef(r), payment.OfCancellation)
	if err != nil {
		return blamePath(err, "paymentId")
	}
	return web.WriteJSON(w, http.StatusOK, psd2.CancellationList{CancellationIDs: ids})
}

// shown returns the status to show. A feature flag asks for the API's own
// where the bank has others.
func shown(r *http.Request, v *payment.View) payment.Status {
	for flag := range strings.SplitSeq(strings.Join(r.Header.Values(headerFlags), ","), ",") {
		if f := strings.ToLower(trim(flag)); f == "new-statuses" || f == "new-statuses-global" {
			return v.Shown
		}
	}
	return v.Native
}
