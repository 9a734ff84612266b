package client

import (
	"context"
	"net/http"
	"net/url"

	"sluss.example/sluss/psd2"
)

// A Bank is a bank that calls are made to on behalf of one PSU.
type Bank struct {
	client *Client
	bicfi  string
	psu    PSU
}

// Bank returns the calls to the bank with the BICFI on behalf of psu.
func (c *Client) Bank(bicfi string, psu PSU) *Bank { return &Bank{c, bicfi, psu} }

// Accounts returns the accounts that the consent opens.
func (b *Bank) Accounts(consentID string) *Accounts { return &Accounts{b, consentID} }

// CreateConsent asks for a consent, which the PSU is then to authorise.
func (b *Bank) CreateConsent(ctx context.Context, in psd2.ConsentRequest) (psd2.ConsentCreated, error) {
	var out psd2.ConsentCreated
	err := b.consents(ctx, http.MethodPost, "", in, &out)
	return out, err
}

// Consent returns a consent.
func (b *Bank) Consent(ctx context.Context, id string) (psd2.ConsentInformation, error) {
	var out psd2.ConsentInformation
	err := b.consents(ctx, http.MethodGet, "/"+url.PathEscape(id), nil, &out)
	return out, err
}

// ConsentStatus returns the status of a consent, such as valid.
func (b *Bank) ConsentStatus(ctx context.Context, id string) (string, error) {
	var out psd2.ConsentStatus
	err := b.consents(ctx, http.MethodGet, "/"+url.PathEscape(id)+"/status", nil, &out)
	return out.ConsentStatus, err
}

// DeleteConsent ends a consent. It may be called again.
func (b *Bank) DeleteConsent(ctx context.Context, id string) error {
	return b.consents(ctx, http.MethodDelete, "/"+url.PathEscape(id), nil, nil)
}

// Authorise starts an authorisation of a consent: the PSU's signature.
func (b *Bank) Authorise(ctx context.Context, consentID string) (psd2.AuthorisationCreated, error) {
	var out psd2.AuthorisationCreated
	err := b.consents(ctx, http.MethodPost, "/"+url.PathEscape(consentID)+"/authorisations", struct{}{}, &out)
	return out, err
}

// Authorisations returns the ids of a consent's authorisations, oldest first.
func (b *Bank) Authorisations(ctx context.Context, consentID string) ([]string, error) {
	var out psd2.AuthorisationList
	err := b.consents(ctx, http.MethodGet, "/"+url.PathEscape(consentID)+"/authorisations", nil, &out)
	return out.AuthorisationIDs, err
}

// ChooseMethod starts the signing by one of the bank's methods, such as mbid.
func (b *Bank) ChooseMethod(ctx context.Context, consentID, authorisationID, method string) (psd2.AuthorisationStarted, error) {
	var out psd2.AuthorisationStarted
	err := b.consents(ctx, http.MethodPut, "/"+url.PathEscape(consentID)+"/authorisations/"+url.PathEscape(authorisationID),
		psd2.StartAuthorisation{AuthenticationMethodID: method}, &out)
	return out, err
}

// Authorisation returns how an authorisation stands. Callers poll it, once a
// second or less often, until its status is finalised or failed.
func (b *Bank) Authorisation(ctx context.Context, consentID, authorisationID string) (psd2.AuthorisationStatus, error) {
	var out psd2.AuthorisationStatus
	err := b.consents(ctx, http.MethodGet, "/"+url.PathEscape(consentID)+"/authorisations/"+url.PathEscape(authorisationID), nil, &out)
	return out, err
}

func (b *Bank) consents(ctx context.Context, method, path string, in, out any) error {
	return b.client.call(ctx, request{
		context: b.context(), scope: ScopeAccounts, method: method, path: "/psd2/consent/v1/consents" + path, header: b.header(), body: in,
	}, out)
}

// header returns the headers of every call to the bank.
func (b *Bank) header() http.Header {
	h := b.psu.header()
	h.Set("X-BicFi", b.bicfi)
	return h
}

func (b *Bank) context() Context {
	if b.psu.Context == "" {
		return Private
	}
	return b.psu.Context
}
