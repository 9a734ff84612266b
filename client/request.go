package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
)

// A PSU is on whose behalf calls are made.
type PSU struct {
	Context     Context // Private if empty
	ID          string  // PSU-ID, a personal number or a login; may be empty where the bank asks for it
	CorporateID string  // organisation number; needed in Corporate
	// IPAddress and UserAgent are of the PSU's browser. A call without an
	// address is unattended: a consent allows few of them a day.
	IPAddress, UserAgent string
	// Redirect prefers SCA in the browser to SCA in the bank's app.
	Redirect bool
}

// header returns the headers that tell of the PSU.
func (p *PSU) header() http.Header {
	h := http.Header{}
	for name, value := range map[string]string{
		"PSU-ID": p.ID, "PSU-Corporate-ID": p.CorporateID, "PSU-IP-Address": p.IPAddress, "PSU-User-Agent": p.UserAgent,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	h.Set("TPP-Redirect-Preferred", strconv.FormatBool(p.Redirect))
	return h
}

// A request is a call of the API.
type request struct {
	context Context
	scope   string // API scope that it needs
	method  string // GET if empty
	path    string // with its query
	header  http.Header
	body    any // none if nil
}

func (in *request) build(ctx context.Context, c *Client) (*http.Request, error) {
	method := in.method
	if method == "" {
		method = http.MethodGet
	}
	var body []byte
	if in.body != nil {
		var err error
		if body, err = json.Marshal(in.body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.apiURL(in.path), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if in.header != nil {
		req.Header = in.header.Clone()
	}
	if in.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	return req, nil
}

// newUUID returns a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
