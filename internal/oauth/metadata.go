package oauth

import (
	"net/http"
	"slices"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
)

// metadata is what RFC 8414 section 2 and OpenID Connect Discovery 1.0 section
// 3 say of a server. It tells only what is built. No id tokens are issued; the
// two members about them are there since OpenID requires them, and have the
// algorithms of the keys in the JWKS, RS256 always among them.
type metadata struct {
	Issuer                 string           `json:"issuer"`
	AuthorizationEndpoint  string           `json:"authorization_endpoint"`
	TokenEndpoint          string           `json:"token_endpoint"`
	JWKSURI                string           `json:"jwks_uri"`
	Scopes                 []string         `json:"scopes_supported"`
	ResponseTypes          []string         `json:"response_types_supported"`
	ResponseModes          []string         `json:"response_modes_supported"`
	GrantTypes             []string         `json:"grant_types_supported"`
	TokenAuthMethods       []string         `json:"token_endpoint_auth_methods_supported"`
	TokenAuthAlgorithms    []string         `json:"token_endpoint_auth_signing_alg_values_supported,omitempty"`
	Introspection          string           `json:"introspection_endpoint"`
	IntrospectionMethods   []string         `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAlgs      []string         `json:"introspection_endpoint_auth_signing_alg_values_supported,omitempty"`
	Revocation             string           `json:"revocation_endpoint"`
	RevocationMethods      []string         `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAlgs         []string         `json:"revocation_endpoint_auth_signing_alg_values_supported,omitempty"`
	CodeChallengeMethods   []string         `json:"code_challenge_methods_supported"`
	IDTokenAlgorithms      []jose.Algorithm `json:"id_token_signing_alg_values_supported"`
	SubjectTypes           []string         `json:"subject_types_supported"`
	DPoPAlgorithms         []string         `json:"dpop_signing_alg_values_supported"`
	CertificateBoundTokens bool             `json:"tls_client_certificate_bound_access_tokens"`
	Aliases                *aliases         `json:"mtls_endpoint_aliases,omitempty"`
}

// A rendered is the metadata with the issuer as the base.
type rendered struct {
	algorithms []jose.Algorithm // that it tells of
	doc        *keyring.Document
}

// aliases are the endpoints for clients with certificates (RFC 8705 section
// 5).
type aliases struct {
	TokenEndpoint string `json:"token_endpoint"`
	Introspection string `json:"introspection_endpoint"`
	Revocation    string `json:"revocation_endpoint"`
}

// methods returns how apps may authenticate here, and by what algorithms they
// may sign assertions.
func (h *Handler) methods() (methods, assertions []string) {
	methods = []string{"client_secret_post", "client_secret_basic"}
	if h.Tokens.Replays != nil {
		methods, assertions = append(methods, string(app.ByAssertion)), jose.AssertionAlgorithms()
	}
	if h.Accepts && h.Tokens.Authority != nil {
		methods = append(methods, string(app.ByCertificate))
	}
	if h.Accepts {
		methods = append(methods, string(app.BySelfSigned))
	}
	return methods, assertions
}

// newMetadata renders the metadata with addresses under base.
func (h *Handler) newMetadata(base string, algorithms []jose.Algorithm) *keyring.Document {
	methods, assertions := h.methods()
	m := metadata{
		Issuer:                h.Tokens.Issuer,
		AuthorizationEndpoint: base + "/connect/authorize",
		TokenEndpoint:         base + "/connect/token",
		JWKSURI:               base + "/.well-known/openid-configuration/jwks",
		ResponseTypes:         []string{"code"},
		ResponseModes:         []string{"query"},
		GrantTypes:            []string{grantCredentials, grantCode},
		TokenAuthMethods:      methods,
		TokenAuthAlgorithms:   assertions,
		Introspection:         base + "/connect/introspect",
		IntrospectionMethods:  methods,
		IntrospectionAlgs:     assertions,
		Revocation:            base + "/connect/revocation",
		RevocationMethods:     methods,
		RevocationAlgs:        assertions,
		CodeChallengeMethods:  []string{"S256"},
		IDTokenAlgorithms:     algorithms,
		SubjectTypes:          []string{"public"},

		DPoPAlgorithms: jose.ProofAlgorithms(), CertificateBoundTokens: h.Accepts,
	}
	if b := h.MTLSBase; b != "" && h.Accepts {
		m.Aliases = &aliases{b + "/connect/token", b + "/connect/introspect", b + "/connect/revocation"}
	}
	for _, api := range scope.APIs() {
		m.Scopes = append(m.Scopes, string(api))
	}
	for _, c := range scope.Contexts() {
		m.Scopes = append(m.Scopes, string(c))
	}
	return keyring.NewDocument(m)
}

// discovery serves GET /.well-known/openid-configuration and
// GET /.well-known/oauth-authorization-server.
func (h *Handler) discovery(w http.ResponseWriter, r *http.Request) error {
	algorithms := h.Keys.Algorithms()
	if h.Base != nil {
		if base := h.Base(r); base != h.Tokens.Issuer {
			return serveDocument(w, r, h.newMetadata(base, algorithms))
		}
	}
	own := h.metadata.Load()
	if own == nil || !slices.Equal(own.algorithms, algorithms) {
		own = &rendered{algorithms, h.newMetadata(h.Tokens.Issuer, algorithms)}
		h.metadata.Store(own)
	}
	return serveDocument(w, r, own.doc)
}

// jwks serves GET /.well-known/openid-configuration/jwks.
func (h *Handler) jwks(w http.ResponseWriter, r *http.Request) error {
	doc, err := h.Keys.JWKS(r.Context())
	if err != nil {
		return err
	}
	return serveDocument(w, r, doc)
}

// serveDocument serves a public document, which caches may keep for an hour. A
// client that has it already is told so (RFC 9110 section 13.1.2).
func serveDocument(w http.ResponseWriter, r *http.Request, doc *keyring.Document) error {
	if err := checkMethod(r, http.MethodGet, http.MethodHead); err != nil {
		return err
	}
	head := w.Header()
	head.Set("Cache-Control", "public, max-age=3600")
	head.Set("ETag", doc.ETag)
	head.Set("X-Content-Type-Options", "nosniff")
	if matches(r.Header.Values("If-None-Match"), doc.ETag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return web.WriteBody(w, http.StatusOK, "application/json; charset=utf-8", doc.Body)
}

// matches reports whether one of the entity tags in an If-None-Match header is
// etag, by the weak comparison of RFC 9110 section 8.8.3.2.
func matches(header []string, etag string) bool {
	for _, line := range header {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}
