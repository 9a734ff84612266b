// Package api is the edge of the open banking APIs: the bank directory,
// consents and account information, as NextGenPSD2 1.3 has them, KYC of the
// PSU's organisation, and quotes of exchange rates.
//
// A request passes the checks in a fixed order, and the first that fails
// answers:
//
//	certificate    of the client, where one is needed: can it be trusted
//	route          the path, then the method
//	token          Authorization; whose certificate, what it is bound to; its
//	               scope and PSU context
//	headers        X-Request-ID first, then those of the route's header set
//	negotiation    Accept, then Content-Type
//	rate           of the app
//	handler        parses, calls one function of the domain, writes
//
// A handler returns its error. What a client gets for it is in one table, by
// reason and by place in the request. What the API takes beyond its
// description, for the sake of old clients, is in the parsers of headers,
// queries and bodies, and [Handler.Strict] switches it off.
package api

import (
	"net/http"
	"sync"
	"time"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/web"
)

// A Checker checks access tokens.
type Checker interface {
	// Check returns what the token raw grants. It reports
	// problem.TokenUnknown, problem.TokenInvalid or problem.TokenExpired.
	Check(raw string) (token.Access, error)
	// CheckHolder checks that who sends a token is whom it is bound to. It
	// reports problem.TokenInvalid, problem.ProofInvalid or
	// problem.NonceNeeded.
	CheckHolder(a *token.Access, h *token.Holder) error
	// Nonce returns the nonce for a client's next DPoP proof, empty if none is
	// needed.
	Nonce() string
}

// A Limiter limits the calls of each app.
type Limiter interface {
	// Take counts a call of the app at now. It returns 0 if the call may
	// pass, else how long the app has to wait.
	Take(clientID string, now time.Time) time.Duration
}

// A Handler has what the handlers need. All fields but Limiter and those about
// certificates are needed.
type Handler struct {
	Tokens   Checker
	Consents *consent.Service
	Accounts *account.Service
	FX       *fx.Service
	Payments *payment.Service
	Redirect *redirect.Service
	Banks    *bank.Registry
	KYC      KYC
	Clock    clock.Clock
	// AuthBase and APIBase are the base URLs of the two roles, without a
	// trailing slash. Absolute URLs in answers start with them.
	AuthBase, APIBase string
	// Strict refuses what the description refuses, see the package doc.
	Strict  bool
	Limiter Limiter // no limit if nil
	// Authority checks the client certificate that every call must come with;
	// none is needed if nil.
	Authority *certificate.Authority
	// Certificates tell which one a request came with: that of the connection
	// if nil.
	Certificates *web.Certificates

	// described returns the description that Strict holds requests against.
	described func() (*description, error)

	pages sync.Pool // of *[]byte: buffers of pages of transactions
}

// Prefixes are the paths that the handler of [Handler.Routes] serves, as
// patterns of an [http.ServeMux].
func Prefixes() []string {
	return []string{"/psd2/", "/_sluss/v1/", "/kyc/integration/", "/integration/"}
}

// Mount registers the APIs at mux.
func (h *Handler) Mount(mux *http.ServeMux) {
	routes := h.Routes()
	for _, p := range Prefixes() {
		mux.Handle(p, routes)
	}
}
