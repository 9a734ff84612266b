package portal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/reqlog"
)

const (
	// maxTryPath, maxTryHeaders, maxTryValue and maxTryBody bound a request of
	// the console, in bytes but for the number of headers.
	maxTryPath, maxTryHeaders, maxTryValue, maxTryBody = 2000, 40, 500, 64 << 10
	// maxAnswer is how much of an answer is read, and maxShown how much of it
	// is shown.
	maxAnswer, maxShown = 1 << 20, 12 << 10
)

// An exchange is a request of the console with its answer.
type exchange struct {
	Title         string
	Method, Path  string
	Headers       []reqlog.Header
	Body          string
	Status        int
	AnswerHeaders []reqlog.Header
	Answer        string // JSON is indented
	Cut           bool   // there is more of it
	Took          time.Duration
	Calls         []call
	poll          bool
}

// sendable are the headers that a request of the console may have. The token
// is ours to set, and what belongs to a connection nobody's.
func sendable() []string {
	return []string{
		"X-Request-ID", "X-BicFi", "X-AffiliatedASPSP-ID", "PSU-ID", "PSU-ID-Type", "PSU-Corporate-ID", "PSU-Corporate-ID-Type", "PSU-Authoriser-ID",
		"PSU-IP-Address", "PSU-IP-Port", "PSU-User-Agent", "PSU-Accept", "PSU-Accept-Charset", "PSU-Accept-Encoding", "PSU-Accept-Language",
		"PSU-Http-Method", "PSU-Device-ID", "PSU-Geo-Location", "TPP-Redirect-Preferred", "TPP-Redirect-URI", "TPP-Nok-Redirect-URI", "Consent-ID",
		"FX-Quote-Id", "X-ISO-Fallback-Enabled", "X-Consent-Type", "X-Feature-Flags", "Idempotency-Key", "Content-Type", "Accept",
	}
}

// parseHeaders parses lines of a name, a colon and a value. It reports
// problem.FormatInvalid at headers.
func parseHeaders(text string) ([]reqlog.Header, error) {
	var all []reqlog.Header
	fault := func(format string, args ...any) error {
		return problem.New(problem.FormatInvalid, format, args...).At("headers")
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		i := slices.IndexFunc(sendable(), func(s string) bool { return strings.EqualFold(s, name) })
		switch {
		case !ok:
			return nil, fault("Write one header a line, as Name: value.")
		case i < 0:
			return nil, fault("The console does not send the header %q.", name)
		case len(value) > maxTryValue || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c > '~' }):
			return nil, fault("The value of %s must be at most %d printable characters of ASCII.", name, maxTryValue)
		case len(all) >= maxTryHeaders:
			return nil, fault("There are too many headers.")
		}
		all = append(all, reqlog.Header{Name: sendable()[i], Value: value})
	}
	return all, nil
}

// parsePath parses a path with its query, which must be one of the API's. It
// reports problem.FormatInvalid at path.
func parsePath(text string, prefixes []string) (*url.URL, error) {
	u, err := url.ParseRequestURI(text)
	fault := problem.New(problem.FormatInvalid, "Write a path of the API, such as /psd2/consent/v1/consents.").At("path")
	if err != nil || len(text) > maxTryPath || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(text, "/") || strings.Contains(u.Path, `\`) {
		return nil, fault
	}
	if clean := path.Clean(u.Path); clean != u.Path && clean+"/" != u.Path {
		return nil, fault
	}
	if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(u.Path, p) }) {
		return nil, fault
	}
	return u, nil
}

// send sends a request of the console to the API, in the process, and learns
// from the answer.
func (h *Handler) send(v *visit, c *console, d *draft) error {
	if c.token.Text == "" {
		return problem.New(problem.StatusInvalid, "Get a token first.")
	}
	if !slices.Contains([]string{"GET", "POST", "PUT", "DELETE"}, d.Method) {
		return problem.New(problem.FormatInvalid, "Use GET, POST, PUT or DELETE.").At("method")
	}
	to, err := parsePath(d.Path, h.Sandbox.Prefixes)
	if err != nil {
		return err
	}
	headers, err := parseHeaders(d.Headers)
	if err != nil {
		return err
	}
	if len(d.Body) > maxTryBody {
		return problem.New(problem.FormatInvalid, "The body must have at most %d bytes.", maxTryBody).At("body")
	}
	base, err := url.Parse(h.Sandbox.Base)
	if err != nil {
		return err
	}
	to.Scheme, to.Host = base.Scheme, base.Host
	req, err := http.NewRequestWithContext(v.r.Context(), d.Method, to.String(), strings.NewReader(d.Body))
	if err != nil {
		return problem.New(problem.FormatInvalid, "Write a path of the API.").Because(err).At("path")
	}
	for _, x := range headers {
		req.Header.Set(x.Name, x.Value)
	}
	req.Header.Set("Authorization", "Bearer "+c.token.Text)
	req.RemoteAddr, req.RequestURI = v.r.RemoteAddr, to.RequestURI()
	start := clock.Real{}.Now()
	answer := &answerWriter{header: http.Header{}}
	h.Sandbox.API.ServeHTTP(answer, req)
	e := exchange{
		Title: stages()[min(int(c.stage), len(stages())-1)].title, Method: d.Method, Path: to.RequestURI(), Headers: headers, Body: d.Body,
		Status: answer.code(), Took: clock.Real{}.Since(start), poll: c.stage.isPoll(),
	}
	e.AnswerHeaders, e.Calls = headerList(answer.header), callsOf(h.Sandbox.Base, &e)
	e.Answer, e.Cut = shown(answer.body.Bytes())
	c.note(e)
	c.learn(e.Status, answer.body.Bytes())
	return nil
}

// headerList returns headers in the order of their names.
func headerList(header http.Header) []reqlog.Header {
	var all []reqlog.Header
	for _, name := range slices.Sorted(maps.Keys(header)) {
		all = append(all, reqlog.Header{Name: name, Value: strings.Join(header[name], ", ")})
	}
	return all
}

// shown returns the text of an answer for a page, and whether it was cut.
func shown(b []byte) (string, bool) {
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") == nil {
		b = out.Bytes()
	}
	s := strings.ToValidUTF8(string(b), "\ufffd")
	if len(s) <= maxShown {
		return s, false
	}
	n := maxShown
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], true
}

// An answerWriter keeps an answer, as far as maxAnswer.
type answerWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (w *answerWriter) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *answerWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
}

// Write implements [http.ResponseWriter].
func (w *answerWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body.Write(p[:min(len(p), maxAnswer-w.body.Len())])
	return len(p), nil
}

func (w *answerWriter) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

// tokenExchange is what a program would send for the token, and how it would be
// answered; of the token itself no more than its beginning is shown.
func tokenExchange(h *Handler, a *app.App, t *Token) exchange {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {a.ID}, "client_secret": {"YOUR_CLIENT_SECRET"}, "scope": {t.Scope}}
	body, _ := json.MarshalIndent(map[string]any{
		"access_token": t.Text[:min(12, len(t.Text))] + "…", "expires_in": int(t.ExpiresAt.Sub(h.Clock.Now()).Round(time.Second) / time.Second), "token_type": "Bearer", "scope": t.Scope,
	}, "", "  ") // a map of words and a number
	e := exchange{
		Title: "Token", Method: http.MethodPost, Path: "/connect/token", Headers: []reqlog.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
		Body: form.Encode(), Status: http.StatusOK, AnswerHeaders: []reqlog.Header{{Name: "Content-Type", Value: "application/json; charset=utf-8"}}, Answer: string(body),
	}
	e.Calls = codeOf(h.Base, &e, false)
	return e
}

// dataURL returns an SVG as an address of the page itself, empty if there is
// none. As an image it runs no script.
func dataURL(svg []byte) template.URL {
	if len(svg) == 0 {
		return ""
	}
	return template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(svg)) //nolint:gosec // base64
}
