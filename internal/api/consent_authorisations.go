package api

import (
	"net/http"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/signing"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// signableConsent returns what serves the authorisations of a consent: operations
// startConsentAuthorisation, updateConsentsPsuData and getConsentScaStatus.
func signableConsent() signable {
	return signable{
		kind: redirect.KindConsent, id: "authorisationId",
		start: func(h *Handler, r *http.Request, c signing.Choice) (signature, error) {
			return ofConsent(h.Consents.StartAuthorisation(r.Context(), caller(r), consentChoice(r, &c)))
		},
		choose: func(h *Handler, r *http.Request, c signing.Choice) (signature, error) {
			return ofConsent(h.Consents.ChooseMethod(r.Context(), caller(r), consentChoice(r, &c)))
		},
		poll: func(h *Handler, r *http.Request) (signature, error) {
			return ofConsent(h.Consents.Poll(r.Context(), caller(r), consentRef(r)))
		},
		owned: func(h *Handler, r *http.Request) error {
			_, err := h.Consents.Consent(r.Context(), caller(r), consentRef(r))
			return blamePath(err, "consentId")
		},
	}
}

func consentChoice(r *http.Request, c *signing.Choice) consent.Choice {
	return consent.Choice{
		Ref: consentRef(r), Method: c.Method, RedirectPreferred: c.RedirectPreferred, AuthoriserID: c.AuthoriserID, IPAddress: c.IPAddress,
	}
}

func ofConsent(o consent.Open, err error) (signature, error) {
	if err != nil {
		return signature{}, blamePath(err, "consentId")
	}
	return signature{Open: o.Open, found: o.Found(), path: consentsPath + "/" + o.Consent.ID + "/authorisations/" + o.Authorisation.ID}, nil
}

// getAuthorisations serves GET
// /psd2/consent/v1/consents/{consentId}/authorisations, operation
// getConsentAuthorisation.
func (h *Handler) getAuthorisations(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Consents.Consent(r.Context(), caller(r), consentRef(r))
	if err != nil {
		return blamePath(err, "consentId")
	}
	list := psd2.AuthorisationList{AuthorisationIDs: []string{}}
	for i := range c.Authorisations {
		list.AuthorisationIDs = append(list.AuthorisationIDs, c.Authorisations[i].ID)
	}
	return web.WriteJSON(w, http.StatusOK, list)
}
