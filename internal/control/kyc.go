package control

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/web"
)

// KYC is what an operator does to KYC cases. An id is that of the case, or the
// one in its link. The methods report problem.ResourceUnknown.
type KYC interface {
	// Cases returns the newest cases, those with the status unless it is empty.
	Cases(ctx context.Context, status string) ([]KYCCase, error)
	// Case returns one case with its answers.
	Case(ctx context.Context, id string) (KYCCase, error)
	// Decide does as the word says: approve, reject or leave-open. It reports
	// problem.StatusInvalid.
	Decide(ctx context.Context, id, word string) (KYCCase, error)
}

// The words of a decision.
const (
	KYCApprove   = "approve"
	KYCReject    = "reject"
	KYCLeaveOpen = "leave-open"
)

// A KYCCase is a case on the wire.
type KYCCase struct {
	ID           string       `json:"id"`
	ClientID     string       `json:"clientId"`
	Organisation string       `json:"psuCorporateId"`
	Country      string       `json:"country,omitempty"`
	Status       string       `json:"status"`
	Note         string       `json:"note,omitempty"`
	CreatedAt    time.Time    `json:"createdAt"`
	ExpiresAt    time.Time    `json:"expiresAt"`
	SubmittedAt  time.Time    `json:"submittedAt,omitzero"`
	DecidedAt    time.Time    `json:"decidedAt,omitzero"`
	ValidUntil   string       `json:"validUntil,omitempty"` // date
	Answers      *kyc.Answers `json:"answers,omitempty"`    // in the answer for one case
}

// KYCOnWire returns c as it is on the wire, without answers.
func KYCOnWire(c *kyc.Case) KYCCase {
	w := KYCCase{
		ID: c.ID, ClientID: c.ClientID, Organisation: c.Organisation, Country: c.Country, Status: string(c.Status), Note: c.Note,
		CreatedAt: c.CreatedAt, ExpiresAt: c.ExpiresAt, SubmittedAt: c.SubmittedAt, DecidedAt: c.DecidedAt,
	}
	if !c.ValidUntil.IsZero() {
		w.ValidUntil = c.ValidUntil.Format(time.DateOnly)
	}
	return w
}

// getKYCCases serves GET /kyc?status=...
func (h *Handler) getKYCCases(w http.ResponseWriter, r *http.Request) error {
	all, err := h.KYC.Cases(r.Context(), r.URL.Query().Get("status"))
	if err != nil {
		return err
	}
	if all == nil {
		all = []KYCCase{}
	}
	return web.WriteJSON(w, http.StatusOK, map[string][]KYCCase{"cases": all})
}

// getKYCCase serves GET /kyc/{id}.
func (h *Handler) getKYCCase(w http.ResponseWriter, r *http.Request) error {
	c, err := h.KYC.Case(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, c)
}

// decideKYC serves POST /kyc/{id}/approve, .../reject and .../leave-open.
func (h *Handler) decideKYC(word string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := h.KYC.Decide(r.Context(), r.PathValue("id"), word)
		if err != nil {
			return err
		}
		return web.WriteJSON(w, http.StatusOK, c)
	}
}

// KYCClient is the KYC of a running server, by its control API.
type KYCClient struct{ *Client }

var _ KYC = KYCClient{}

// Cases implements [KYC].
func (c KYCClient) Cases(ctx context.Context, status string) ([]KYCCase, error) {
	var out struct{ Cases []KYCCase }
	err := c.Call(ctx, http.MethodGet, "/kyc?"+url.Values{"status": {status}}.Encode(), nil, &out)
	return out.Cases, err
}

// Case implements [KYC].
func (c KYCClient) Case(ctx context.Context, id string) (out KYCCase, err error) {
	err = c.Call(ctx, http.MethodGet, "/kyc/"+url.PathEscape(id), nil, &out)
	return out, err
}

// Decide implements [KYC].
func (c KYCClient) Decide(ctx context.Context, id, word string) (out KYCCase, err error) {
	err = c.Call(ctx, http.MethodPost, "/kyc/"+url.PathEscape(id)+"/"+word, nil, &out)
	return out, err
}
