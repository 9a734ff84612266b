// Package client is the Go SDK of sluss, and of any server that speaks the
// same API.
//
// A [Client] is an app. It gets access tokens and keeps the platform's rule by
// itself: one active token for each PSU context, for the union of the API
// scopes that the program uses, renewed a little before it expires and shared
// by all goroutines, and by all processes that are given one [TokenStore].
//
//	c := &client.Client{Auth: "http://localhost:8480", ID: id, Secret: secret}
//	bank := c.Bank("ESSESESS", client.PSU{Context: client.Private, ID: "199002092386"})
//	created, err := bank.CreateConsent(ctx, psd2.ConsentRequest{...})
//
// What the API refuses is an [*Error], to be found with errors.As. The token
// source also fits golang.org/x/oauth2 ([Client.TokenSource]), and any
// http.Client ([Client.Transport]).
package client

import (
	"crypto"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A Context is the kind of accounts that a token is for.
type Context string

// The contexts.
const (
	Private   Context = "private"
	Corporate Context = "corporate"
)

// The API scopes. Calls of this package ask for the scope that they need by
// themselves.
const (
	ScopeASPSPs   = "aspspinformation"
	ScopeAccounts = "accountinformation"
	ScopeBankgiro = "bankgiroinformation"
	ScopePayments = "paymentinitiation"
)

// A Client is an app and its tokens. Fields must not change once it is used;
// the zero value of the optional ones is ready for use. It is safe for
// concurrent use, and one Client should serve a whole program.
type Client struct {
	Auth   string // base URL of the token service, such as "http://localhost:8480"
	API    string // base URL of the API; Auth if empty
	ID     string // client_id
	Secret string // client_secret; never logged. Empty with Key, or with a client certificate in HTTP

	// Key proves who the app is instead of a secret: by assertions that it
	// signs (private_key_jwt, RFC 7523). It is of P-256, Ed25519, or RSA, and may
	// be in hardware. KeyID is its kid in the JWKS that the app has registered;
	// it may be empty if that has one key only.
	Key   crypto.Signer
	KeyID string
	// Issuer is what the token service calls itself, if that is not Auth: where
	// Auth is an address for client certificates.
	Issuer string
	// DPoP binds the tokens to a key, of the same kinds: each request then has a
	// proof by it (RFC 9449), and whoever gets hold of a token alone can do
	// nothing with it. Nobody need know the key; a new one at each start will do,
	// but clients share a Store only if they share the key.
	DPoP crypto.Signer

	// Scopes are API scopes that every token is asked for from the start. A
	// scope that a call needs beside them is added when it is first needed.
	Scopes []string
	// HTTP carries every request; a client with a timeout of 30 seconds if nil.
	// An app that proves itself by a client certificate (RFC 8705), or must show
	// one, has it in the TLSClientConfig of its transport.
	HTTP *http.Client
	// Store shares tokens between processes; none if nil. See [FileStore].
	Store TokenStore
	// Now tells when a token is to be renewed; time.Now if nil.
	Now func() time.Time

	mu      sync.Mutex // guards the fields below
	sources map[Context]*source
	nonces  map[string]string // for proofs, by host
}

// LogValue implements [slog.LogValuer]: the client without its secret.
func (c *Client) LogValue() slog.Value {
	return slog.GroupValue(slog.String("auth", c.Auth), slog.String("id", c.ID))
}

// String returns the client without its secret.
func (c *Client) String() string { return "client " + c.ID + " at " + c.Auth }

// GoString returns the client without its secret.
func (c *Client) GoString() string { return c.String() }

func (c *Client) http() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return &http.Client{Timeout: 30 * time.Second}
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c *Client) authURL(path string) string { return strings.TrimSuffix(c.Auth, "/") + path }

func (c *Client) apiURL(path string) string {
	if c.API == "" {
		return c.authURL(path)
	}
	return strings.TrimSuffix(c.API, "/") + path
}
