package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// jwtBearer is the client_assertion_type of RFC 7523 section 2.2.
const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// request asks the token service for a token, and once more if it wants a
// nonce in the proof.
func (c *Client) request(ctx context.Context, pc Context, apis []string) (*oauth2.Token, error) {
	scope := strings.Join(append(slices.Clone(apis), string(pc)), " ")
	tok, err := c.grant(ctx, scope)
	var refusal *Error
	if c.DPoP != nil && errors.As(err, &refusal) && refusal.Code == "use_dpop_nonce" {
		tok, err = c.grant(ctx, scope)
	}
	return tok, err
}

// grant sends one request for a token.
func (c *Client) grant(ctx context.Context, scope string) (*oauth2.Token, error) {
	form, err := c.form(scope)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.authURL("/connect/token"), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("client: ask for a token: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if err := c.prove(req, ""); err != nil {
		return nil, err
	}
	asked := c.now()
	resp, err := c.http().Do(req)
	if err != nil {
		return nil, fmt.Errorf("client: ask for a token: %w", err)
	}
	defer resp.Body.Close()
	c.learn(req.URL, resp)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("client: read the token: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, oauthError(resp, body)
	}
	tok, err := readAnswer(body, scope)
	if err != nil {
		return nil, err
	}
	if c.DPoP != nil && !strings.EqualFold(tok.TokenType, "DPoP") {
		return nil, errors.New("client: the token service did not bind the token to the key of the proof")
	}
	tok.Expiry = asked.Add(time.Duration(tok.ExpiresIn) * time.Second)
	return tok, nil
}

// form returns the body of a request, which says who the app is: by a secret,
// by an assertion, or by name alone beside a client certificate.
func (c *Client) form(scope string) (url.Values, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "scope": {scope}}
	switch {
	case c.Key != nil && c.Secret != "":
		return nil, errors.New("client: an app proves itself by Secret or by Key, not by both")
	case c.Key != nil:
		assertion, err := c.assertion()
		if err != nil {
			return nil, err
		}
		form.Set("client_assertion_type", jwtBearer)
		form.Set("client_assertion", assertion)
	case c.Secret != "":
		form.Set("client_secret", c.Secret)
	}
	return form, nil
}

// readAnswer reads the token for what was asked for.
func readAnswer(body []byte, asked string) (*oauth2.Token, error) {
	tok := &oauth2.Token{}
	if err := json.Unmarshal(body, tok); err != nil || tok.AccessToken == "" {
		return nil, errors.New("client: the token service answered without a token")
	}
	var granted struct {
		Scope string `json:"scope"`
	}
	if err := json.Unmarshal(body, &granted); err != nil || granted.Scope == "" {
		granted.Scope = asked // RFC 6749 section 5.1: left out if as asked for
	}
	return tok.WithExtra(map[string]any{"scope": granted.Scope}), nil
}
