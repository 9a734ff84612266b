package redirect

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
)

// maxState bounds what we keep for a client.
const maxState = 2048

// An AuthorizeRequest is a browser's call of the authorization endpoint (RFC
// 6749 section 4.1.1), or of the plain redirect, which has no code.
type AuthorizeRequest struct {
	Base  string       // AUTH base URL without a trailing slash
	Kind  sca.Approach // sca.OAuthRedirect or sca.PlainRedirect
	Query url.Values
}

// Authorize checks a browser's call and returns where to send the browser: to
// the page of the bank, or back to the app with an error. It reports
// problem.AuthorizeRefused if the app or its redirect URI is wrong, since
// sending the browser there could hand it to a stranger.
func (s *Service) Authorize(ctx context.Context, r AuthorizeRequest) (string, error) {
	owner, back, err := s.checkTarget(ctx, r.Query)
	if err != nil {
		return "", err
	}
	back.Kind = r.Kind
	acr, err := r.check(&back)
	if err != nil {
		return back.failed(err)
	}
	back.Resource = acr.Resource
	if err := s.checkResource(ctx, owner, &acr, &back); err != nil {
		return back.failed(err)
	}
	return s.enter(ctx, r.Base, back)
}

// checkTarget finds the app and the URI that the browser may be sent back to.
// Its faults are shown to the PSU and never lead anywhere.
func (s *Service) checkTarget(ctx context.Context, q url.Values) (*app.App, Visit, error) {
	for _, name := range []string{"client_id", "redirect_uri", "nok_redirect_uri", "state"} {
		if len(q[name]) > 1 {
			return nil, Visit{}, refused("The parameter %s was given twice.", name)
		}
	}
	for _, hole := range []string{clientIDHole, redirectURIHole, stateHole} {
		for _, name := range []string{"client_id", "redirect_uri", "state"} {
			if strings.Contains(q.Get(name), hole) {
				return nil, Visit{}, refused("The application did not fill in the placeholder %s of the link.", hole)
			}
		}
	}
	owner, err := s.Apps.App(ctx, strings.ToLower(q.Get("client_id")))
	if problem.Is(err, problem.ResourceUnknown) || err == nil && owner.Disabled {
		return nil, Visit{}, refused("The application is not known here: client_id is wrong.")
	}
	if err != nil {
		return nil, Visit{}, err
	}
	back := Visit{
		ClientID: owner.ID, RedirectURI: q.Get("redirect_uri"), NokRedirectURI: q.Get("nok_redirect_uri"),
		State: q.Get("state"), HasState: q.Has("state"), Scope: q.Get("scope"), CodeChallenge: q.Get("code_challenge"),
	}
	if !Allowed(&owner, back.RedirectURI) || back.NokRedirectURI != "" && !Allowed(&owner, back.NokRedirectURI) {
		return nil, Visit{}, refused("The address to return to is not one that the application has registered: redirect_uri is wrong.")
	}
	if len(back.State) > maxState {
		return nil, Visit{}, refused("The parameter state is longer than %d characters.", maxState)
	}
	return &owner, back, nil
}

var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// check checks the parameters that need no look-up.
func (r *AuthorizeRequest) check(v *Visit) (ACR, error) {
	for _, name := range []string{"response_type", "scope", "acr_values", "code_challenge", "code_challenge_method"} {
		if len(r.Query[name]) > 1 {
			return ACR{}, problem.New(problem.FormatInvalid, "%s was given twice", name)
		}
	}
	if r.Kind == sca.PlainRedirect {
		v.Scope, v.CodeChallenge = "", ""
		return ParseACR(r.Query.Get("acr_values"))
	}
	switch r.Query.Get("response_type") {
	case "code":
	case "":
		return ACR{}, problem.New(problem.FormatInvalid, "response_type is missing")
	default:
		return ACR{}, problem.New(problem.ResponseInvalid, "response_type must be code")
	}
	method := r.Query.Get("code_challenge_method")
	switch {
	case v.CodeChallenge == "" && method == "":
	case method != "S256":
		return ACR{}, problem.New(problem.FormatInvalid, "code_challenge_method must be S256")
	case !challengeForm.MatchString(v.CodeChallenge):
		return ACR{}, problem.New(problem.FormatInvalid, "code_challenge must be 43 characters of base64url")
	}
	return ParseACR(r.Query.Get("acr_values"))
}

// checkResource checks that the authorisation is the app's, at that bank, and
// waits for a browser of this kind. What does not exist and what is another
// app's are told alike.
func (s *Service) checkResource(ctx context.Context, owner *app.App, acr *ACR, v *Visit) error {
	kind, err := s.of(acr.Resource)
	if err != nil {
		return err
	}
	found, err := kind.Find(ctx, acr.Resource.ID, acr.Resource.AuthorisationID)
	if err != nil {
		return err
	}
	a := &found.Authorisation
	switch {
	case found.Owner.ClientID != owner.ID:
		return problem.New(problem.ResourceUnknown, "no such %s", acr.Resource.Kind)
	case found.BICFI != acr.BICFI:
		return problem.New(problem.ParameterInconsistent, "idp is not the bank of the %s", acr.Resource.Kind)
	case a.Approach != v.Kind, a.StartedAt.IsZero():
		return problem.New(problem.StatusInvalid, "the authorisation was not started in this redirect")
	case a.Status.Final():
		return problem.New(problem.StatusInvalid, "the authorisation is %s", a.Status)
	case v.Kind != sca.OAuthRedirect:
		return nil
	}
	return checkScope(owner, scopeOf(acr.Resource.Kind, &found.Owner), v.Scope)
}

// checkScope checks that the scope is that of the resource, and granted.
func checkScope(owner *app.App, needed, given string) error {
	asked, err := scope.Parse(given)
	if err != nil {
		return err
	}
	want, err := scope.Parse(needed)
	if err != nil {
		return err
	}
	if !asked.Equal(want) {
		return problem.New(problem.ScopeInvalid, "scope must be that of the link: %s", want)
	}
	return checkGrant(owner, asked)
}

// checkGrant checks that the app still has what it had when it was given the
// link.
func checkGrant(owner *app.App, s scope.Set) error {
	for _, api := range s.APIs() {
		if !slices.Contains(owner.Scopes, api) {
			return problem.New(problem.ScopeInvalid, "scope not granted to this application: %s", api)
		}
	}
	if len(owner.Contexts) > 0 && !slices.Contains(owner.Contexts, s.Context()) {
		return problem.New(problem.ScopeInvalid, "scope not granted to this application: %s", s.Context())
	}
	return nil
}

// enter stores the visit and sends the browser to the bank, or straight back
// if the PSU has answered there already.
func (s *Service) enter(ctx context.Context, base string, v Visit) (string, error) {
	kind, err := s.of(v.Resource)
	if err != nil {
		return v.failed(err)
	}
	a, err := kind.Settle(ctx, v.Resource.ID, v.Resource.AuthorisationID)
	if err != nil {
		return v.failed(err)
	}
	v.Handle, v.StartedAt = newSecret(16), s.Clock.Now()
	if err := s.Store.RedirectTx(ctx, func(tx Tx) error { return tx.PutVisit(ctx, v) }); err != nil {
		return "", err
	}
	if a.Status.Final() || !a.SignedAt.IsZero() {
		return s.arrive(ctx, &v, &a)
	}
	page, err := kind.Enter(ctx, v.Resource.ID, v.Resource.AuthorisationID, base+ReturnPath+v.Handle)
	switch {
	case err == nil && page != "":
		return page, nil
	case err == nil:
		return s.Return(ctx, v.Handle) // the bank needed no page
	case problem.Is(err, problem.PSUInvalid), problem.Is(err, problem.CorporateIDInvalid), problem.Is(err, problem.BankRefused):
		if err := kind.Fail(ctx, v.Resource.ID, v.Resource.AuthorisationID, sca.RefusedByBank); err != nil {
			return "", err
		}
		return v.back(true, "error", "server_error", "error_description", "the bank refused the authorisation"), nil
	}
	return v.failed(err)
}

// newSecret returns n random bytes as base64url.
func newSecret(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails; see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}
