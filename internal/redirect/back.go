package redirect

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/url"
	"strings"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
)

// oauthErrors has the error that an app is told of in the query, RFC 6749
// section 4.1.2.1, by the reason of a fault.
var oauthErrors = map[problem.Reason]string{
	problem.FormatInvalid:         "invalid_request",
	problem.ParameterInconsistent: "invalid_request",
	problem.ConsentUnknown:        "invalid_request",
	problem.ConsentForeign:        "invalid_request",
	problem.ResourceUnknown:       "invalid_request",
	problem.StatusInvalid:         "invalid_request",
	problem.ScopeInvalid:          "invalid_scope",
	problem.ContextForeign:        "invalid_scope",
	problem.ResponseInvalid:       "unsupported_response_type",
	problem.AccessDenied:          "access_denied",
	problem.BankUnavailable:       "temporarily_unavailable",
	problem.Busy:                  "temporarily_unavailable",
}

// failed returns where the browser takes the fault err to the app. An error
// that is ours to mend is returned as it is.
func (v *Visit) failed(err error) (string, error) {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return "", err
	}
	code, ok := oauthErrors[p.Reason]
	if !ok {
		code = "server_error"
	}
	return v.back(true, "error", code, "error_description", p.Detail), nil
}

// back returns the URI that the browser goes back to, with the pairs of names
// and values added to the query that it has, and the state as it came.
func (v *Visit) back(failed bool, pairs ...string) string {
	to := v.RedirectURI
	if failed && v.NokRedirectURI != "" {
		to = v.NokRedirectURI
	}
	if v.HasState {
		pairs = append(pairs, "state", v.State)
	}
	var b strings.Builder
	b.WriteString(to)
	sep := "?"
	if strings.Contains(to, "?") {
		sep = "&"
		if strings.HasSuffix(to, "?") || strings.HasSuffix(to, "&") {
			sep = ""
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString(sep + url.QueryEscape(pairs[i]) + "=" + escape(pairs[i+1]))
		sep = "&"
	}
	return b.String()
}

// escape escapes a value of a query; a space as %20, which every client reads.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// Return takes a browser that comes back from a bank to its app: with a code
// if the PSU signed, with an error if not. It reports problem.ResourceUnknown
// for a handle that leads nowhere.
func (s *Service) Return(ctx context.Context, handle string) (string, error) {
	v, err := s.Store.Visit(ctx, handle)
	if err != nil {
		return "", err
	}
	kind, err := s.of(v.Resource)
	if err != nil {
		return v.failed(err)
	}
	a, err := kind.Settle(ctx, v.Resource.ID, v.Resource.AuthorisationID)
	if err != nil {
		return v.failed(err)
	}
	if !a.Status.Final() && a.SignedAt.IsZero() {
		// Back without an answer: the PSU walked away.
		if err := kind.Fail(ctx, v.Resource.ID, v.Resource.AuthorisationID, sca.UserCancel); err != nil {
			return "", err
		}
		return v.failed(problem.New(problem.AccessDenied, "the PSU left the bank's page"))
	}
	return s.arrive(ctx, &v, &a)
}

// arrive sends the browser on with the outcome of an authorisation that the
// bank has answered.
func (s *Service) arrive(ctx context.Context, v *Visit, a *sca.Authorisation) (string, error) {
	switch {
	case a.Status == sca.Failed:
		return v.failed(outcome(a))
	case v.Kind == sca.PlainRedirect:
		return v.back(false), nil
	case a.Status.Final():
		return v.failed(problem.New(problem.StatusInvalid, "the authorisation is %s already", a.Status))
	}
	code := newSecret(32)
	c := Code{
		Hash: sha256.Sum256([]byte(code)), Resource: v.Resource, ClientID: v.ClientID, RedirectURI: v.RedirectURI,
		Scope: v.Scope, CodeChallenge: v.CodeChallenge, ExpiresAt: a.SignedAt.Add(sca.CodeLifetime),
	}
	if err := s.Store.RedirectTx(ctx, func(tx Tx) error { return tx.InsertCode(ctx, c) }); err != nil {
		return "", err
	}
	return v.back(false, "code", code, "scope", v.Scope), nil
}

// outcome returns the fault that a failed authorisation is to the app.
func outcome(a *sca.Authorisation) error {
	switch a.Failure {
	case sca.UserCancel:
		return problem.New(problem.AccessDenied, "the PSU declined or left the bank's page")
	case sca.RightsMissing:
		return problem.New(problem.AccessDenied, "the PSU may not sign this at the bank")
	case sca.SessionExpired:
		return problem.New(problem.BankRefused, "the authorisation timed out")
	}
	return problem.New(problem.BankRefused, "the authorisation failed at the bank")
}
