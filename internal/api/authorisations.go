package api

import (
	"net/http"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// createAuthorisation serves POST
// /psd2/consent/v1/consents/{consentId}/authorisations, operation
// startConsentAuthorisation. Its body may be nothing at all or any object.
func (h *Handler) createAuthorisation(w http.ResponseWriter, r *http.Request) error {
	if err := h.readAnything(w, r); err != nil {
		return h.afterOwnership(r, err)
	}
	o, err := h.Consents.StartAuthorisation(r.Context(), caller(r), choiceOf(r))
	if err != nil {
		return blameConsent(err)
	}
	self := authorisationPath(&o)
	w.Header().Set("Location", h.APIBase+self)
	w.Header().Set("ASPSP-SCA-Approach", o.Approach.Wire())
	return web.WriteJSON(w, http.StatusCreated, psd2.AuthorisationCreated{
		AuthorisationID: o.Authorisation.ID, SCAStatus: string(o.Authorisation.Status), SCAMethods: scaMethods(o.Methods),
		PSUMessage: cut(o.Message, 512), TPPMessages: scaMessages(&o.Authorisation),
		Links: psd2.AuthorisationLinks{SCAStatus: &psd2.Link{Href: self}, SelectAuthenticationMethod: &psd2.Link{Href: self}},
	})
}

// getAuthorisations serves GET
// /psd2/consent/v1/consents/{consentId}/authorisations, operation
// getConsentAuthorisation.
func (h *Handler) getAuthorisations(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Consents.Consent(r.Context(), caller(r), consentRef(r))
	if err != nil {
		return blameConsent(err)
	}
	list := psd2.AuthorisationList{AuthorisationIDs: []string{}}
	for i := range c.Authorisations {
		list.AuthorisationIDs = append(list.AuthorisationIDs, c.Authorisations[i].ID)
	}
	return web.WriteJSON(w, http.StatusOK, list)
}

// startAuthorisation serves PUT
// /psd2/consent/v1/consents/{consentId}/authorisations/{authorisationId},
// operation updateConsentsPsuData.
func (h *Handler) startAuthorisation(w http.ResponseWriter, r *http.Request) error {
	method, err := h.readMethod(w, r)
	if err != nil {
		return h.afterOwnership(r, err)
	}
	choice := choiceOf(r)
	choice.Method = method
	o, err := h.Consents.ChooseMethod(r.Context(), caller(r), choice)
	if err != nil {
		return blameConsent(err)
	}
	out := psd2.AuthorisationStarted{
		SCAStatus: string(o.Authorisation.Status), ChallengeData: challengeData(&o.Challenge),
		PSUMessage: cut(o.Message, 512), TPPMessages: scaMessages(&o.Authorisation),
		Links: psd2.AuthorisationLinks{SCAStatus: &psd2.Link{Href: authorisationPath(&o)}},
	}
	if o.Method.ID != "" {
		m := scaMethod(&o.Method)
		out.ChosenSCAMethod = &m
	}
	if err := h.addRedirect(&out.Links, &o, r); err != nil {
		return err
	}
	w.Header().Set("ASPSP-SCA-Approach", o.Approach.Wire())
	return web.WriteJSON(w, http.StatusOK, out)
}

// getAuthorisation serves GET
// /psd2/consent/v1/consents/{consentId}/authorisations/{authorisationId},
// operation getConsentScaStatus.
func (h *Handler) getAuthorisation(w http.ResponseWriter, r *http.Request) error {
	o, err := h.Consents.Poll(r.Context(), caller(r), consentRef(r))
	if err != nil {
		return blameConsent(err)
	}
	return web.WriteJSON(w, http.StatusOK, psd2.AuthorisationStatus{
		SCAStatus: string(o.Authorisation.Status), ChallengeData: challengeData(&o.Challenge), TPPMessages: scaMessages(&o.Authorisation),
	})
}

func choiceOf(r *http.Request) consent.Choice {
	hd := headersOf(r)
	return consent.Choice{
		Ref: consentRef(r), RedirectPreferred: hd.RedirectPreferred, AuthoriserID: hd.AuthoriserID, IPAddress: hd.IPAddress(),
	}
}

// afterOwnership returns fault, which is in the body, unless the resource that
// the path names is not there or not the caller's: that is the earlier check.
func (h *Handler) afterOwnership(r *http.Request, fault error) error {
	ref := consentRef(r)
	if ref.AuthorisationID == "" {
		if _, err := h.Consents.Consent(r.Context(), caller(r), ref); err != nil {
			return blameConsent(err)
		}
		return fault
	}
	if _, err := h.Consents.Poll(r.Context(), caller(r), ref); err != nil {
		return blameConsent(err)
	}
	return fault
}

// readAnything reads a body that says nothing: none, null, or any object.
func (h *Handler) readAnything(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readBody(w, r)
	if err != nil {
		return err
	}
	switch v.(type) {
	case nil, null, map[string]any:
		return nil
	}
	return bodyFault("the body must be a JSON object, or empty")
}

// readMethod reads the body that chooses the SCA method.
func (h *Handler) readMethod(w http.ResponseWriter, r *http.Request) (string, error) {
	v, err := h.readBody(w, r)
	if err != nil {
		return "", err
	}
	rd := &reading{strict: h.Strict}
	o, err := rd.root(v)
	if err != nil {
		return "", err
	}
	method := o.text("authenticationMethodId")
	if len(rd.faults) > 0 {
		return "", rd.faults[0]
	}
	if method == "" {
		return "", bodyFault("is missing").At("authenticationMethodId")
	}
	return method, nil
}

// addRedirect adds the link that the browser follows, in a redirect.
func (h *Handler) addRedirect(l *psd2.AuthorisationLinks, o *consent.Open, r *http.Request) error {
	if !o.Authorisation.Approach.Redirect() {
		return nil
	}
	_, href, err := h.Redirect.Link(r.Context(), redirect.LinkRequest{
		Base: h.AuthBase, Kind: redirect.KindConsent, Found: o.Found(),
		RedirectURI: trim(r.Header.Get("TPP-Redirect-URI")), NokRedirectURI: trim(r.Header.Get("TPP-Nok-Redirect-URI")),
	})
	switch {
	case err != nil || href == "":
		return err
	case o.Authorisation.Approach == sca.OAuthRedirect:
		l.SCAOAuth = &psd2.Link{Href: href}
	default:
		l.SCARedirect = &psd2.Link{Href: href}
	}
	return nil
}

func authorisationPath(o *consent.Open) string {
	return consentsPath + "/" + o.Consent.ID + "/authorisations/" + o.Authorisation.ID
}

func scaMethods(in []sca.Method) []psd2.SCAMethod {
	out := make([]psd2.SCAMethod, len(in))
	for i := range in {
		out[i] = scaMethod(&in[i])
	}
	return out
}

func scaMethod(m *sca.Method) psd2.SCAMethod {
	return psd2.SCAMethod{AuthenticationType: m.Type, AuthenticationMethodID: m.ID, Name: m.Name}
}

// challengeData returns nil for no challenge.
func challengeData(c *sca.Challenge) *psd2.ChallengeData {
	if len(c.Data) == 0 && c.Image == "" {
		return nil
	}
	return &psd2.ChallengeData{Image: c.Image, Data: c.Data}
}

// scaMessages tell why an authorisation failed, or that another signature is
// needed beside it.
func scaMessages(a *sca.Authorisation) []psd2.TPPMessage {
	switch {
	case a.Status == sca.Failed && a.Failure == sca.RefusedByBank:
		return []psd2.TPPMessage{{Category: psd2.Unmapped, Code: psd2.Raw, Text: cut(a.Message, 512)}}
	case a.Status == sca.Failed && a.Failure != "":
		return []psd2.TPPMessage{{Category: psd2.Error, Code: psd2.Code(a.Failure), Text: cut(a.Message, 512)}}
	case a.Status.Signed() && a.MoreNeeded:
		return []psd2.TPPMessage{{
			Category: psd2.Information, Code: psd2.AuthorisationPending, Text: "signed; the signature of another person is needed",
		}}
	}
	return nil
}
