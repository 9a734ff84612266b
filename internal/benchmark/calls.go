package benchmark

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"sluss.example/sluss/internal/clock"
)

// do sends one call to p and returns the body of the answer.
func (p *Process) do(ctx context.Context, c *Call) ([]byte, error) {
	call := *c
	call.Addr = p.Addr
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.Addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(clock.Real{}.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(call.bytes()); err != nil {
		return nil, err
	}
	status, body, err := readAnswer(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.Method, c.Path, err)
	}
	if status != c.Status || !strings.Contains(string(body), c.Contain) {
		return nil, fmt.Errorf("%s %s answered %d %.300q, want %d with %q", c.Method, c.Path, status, body, c.Status, c.Contain)
	}
	return body, nil
}

// doJSON sends one call and decodes the answer into v.
func (p *Process) doJSON(ctx context.Context, c *Call, v any) error {
	body, err := p.do(ctx, c)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%s %s: %w", c.Method, c.Path, err)
	}
	return nil
}

func requestID() [][2]string {
	return [][2]string{{"X-Request-ID", "99f0b5a2-4d1e-4c7a-8f5b-2f6f4d0c9a11"}}
}

// bearer gets a token and returns the headers of a call with it.
func (p *Process) bearer(ctx context.Context, scope string) ([][2]string, error) {
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := p.doJSON(ctx, tokenCall(p, p.ClientID, p.ClientSecret, scope), &got); err != nil {
		return nil, err
	}
	return append(requestID(), [2]string{"Authorization", "Bearer " + got.AccessToken}), nil
}

const (
	consents = "/psd2/consent/v1/consents"
	accounts = "/psd2/accountinformation/v1/accounts"
	// The simulator's company with an account of 100,000 transactions.
	benchCompany = "9999990100"
)

// consented returns the headers of calls under a valid consent to all accounts
// of the company.
func (p *Process) consented(ctx context.Context) ([][2]string, error) {
	header, err := p.bearer(ctx, "accountinformation corporate")
	if err != nil {
		return nil, err
	}
	header = append(header, [][2]string{
		{"X-BicFi", "ESSESESS"}, {"PSU-ID", "199002092386"}, {"PSU-Corporate-ID", benchCompany}, {"PSU-IP-Address", "192.0.2.1"},
	}...)
	withBody := append(header[:len(header):len(header)], [2]string{"Content-Type", "application/json"})
	var made struct{ ConsentID, AuthorisationID, ConsentStatus string }
	if err := p.doJSON(ctx, &Call{
		Method: http.MethodPost, Path: consents, Header: withBody, Status: http.StatusCreated,
		Body: `{"access":{},"recurringIndicator":true,"validUntil":"2099-12-31","frequencyPerDay":4,"combinedServiceIndicator":false}`,
	}, &made); err != nil {
		return nil, err
	}
	path := consents + "/" + made.ConsentID
	if err := p.doJSON(ctx, &Call{
		Method: http.MethodPost, Path: path + "/authorisations", Header: withBody, Status: http.StatusCreated, Body: "{}",
	}, &made); err != nil {
		return nil, err
	}
	if _, err := p.do(ctx, &Call{
		Method: http.MethodPut, Path: path + "/authorisations/" + made.AuthorisationID, Header: withBody, Status: http.StatusOK,
		Body: `{"authenticationMethodId":"mbid"}`,
	}); err != nil {
		return nil, err
	}
	for made.ConsentStatus != "valid" {
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return nil, fmt.Errorf("the consent is %q: %w", made.ConsentStatus, err)
		}
		if err := p.doJSON(ctx, &Call{Method: http.MethodGet, Path: path + "/status", Header: header, Status: http.StatusOK}, &made); err != nil {
			return nil, err
		}
	}
	return append(header, [2]string{"Consent-ID", made.ConsentID}), nil
}

// pause lets d of real time pass.
func pause(ctx context.Context, d time.Duration) error {
	due := make(chan struct{})
	t := clock.Real{}.AfterFunc(d, func() { close(due) })
	defer t.Stop()
	select {
	case <-due:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
