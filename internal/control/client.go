package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/problem"
)

// callTime is how long a call of a [Client] may take.
const callTime = 30 * time.Second

// A Client calls the control API of a running server. It implements [Apps].
type Client struct {
	Base string       // such as "http://localhost:8480"
	HTTP *http.Client // http.DefaultClient if nil
}

var _ Apps = (*Client)(nil)

// Apps implements [Apps].
func (c *Client) Apps(ctx context.Context) ([]app.App, error) {
	var out struct{ Apps []App }
	if err := c.Call(ctx, http.MethodGet, "/apps", nil, &out); err != nil {
		return nil, err
	}
	apps := make([]app.App, len(out.Apps))
	for i, a := range out.Apps {
		apps[i] = a.app()
	}
	return apps, nil
}

// App implements [Apps].
func (c *Client) App(ctx context.Context, id string) (app.App, error) {
	var out App
	err := c.Call(ctx, http.MethodGet, "/apps/"+url.PathEscape(id), nil, &out)
	return out.app(), err
}

// Create implements [Apps].
func (c *Client) Create(ctx context.Context, n NewApp) (app.App, string, error) {
	var out App
	err := c.Call(ctx, http.MethodPost, "/apps", n, &out)
	return out.app(), out.ClientSecret, err
}

// AddSecret implements [Apps].
func (c *Client) AddSecret(ctx context.Context, id string, n NewSecret) (app.Secret, string, error) {
	var out Secret
	err := c.Call(ctx, http.MethodPost, "/apps/"+url.PathEscape(id)+"/secrets", n, &out)
	return out.secret(), out.ClientSecret, err
}

// RemoveSecret implements [Apps].
func (c *Client) RemoveSecret(ctx context.Context, id, secretID string) error {
	return c.Call(ctx, http.MethodDelete, "/apps/"+url.PathEscape(id)+"/secrets/"+url.PathEscape(secretID), nil, nil)
}

// SetLimits implements [Apps].
func (c *Client) SetLimits(ctx context.Context, id string, l app.Limits) error {
	return c.Call(ctx, http.MethodPut, "/apps/"+url.PathEscape(id)+"/limits", l, nil)
}

// SetKeys implements [Apps].
func (c *Client) SetKeys(ctx context.Context, id string, jwks json.RawMessage) error {
	if len(jwks) == 0 {
		jwks = json.RawMessage("null")
	}
	return c.Call(ctx, http.MethodPut, "/apps/"+url.PathEscape(id)+"/keys", jwks, nil)
}

// SetTokens implements [Apps].
func (c *Client) SetTokens(ctx context.Context, id string, n TokensChange) (app.App, error) {
	var out App
	err := c.Call(ctx, http.MethodPatch, "/apps/"+url.PathEscape(id)+"/tokens", n, &out)
	return out.app(), err
}

// SetSecurity implements [Apps].
func (c *Client) SetSecurity(ctx context.Context, id string, n SecurityChange) (app.App, error) {
	var out App
	err := c.Call(ctx, http.MethodPatch, "/apps/"+url.PathEscape(id)+"/security", n, &out)
	return out.app(), err
}

// Delete implements [Apps].
func (c *Client) Delete(ctx context.Context, id string) error {
	return c.Call(ctx, http.MethodDelete, "/apps/"+url.PathEscape(id), nil, nil)
}

// app returns the app without its secrets' hashes, which are never on the wire.
func (a App) app() app.App {
	out := app.App{
		ID: a.ClientID, Name: a.Name, Environment: a.Environment, Scopes: a.Scopes, Contexts: a.Contexts,
		RedirectURIs: a.RedirectURIs, Disabled: a.Disabled, CreatedAt: a.CreatedAt, Extensions: app.Extensions{
			Keys: a.Keys, TokenPolicy: a.TokenPolicy, TokenQuota: a.TokenQuota, TokenAlgorithm: a.TokenAlgorithm,
			TokenForm: a.TokenForm, Limits: a.Limits, Organisation: a.Organisation, Security: a.Security,
		},
	}
	for _, s := range a.Secrets {
		out.Secrets = append(out.Secrets, s.secret())
	}
	return out
}

func (s Secret) secret() app.Secret {
	return app.Secret{
		ID: s.ID, Label: s.Label, CreatedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt, LastUsedAt: s.LastUsedAt, LastUsedFrom: s.LastUsedFrom,
	}
}

// Call makes a call: in is the body, none if nil, and out what the answer is
// decoded into. A fault comes back as the problem.Error that the server had.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return fmt.Errorf("encode body: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Base, "/")+Prefix+path, &body)
	if err != nil {
		return fmt.Errorf("control URL: %w", err)
	}
	r.Header.Set(Header, "1")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	h := c.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	res, err := h.Do(r)
	if err != nil {
		return fmt.Errorf("no sandbox answers at %s: start one with \"sluss sandbox\", or name another by --control URL, "+
			"or a database by --config FILE (%w)", c.Base, causeOf(err))
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		return faultOf(res.StatusCode, answer, c.Base)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s does not speak the control API: %w", c.Base, err)
	}
	return nil
}

// faultOf returns the fault of an answer.
func faultOf(status int, answer []byte, base string) error {
	var body struct {
		Error faultBody `json:"error"`
	}
	if err := json.Unmarshal(answer, &body); err != nil || body.Error.Reason == "" {
		return fmt.Errorf("%s answers %d: it has no control API, which an installation (sluss serve) does not offer", base, status)
	}
	p := problem.New(problem.Reason(body.Error.Reason), "%s", body.Error.Detail)
	p.Field = body.Error.Field
	return p
}

// causeOf returns what is wrong without the URL in front.
func causeOf(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
