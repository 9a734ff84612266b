// Package control is the edge of a server's control API: what a person or a
// test does to a sandbox from outside, as no app could. It reads and moves the
// clock, answers authorisations in the PSU's place, manages apps and starts
// over.
//
// There is no log-in: it is served on the loopback interface only, and every
// request must prove that no web page sent it. Its Host must be a loopback name
// (against DNS rebinding), an Origin must be its own, and a request that
// changes something must have a JSON body or the header Sluss-Control, which a
// page of another site cannot send.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// Prefix is before every path of the API.
const Prefix = "/_sluss/control/v1"

// Header is the header that a request without a body needs if it changes
// something. Any value will do.
const Header = "Sluss-Control"

// maxBody bounds the body of a request, in bytes.
const maxBody = 64 << 10

// Info is what GET /info tells.
type Info struct {
	Auth     string `json:"auth"`
	API      string `json:"api"`
	ClientID string `json:"clientId"`
	Seed     uint64 `json:"seed"`
	SCA      string `json:"sca"`
	Version  string `json:"version"`
}

// A Handler serves the control API. All fields are needed.
type Handler struct {
	Info     Info
	Clock    *clock.Virtual
	Apps     Apps
	Banks    Banks
	Consents Consents
	Webhooks Webhooks
	Jobs     job.Admin
	Orders   Orders
	KYC      KYC
	Users    Users
	// Settle runs what is due on the clock, for some seconds at most.
	Settle func(ctx context.Context) error
	// Reset throws away all consents, authorisations and whatever the
	// simulated banks have, and makes the seed anew. Apps and keys stay.
	Reset ResetFunc
}

// Register adds the routes to mux.
func (h *Handler) Register(mux *http.ServeMux) {
	for pattern, fn := range map[string]web.HandlerFunc{
		"GET /info":                          h.getInfo,
		"GET /clock":                         h.getClock,
		"POST /clock/advance":                h.advanceClock,
		"POST /clock/set":                    h.setClock,
		"POST /clock/freeze":                 h.freezeClock,
		"POST /clock/resume":                 h.resumeClock,
		"GET /authorisations":                h.getAuthorisations,
		"POST /authorisations/{ref}/approve": h.decide(true),
		"POST /authorisations/{ref}/refuse":  h.decide(false),
		"POST /consents/{id}/revoke":         h.revokeConsent,
		"POST /fx-orders/{id}/fund":          h.fundOrder,
		"GET /kyc":                           h.getKYCCases,
		"GET /kyc/{id}":                      h.getKYCCase,
		"POST /kyc/{id}/approve":             h.decideKYC(KYCApprove),
		"POST /kyc/{id}/reject":              h.decideKYC(KYCReject),
		"POST /kyc/{id}/leave-open":          h.decideKYC(KYCLeaveOpen),
		"GET /payments":                      h.getPayments,
		"POST /payments/{id}/settle":         h.force("settle"),
		"POST /payments/{id}/reject":         h.force("reject"),
		"POST /payments/{id}/return":         h.force("return"),
		"GET /apps":                          h.getApps,
		"POST /apps":                         h.createApp,
		"GET /apps/{id}":                     h.getApp,
		"DELETE /apps/{id}":                  h.deleteApp,
		"PUT /apps/{id}/keys":                h.setKeys,
		"PATCH /apps/{id}/tokens":            h.setTokens,
		"PUT /apps/{id}/limits":              h.setLimits,
		"PATCH /apps/{id}/security":          h.setSecurity,
		"POST /apps/{id}/secrets":            h.addSecret,
		"DELETE /apps/{id}/secrets/{secret}": h.removeSecret,
		"POST /reset":                        h.reset,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+Prefix+path, web.Adapt(guard(fn), writeError))
	}
	h.registerWork(mux)
	h.registerUsers(mux)
	mux.Handle(Prefix+"/", web.Adapt(guard(func(http.ResponseWriter, *http.Request) error {
		return problem.New(problem.PathUnknown, "no such call; docs/sandbox.md has the control API")
	}), writeError))
}

// registerWork adds the routes of webhooks and jobs.
func (h *Handler) registerWork(mux *http.ServeMux) {
	for pattern, fn := range map[string]web.HandlerFunc{
		"GET /events":                               h.getEvents,
		"GET /apps/{id}/webhooks":                   h.getWebhooks,
		"POST /apps/{id}/webhooks":                  h.addWebhook,
		"DELETE /apps/{id}/webhooks/{hook}":         h.removeWebhook,
		"POST /apps/{id}/webhooks/{hook}/enable":    h.enableWebhook,
		"POST /apps/{id}/webhooks/{hook}/secret":    h.rotateSecret,
		"POST /apps/{id}/webhooks/{hook}/test":      h.testWebhook,
		"GET /apps/{id}/webhooks/{hook}/deliveries": h.getDeliveries,
		"POST /apps/{id}/webhooks/{hook}/resend":    h.resend,
		"GET /jobs":                                 h.getJobs,
		"POST /jobs/{id}/retry":                     h.retryJob,
		"DELETE /jobs/{id}":                         h.deleteJob,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+Prefix+path, web.Adapt(guard(fn), writeError))
	}
}

// guard lets only requests pass that no page of another site can have sent.
func guard(fn web.HandlerFunc) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !isLoopback(r.Host) {
			return problem.New(problem.ServiceBlocked, "the control API answers under a loopback name only, such as http://localhost")
		}
		if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
			return problem.New(problem.ServiceBlocked, "the control API does not answer web pages of other origins")
		}
		if r.Method != http.MethodGet && r.Header.Get(Header) == "" && !isJSON(r.Header.Get("Content-Type")) {
			return problem.New(problem.MediaUnsupported, "send a JSON body with Content-Type: application/json, or the header %s: 1", Header)
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		w.Header().Set("Cache-Control", "no-store")
		return fn(w, r)
	}
}

func isLoopback(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, host)
}

func isJSON(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/json")
}

// read decodes the JSON body into v. No body leaves v as it is; a member that
// v does not have is a fault, since a typing error should not pass for a yes.
func read(r *http.Request, v any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		_, err = d.Token()
		if err == nil {
			return problem.New(problem.FormatInvalid, "the body has more than one JSON value")
		}
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem.New(problem.BodyTooLarge, "the body has more than %d bytes", tooLarge.Limit)
	}
	if !errors.Is(err, io.EOF) {
		return problem.New(problem.FormatInvalid, "the body is not the JSON object that is expected: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// statuses has the HTTP status of a reason; others are 400.
var statuses = map[problem.Reason]int{
	problem.PathUnknown:      http.StatusNotFound,
	problem.ResourceUnknown:  http.StatusNotFound,
	problem.ConsentUnknown:   http.StatusNotFound,
	problem.ServiceBlocked:   http.StatusForbidden,
	problem.StatusInvalid:    http.StatusConflict,
	problem.MediaUnsupported: http.StatusUnsupportedMediaType,
	problem.BodyTooLarge:     http.StatusRequestEntityTooLarge,
	problem.Busy:             http.StatusServiceUnavailable,
	problem.BankUnavailable:  http.StatusServiceUnavailable,
}

// A faultBody is the body of an error.
type faultBody struct {
	Reason string `json:"reason"`
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail"`
}

// writeError answers a request that failed.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	status, body := http.StatusInternalServerError, faultBody{Reason: "internal", Detail: "internal error; see the log"}
	if p, ok := errors.AsType[*problem.Error](err); ok {
		status, body = http.StatusBadRequest, faultBody{Reason: string(p.Reason), Field: p.Field, Detail: p.Detail}
		if s, ok := statuses[p.Reason]; ok {
			status = s
		}
	}
	web.NoteError(r.Context(), err, body.Reason)
	_ = web.WriteJSON(w, status, map[string]faultBody{"error": body})
}
