package api

import (
	"net/http"

	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// basketsPath is the path of the signing baskets.
const basketsPath = initiationPath + "/signing-baskets"

// basketRoutes are the endpoints of signing baskets and their authorisations.
func basketRoutes() []route {
	const (
		one            = "/{basketId}"
		authorisations = one + "/authorisations"
		authorisation  = authorisations + "/{authorisationId}"
	)
	sign := signableBasket()
	var routes []route
	for _, rt := range []route{
		{method: http.MethodPost, operation: "createSigningBasket", headers: basketHeaders, body: true, serve: (*Handler).createBasket},
		{method: http.MethodGet, path: one, operation: "getSigningBasket", serve: (*Handler).getBasket},
		{method: http.MethodDelete, path: one, operation: "deleteSigningBasket", serve: (*Handler).deleteBasket},
		{method: http.MethodGet, path: one + "/status", operation: "getSigningBasketStatus", serve: (*Handler).getBasketStatus},
		{
			method: http.MethodPost, path: authorisations, operation: "startSigningBasketAuthorisation",
			headers: psuHeaders, body: true, serve: sign.create,
		},
		{method: http.MethodGet, path: authorisation, operation: "getSigningBasketScaStatus", serve: sign.get},
		{
			method: http.MethodPut, path: authorisation, operation: "updateSigningBasketPsuData",
			headers: startBasketHeaders, body: true, serve: sign.put,
		},
	} {
		rt.path, rt.family, rt.scopes = basketsPath+rt.path, paymentFamily, []scope.API{scope.PaymentInitiation}
		if rt.headers == baseHeaders {
			rt.headers = personHeaders
		}
		routes = append(routes, rt)
	}
	return routes
}

// basketRef returns what the path and the headers name.
func basketRef(r *http.Request) payment.BasketRef {
	return payment.BasketRef{BICFI: bicfi(r), BasketID: idOf(r, "basketId"), AuthorisationID: idOf(r, "authorisationId")}
}

// signableBasket returns what serves the authorisations of a basket: operations
// startSigningBasketAuthorisation, updateSigningBasketPsuData and
// getSigningBasketScaStatus.
func signableBasket() signable {
	of := func(o payment.OpenBasket, err error) (signature, error) {
		if err != nil {
			return signature{}, blamePath(err, "basketId")
		}
		return signature{Open: o.Open, found: o.Found(), path: basketsPath + "/" + o.Basket.ID + "/authorisations/" + o.Authorisation.ID}, nil
	}
	return signable{
		kind: redirect.KindBasket, id: "authorisationId",
		start: func(h *Handler, r *http.Request, c signing.Choice) (signature, error) {
			return of(h.Payments.StartBasket(r.Context(), caller(r), basketRef(r), c))
		},
		choose: func(h *Handler, r *http.Request, c signing.Choice) (signature, error) {
			return of(h.Payments.ChooseForBasket(r.Context(), caller(r), basketRef(r), c))
		},
		poll: func(h *Handler, r *http.Request) (signature, error) {
			return of(h.Payments.PollBasket(r.Context(), caller(r), basketRef(r)))
		},
		owned: func(h *Handler, r *http.Request) error {
			_, err := h.Payments.Basket(r.Context(), caller(r), basketRef(r))
			return blamePath(err, "basketId")
		},
	}
}

// createBasket serves POST /psd2/paymentinitiation/v1/signing-baskets, operation
// createSigningBasket.
func (h *Handler) createBasket(w http.ResponseWriter, r *http.Request) error {
	hd := headersOf(r)
	req := payment.BasketRequest{
		BICFI: hd.BICFI, ConsentID: hd.ConsentID, IPAddress: hd.IPAddress(), RedirectPreferred: hd.RedirectPreferred,
	}
	v, err := h.readBody(w, r)
	if err == nil {
		err = readBasket(v, h.Strict, &req)
	}
	req.Unread = err
	b, err := h.Payments.CreateBasket(r.Context(), caller(r), req)
	if err != nil {
		return err
	}
	w.Header().Set("Location", h.APIBase+basketsPath+"/"+b.ID)
	w.Header().Set("ASPSP-SCA-Approach", b.Approach.Wire())
	return web.WriteJSON(w, http.StatusCreated, psd2.BasketCreated{
		TransactionStatus: string(b.Status), BasketID: b.ID, SCAMethods: scaMethods(b.Methods), Links: basketLinks(&b.Basket),
	})
}

// readBasket reads the body of createSigningBasket, as parsed, into req. What is
// wrong with single members is in req.Faults; the error is for a body that is no
// object.
func readBasket(v any, strict bool, req *payment.BasketRequest) error {
	rd := &reading{strict: strict}
	o, err := rd.root(v)
	if err != nil {
		return err
	}
	req.PaymentIDs = o.strings("paymentIds")
	req.ConsentIDs = len(o.strings("consentIds")) > 0
	req.Faults = rd.faults
	return nil
}

// strings returns the strings of an array; nil if there is no such member.
// Unless strict, white space around them is taken off.
func (o *object) strings(name string) []string {
	v, ok := o.get(name)
	if !ok {
		return nil
	}
	elements, ok := v.([]any)
	if !ok {
		o.fail(name, "must be an array")
		return nil
	}
	out := make([]string, 0, len(elements))
	for _, e := range elements {
		s, ok := e.(string)
		if !ok {
			o.fail(name, "must have strings only")
			return nil
		}
		if !o.strict {
			s = trim(s)
		}
		out = append(out, s)
	}
	return out
}

// basketLinks lead on from a basket.
func basketLinks(b *payment.Basket) psd2.PaymentLinks {
	self := basketsPath + "/" + b.ID
	l := psd2.PaymentLinks{Self: &psd2.Link{Href: self}, Status: &psd2.Link{Href: self + "/status"}}
	if b.Live() {
		l.StartAuthorisation = &psd2.Link{Href: self + "/authorisations"}
	}
	return l
}

// getBasket serves GET
// /psd2/paymentinitiation/v1/signing-baskets/{basketId}, operation
// getSigningBasket.
func (h *Handler) getBasket(w http.ResponseWriter, r *http.Request) error {
	b, err := h.Payments.Basket(r.Context(), caller(r), basketRef(r))
	if err != nil {
		return blamePath(err, "basketId")
	}
	return web.WriteJSON(w, http.StatusOK, psd2.Basket{
		PaymentIDs: b.PaymentIDs, TransactionStatus: string(b.Status), Links: basketLinks(&b), TPPMessages: basketMessages(&b),
	})
}

// getBasketStatus serves GET
// /psd2/paymentinitiation/v1/signing-baskets/{basketId}/status, operation
// getSigningBasketStatus.
func (h *Handler) getBasketStatus(w http.ResponseWriter, r *http.Request) error {
	b, err := h.Payments.Basket(r.Context(), caller(r), basketRef(r))
	if err != nil {
		return blamePath(err, "basketId")
	}
	return web.WriteJSON(w, http.StatusOK, psd2.PaymentStatus{TransactionStatus: string(b.Status), TPPMessages: basketMessages(&b)})
}

func basketMessages(b *payment.Basket) []psd2.TPPMessage {
	switch {
	case b.Status == payment.PATC:
		return []psd2.TPPMessage{pendingMessage()}
	case b.Status == payment.RJCT && b.Reason != "":
		return []psd2.TPPMessage{rejectedMessage(b.Reason)}
	}
	return nil
}

// deleteBasket serves DELETE
// /psd2/paymentinitiation/v1/signing-baskets/{basketId}, operation
// deleteSigningBasket.
func (h *Handler) deleteBasket(w http.ResponseWriter, r *http.Request) error {
	if err := h.Payments.DeleteBasket(r.Context(), caller(r), basketRef(r)); err != nil {
		return blamePath(err, "basketId")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
