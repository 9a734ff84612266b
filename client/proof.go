package client

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// assertionLife is how long an assertion is good: for one request.
const assertionLife = time.Minute

// assertion returns a new proof of who the app is (RFC 7523 section 3).
func (c *Client) assertion() (string, error) {
	now := c.now()
	return signJWT(c.Key, map[string]any{"typ": "JWT", "kid": c.KeyID}, map[string]any{
		"iss": c.ID, "sub": c.ID, "aud": cmp.Or(c.Issuer, strings.TrimSuffix(c.Auth, "/")), "jti": newUUID(),
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
}

// prove puts a DPoP proof on req, if the client has a key for that, with the
// nonce that the server last told (RFC 9449 section 4.2). The token is that of
// the request, empty without one.
func (c *Client) prove(req *http.Request, token string) error {
	if c.DPoP == nil {
		return nil
	}
	jwk, err := jwkOf(c.DPoP.Public())
	if err != nil {
		return err
	}
	at := *req.URL
	at.RawQuery, at.Fragment, at.User = "", "", nil
	claims := map[string]any{"jti": newUUID(), "htm": req.Method, "htu": at.String(), "iat": c.now().Unix()}
	if nonce := c.nonce(req.URL); nonce != "" {
		claims["nonce"] = nonce
	}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		claims["ath"] = encode(sum[:])
	}
	proof, err := signJWT(c.DPoP, map[string]any{"typ": "dpop+jwt", "jwk": jwk}, claims)
	if err != nil {
		return err
	}
	req.Header.Set("DPoP", proof)
	return nil
}

// nonce returns what the server at u last told of; empty if it did not.
func (c *Client) nonce(u *url.URL) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nonces[u.Host]
}

// learn keeps the nonce that an answer of the server at u brings.
func (c *Client) learn(u *url.URL, resp *http.Response) {
	nonce := resp.Header.Get("DPoP-Nonce")
	if c.DPoP == nil || nonce == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nonces == nil {
		c.nonces = map[string]string{}
	}
	c.nonces[u.Host] = nonce
}

// nonceWanted reports whether an answer of the API refuses a proof because of
// its nonce (RFC 9449 section 9).
func nonceWanted(resp *http.Response) bool {
	return resp.StatusCode == http.StatusUnauthorized && strings.Contains(resp.Header.Get("WWW-Authenticate"), `error="use_dpop_nonce"`)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
