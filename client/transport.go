package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Transport returns a round tripper that puts a token of the context on every
// request, for c.Scopes and the given ones, and an X-Request-ID where there is
// none. A request that is refused because of its token is sent once more with
// a new one, if its body can be read again.
//
// A request to another host than that of the API goes out as it is, without a
// token: a redirect does not give it away.
func (c *Client) Transport(pc Context, scopes ...string) http.RoundTripper {
	return &transport{c.source(pc), scopes}
}

type transport struct {
	source *source
	scopes []string
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.source.client.isAPI(req.URL) {
		return baseTransport(t.source.client.http()).RoundTrip(req)
	}
	tok, err := t.source.token(req.Context(), t.scopes, "")
	if err != nil {
		closeBody(req)
		return nil, err
	}
	resp, err := t.send(req, tok.AccessToken)
	if err == nil && t.source.client.DPoP != nil && nonceWanted(resp) {
		resp, err = t.again(req, resp, tok.AccessToken)
	}
	if err != nil || !tokenRefused(resp) || !canRewind(req) {
		return resp, err
	}
	if tok, err = t.source.token(req.Context(), t.scopes, tok.AccessToken); err != nil {
		return resp, nil //nolint:nilerr // the first answer says more
	}
	return t.again(req, resp, tok.AccessToken)
}

// again sends req once more with the token, in place of the answer resp, which
// it returns if the body of req cannot be read again.
func (t *transport) again(req *http.Request, resp *http.Response, token string) (*http.Response, error) {
	next, ok := rewind(req)
	if !ok {
		return resp, nil
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
	_ = resp.Body.Close()
	return t.send(next, token)
}

// send sends a request with the token, and a proof if that is bound to a key.
func (t *transport) send(req *http.Request, token string) (*http.Response, error) {
	c := t.source.client
	r := req.Clone(req.Context())
	r.Header.Set("Authorization", c.scheme()+token)
	if r.Header.Get("X-Request-ID") == "" {
		r.Header.Set("X-Request-ID", newUUID())
	}
	if err := c.prove(r, token); err != nil {
		closeBody(r)
		return nil, err
	}
	resp, err := baseTransport(c.http()).RoundTrip(r)
	if err == nil {
		c.learn(r.URL, resp)
	}
	return resp, err
}

// scheme returns that of the Authorization header, with a blank.
func (c *Client) scheme() string {
	if c.DPoP != nil {
		return "DPoP "
	}
	return "Bearer "
}

// isAPI reports whether a URL is one of the API.
func (c *Client) isAPI(u *url.URL) bool {
	api, err := url.Parse(c.apiURL(""))
	return err == nil && u.Scheme == api.Scheme && strings.EqualFold(u.Host, api.Host)
}

func baseTransport(h *http.Client) http.RoundTripper {
	if h.Transport != nil {
		return h.Transport
	}
	return http.DefaultTransport
}

// tokenRefused reports whether an answer is about the token, and not about a
// consent, which is also a 401.
func tokenRefused(resp *http.Response) bool {
	return resp.StatusCode == http.StatusUnauthorized && strings.Contains(resp.Header.Get("WWW-Authenticate"), `error="invalid_token"`)
}

// canRewind reports whether the body of req can be read again.
func canRewind(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// rewind returns req with its body at the start, if that can be.
func rewind(req *http.Request) (*http.Request, bool) {
	if !canRewind(req) {
		return nil, false
	}
	if req.GetBody == nil {
		return req, true
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	again := req.Clone(req.Context())
	again.Body = body
	return again, true
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// call sends a request of the API and decodes its answer into out, unless that
// is nil.
func (c *Client) call(ctx context.Context, in request, out any) error {
	req, err := in.build(ctx, c)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	hc := *c.http()
	hc.Transport = c.Transport(in.context, in.scope)
	hc.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the token is for this host alone
	}
	resp, err := hc.Do(req)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	defer resp.Body.Close()
	return decode(resp, out)
}
