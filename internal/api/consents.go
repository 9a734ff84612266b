package api

import (
	"net/http"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// consentsPath is the path of the consents.
const consentsPath = "/psd2/consent/v1/consents"

// consentRoutes are the endpoints of consents and their authorisations.
func consentRoutes() []route {
	const (
		one            = "/{consentId}"
		authorisations = one + "/authorisations"
		authorisation  = authorisations + "/{authorisationId}"
	)
	var routes []route
	for _, rt := range []route{
		{method: http.MethodPost, operation: "createConsent", headers: createHeaders, body: true, serve: (*Handler).createConsent},
		{method: http.MethodGet, path: one, operation: "getConsentInformation", serve: (*Handler).getConsent},
		{method: http.MethodGet, path: one + "/status", operation: "getConsentStatus", serve: (*Handler).getConsentStatus},
		{method: http.MethodDelete, path: one, operation: "deleteConsent", serve: (*Handler).deleteConsent},
		{method: http.MethodPost, path: authorisations, operation: "startConsentAuthorisation", body: true, serve: signableConsent().create},
		{method: http.MethodGet, path: authorisations, operation: "getConsentAuthorisation", serve: (*Handler).getAuthorisations},
		{method: http.MethodGet, path: authorisation, operation: "getConsentScaStatus", serve: signableConsent().get},
		{
			method: http.MethodPut, path: authorisation, operation: "updateConsentsPsuData",
			headers: startHeaders, body: true, serve: signableConsent().put,
		},
	} {
		rt.path, rt.family, rt.scopes = consentsPath+rt.path, accountFamily, []scope.API{scope.AccountInformation}
		if rt.headers == baseHeaders {
			rt.headers = psuHeaders
		}
		routes = append(routes, rt)
	}
	return routes
}

// consentRef returns what the path and the headers name.
func consentRef(r *http.Request) consent.Ref {
	return consent.Ref{BICFI: bicfi(r), ConsentID: idOf(r, "consentId"), AuthorisationID: idOf(r, "authorisationId")}
}

// idOf returns an id of the path. What has not the form of one names nothing,
// and the store need not see it: it may hold bytes that no database takes.
func idOf(r *http.Request, name string) string {
	id := pathValue(r, name)
	if id == "" || ident.IsUUID(id) {
		return id
	}
	return "none"
}

// createConsent serves POST /psd2/consent/v1/consents, operation
// createConsent.
func (h *Handler) createConsent(w http.ResponseWriter, r *http.Request) error {
	req, err := h.consentRequest(w, r)
	if err != nil {
		return err
	}
	c, err := h.Consents.Create(r.Context(), caller(r), req)
	if err != nil {
		return err
	}
	self := consentsPath + "/" + c.ID
	w.Header().Set("Location", h.APIBase+self)
	w.Header().Set("ASPSP-SCA-Approach", c.Approach.Wire())
	return web.WriteJSON(w, http.StatusCreated, psd2.ConsentCreated{
		ConsentStatus: string(c.Status), ConsentID: c.ID, SCAMethods: scaMethods(c.Methods),
		Links: psd2.ConsentCreatedLinks{
			Self: psd2.Link{Href: self}, Status: psd2.Link{Href: self + "/status"},
			StartAuthorisation: psd2.Link{Href: self + "/authorisations"},
		},
	})
}

// getConsent serves GET /psd2/consent/v1/consents/{consentId}, operation
// getConsentInformation.
func (h *Handler) getConsent(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Consents.Consent(r.Context(), caller(r), consentRef(r))
	if err != nil {
		return blamePath(err, "consentId")
	}
	out := psd2.ConsentInformation{
		Access: accountAccess(&c.Access), RecurringIndicator: c.Recurring, ValidUntil: date(c.ValidUntil),
		FrequencyPerDay: c.FrequencyPerDay, LastActionDate: date(c.LastAction),
		ConsentStatus: string(c.Status), ConsentID: c.ID,
	}
	if c.Status == consent.Valid && !c.DirectDebit {
		out.Links = &psd2.ConsentLinks{Account: &psd2.Link{Href: trimSlash(accountsPath)}}
		if h.Accounts.HasCards(r.Context(), &c) {
			out.Links.CardAccount = &psd2.Link{Href: trimSlash(cardsPath)}
		}
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

func trimSlash(path string) string { return path[:len(path)-1] }

// getConsentStatus serves GET /psd2/consent/v1/consents/{consentId}/status,
// operation getConsentStatus.
func (h *Handler) getConsentStatus(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Consents.Consent(r.Context(), caller(r), consentRef(r))
	if err != nil {
		return blamePath(err, "consentId")
	}
	return web.WriteJSON(w, http.StatusOK, psd2.ConsentStatus{ConsentStatus: string(c.Status)})
}

// deleteConsent serves DELETE /psd2/consent/v1/consents/{consentId}, operation
// deleteConsent.
func (h *Handler) deleteConsent(w http.ResponseWriter, r *http.Request) error {
	if err := h.Consents.Terminate(r.Context(), caller(r), consentRef(r)); err != nil {
		return blamePath(err, "consentId")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// consentRequest reads the body of createConsent. What is wrong with single
// members is in the request's Faults; the error is for a body that cannot be
// read at all.
func (h *Handler) consentRequest(w http.ResponseWriter, r *http.Request) (consent.Request, error) {
	hd := headersOf(r)
	req := consent.Request{
		BICFI: hd.BICFI, Affiliate: hd.Affiliate, Type: hd.ConsentType,
		RedirectPreferred: hd.RedirectPreferred, Strict: h.Strict,
	}
	v, err := h.readBody(w, r)
	if err != nil {
		return req, err
	}
	return req, readConsent(v, &req)
}

// readConsent reads the body of createConsent, as parsed, into req.
func readConsent(v any, req *consent.Request) error {
	rd := &reading{strict: req.Strict}
	o, err := rd.root(v)
	if err != nil {
		return err
	}
	if v, ok := o.get("access"); ok {
		req.Access = rd.access(v)
	}
	req.Recurring = o.boolean("recurringIndicator")
	req.ValidUntil = o.date("validUntil")
	req.FrequencyPerDay = o.integer("frequencyPerDay")
	req.Combined = o.boolean("combinedServiceIndicator")
	req.Faults = rd.faults
	return nil
}

// access reads the member access.
func (rd *reading) access(v any) *consent.Access {
	o := rd.object("access", v)
	if o == nil {
		return nil
	}
	o.exact = true // without any member it asks for everything
	return &consent.Access{
		Accounts: o.references("accounts"), Balances: o.references("balances"), Transactions: o.references("transactions"),
		AvailableAccounts: o.given("availableAccounts"), AllPSD2: o.given("allPsd2"),
	}
}

// references reads an array of accountReference.
func (o *object) references(name string) []bank.Reference {
	objects := o.objects(name)
	if objects == nil {
		return nil
	}
	out := make([]bank.Reference, len(objects))
	for i, e := range objects {
		out[i] = bank.Reference{
			IBAN: e.given("iban"), BBAN: e.given("bban"), ClearingNumber: e.given("clearingNumber"), AccountNumber: e.given("accountNumber"),
			PAN: e.given("pan"), MaskedPAN: e.given("maskedPan"), MSISDN: e.given("msisdn"), Currency: money.Currency(e.given("currency")),
		}
	}
	return out
}

// accountAccess returns a as it is on the wire. What was asked for by no form
// at all reads as three empty arrays.
func accountAccess(a *consent.Access) psd2.AccountAccess {
	if a.Accounts == nil && a.Balances == nil && a.Transactions == nil && a.AvailableAccounts == "" && a.AllPSD2 == "" {
		none := []psd2.AccountReference{}
		return psd2.AccountAccess{Accounts: none, Balances: none, Transactions: none}
	}
	return psd2.AccountAccess{
		Accounts: accountReferences(a.Accounts), Balances: accountReferences(a.Balances), Transactions: accountReferences(a.Transactions),
		AvailableAccounts: a.AvailableAccounts, AllPSD2: a.AllPSD2,
	}
}

// accountReferences returns nil for nil: an array that was not sent.
func accountReferences(in []bank.Reference) []psd2.AccountReference {
	if in == nil {
		return nil
	}
	out := make([]psd2.AccountReference, 0, len(in))
	for i := range in {
		if ref := accountReference(&in[i]); ref != nil {
			out = append(out, *ref)
		}
	}
	return out
}
