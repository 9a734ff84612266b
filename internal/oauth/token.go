package oauth

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/usage"
	"sluss.example/sluss/internal/web"
)

// The values of grant_type.
const (
	grantCredentials = "client_credentials"
	grantCode        = "authorization_code"
)

// token serves POST /connect/token (RFC 6749 section 3.2).
func (h *Handler) token(w http.ResponseWriter, r *http.Request) error {
	echoRequestID(w, r)
	if err := checkMethod(r, http.MethodPost); err != nil {
		return err
	}
	f, err := readForm(w, r)
	if err != nil {
		return err
	}
	grant, err := h.grantOf(f["grant_type"])
	if err != nil {
		return err
	}
	issued, err := h.issue(w, r, f, grant)
	h.observe(f, err)
	if err != nil {
		return err
	}
	return writeToken(w, issued)
}

// issue returns the token that an app asks for, once that is on record. What
// is issued and cannot be recorded is dropped: nobody has seen it.
func (h *Handler) issue(w http.ResponseWriter, r *http.Request, f form, grant grant) (*token.Issued, error) {
	proof, err := h.readProof(w, r)
	if err != nil {
		return nil, err
	}
	c, err := h.authenticate(r, f)
	if err != nil {
		h.noteRefused(r.Context(), nil, err)
		return nil, err
	}
	if limit, err := h.Tokens.Admit(c.App); err != nil {
		h.Observer.Denied(limit)
		h.noteRefused(r.Context(), c.App, err)
		return nil, err
	}
	c.Proof = proof
	issued, err := grant(w, r, c, f)
	if err != nil {
		if problem.Is(err, problem.AccessExceeded) {
			h.Observer.Denied(limitQuota)
		}
		h.noteRefused(r.Context(), c.App, err)
		return nil, err
	}
	return issued, nil
}

// A grant makes the token that an app asks for, and puts it on record.
type grant func(w http.ResponseWriter, r *http.Request, c *token.Client, f form) (*token.Issued, error)

func (h *Handler) grantOf(name string) (grant, error) {
	switch name {
	case grantCredentials:
		return h.grantCredentials, nil
	case grantCode:
		return h.grantCode, nil
	case "":
		return nil, missing("grant_type")
	}
	return nil, problem.New(problem.GrantUnsupported, "grant_type must be %s or %s", grantCredentials, grantCode)
}

// echoRequestID echoes an X-Request-ID of any printable form: here it is for
// tracing alone, and need not be a UUID.
func echoRequestID(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("X-Request-ID")
	if id == "" || len(id) > 128 {
		return
	}
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return
		}
	}
	w.Header().Set("X-Request-ID", id)
}

// grantCredentials is the grant of RFC 6749 section 4.4.
func (h *Handler) grantCredentials(w http.ResponseWriter, r *http.Request, c *token.Client, f form) (*token.Issued, error) {
	set, err := scope.Parse(f["scope"])
	if err != nil {
		return nil, err
	}
	if err := c.App.CheckScope(set); err != nil {
		return nil, err
	}
	bound, err := h.bind(w, r, c)
	if err != nil {
		return nil, err
	}
	issued, quota, err := h.Tokens.Grant(r.Context(), token.Asked{
		App: c.App, Scope: set, Method: c.Method, Bound: bound, Record: h.recorder(r.Context(), c.App, set),
	})
	setQuota(w.Header(), &quota)
	return issued, err
}

// setQuota tells an app that is held to a quota how much of it is left, in the
// fields of draft-ietf-httpapi-ratelimit-headers.
func setQuota(head http.Header, q *token.Quota) {
	if q.Policy != usage.Enforce {
		return
	}
	head.Set("RateLimit-Policy", fmt.Sprintf(`"tokens";q=%d;w=%d`, q.Quota, int(usage.Window.Seconds())))
	limit := fmt.Sprintf(`"tokens";r=%d`, q.Left())
	if q.Wait > 0 {
		limit += ";t=" + seconds(q.Wait)
	}
	head.Set("RateLimit", limit)
}

// resources are the headers that name what a code is for. The second of a
// payment may name a cancellation.
var resources = []struct{ kind, id, authorisationID string }{
	{redirect.KindConsent, "X-ConsentId", "X-ConsentAuthorisationId"},
	{redirect.KindPayment, "X-PaymentId", "X-PaymentAuthorisationId"},
	{redirect.KindBasket, "X-BasketId", "X-BasketAuthorisationId"},
}

// grantCode is the grant of RFC 6749 section 4.1.3. It finalises what the code
// was issued for.
func (h *Handler) grantCode(w http.ResponseWriter, r *http.Request, c *token.Client, f form) (*token.Issued, error) {
	a := c.App
	if !a.MayRedirect() {
		return nil, problem.New(problem.GrantForbidden, "the application has no redirect URI, so it cannot use the grant %s", grantCode)
	}
	for _, name := range []string{"code", "redirect_uri"} {
		if f[name] == "" {
			return nil, missing(name)
		}
	}
	resource, err := resourceOf(r)
	if err != nil {
		return nil, err
	}
	if a.Security().FAPI2 && f["code_verifier"] == "" {
		return nil, missing("code_verifier")
	}
	bound, err := h.bind(w, r, c)
	if err != nil {
		return nil, err
	}
	var issued *token.Issued
	err = h.Exchanger.Exchange(r.Context(), redirect.ExchangeRequest{
		App: *a, Code: f["code"], RedirectURI: f["redirect_uri"], Scope: f["scope"],
		Verifier: f["code_verifier"], Resource: resource,
	}, func(ctx context.Context, set scope.Set) (string, error) {
		var err error
		if issued, err = h.Tokens.IssueBound(ctx, a, set, bound); err != nil {
			return "", err
		}
		return issued.ID, nil
	})
	if err != nil {
		return nil, err // what was issued is dropped: nobody has seen it
	}
	if err := h.noteIssued(r.Context(), a, issued); err != nil {
		return nil, err
	}
	return issued, nil
}

// resourceOf returns what the headers name. It reports problem.FormatInvalid
// with the header that is missing.
func resourceOf(r *http.Request) (redirect.Resource, error) {
	var found redirect.Resource
	for _, kind := range resources {
		id, authorisationID := r.Header.Get(kind.id), r.Header.Get(kind.authorisationID)
		switch {
		case id == "" && authorisationID == "":
			continue
		case id == "":
			return found, missing(kind.id)
		case authorisationID == "":
			return found, missing(kind.authorisationID)
		case found.Kind != "":
			return found, malformed("the headers name both a %s and a %s", found.Kind, kind.kind)
		}
		found = redirect.Resource{Kind: kind.kind, ID: id, AuthorisationID: authorisationID}
	}
	if found.Kind == "" {
		return found, missing("X-ConsentId and X-ConsentAuthorisationId")
	}
	return found, nil
}

// writeToken writes the answer of RFC 6749 section 5.1. It appends, since no
// value in it needs an escape.
func writeToken(w http.ResponseWriter, t *token.Issued) error {
	b := make([]byte, 0, len(t.Text)+256)
	b = append(b, `{"access_token":"`...)
	b = append(b, t.Text...)
	b = append(b, `","expires_in":`...)
	b = strconv.AppendInt(b, int64(t.ExpiresIn/time.Second), 10)
	b = append(b, `,"token_type":"`...)
	b = append(b, typeOf(t.Confirmation)...)
	b = append(b, `","scope":"`...)
	b = append(b, t.Scope.String()...)
	b = append(b, '"', '}')
	noStore(w.Header())
	return web.WriteBody(w, http.StatusOK, "application/json; charset=utf-8", b)
}
