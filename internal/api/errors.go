package api

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// A fault is the answer to a problem.
type fault struct {
	status int
	code   psd2.Code
}

// byPlace has the answers to a reason by the place at fault. The row for
// problem.Nowhere is the default.
type byPlace map[problem.Place]fault

var internalFault = fault{http.StatusInternalServerError, psd2.InternalServerError}

// internal is the answer to what cannot happen here: the reasons of the token
// service's own edge.
var internal = byPlace{problem.Nowhere: internalFault}

// faults maps every reason to its answer.
var faults = map[problem.Reason]byPlace{
	problem.ClientInvalid: internal, problem.ScopeInvalid: internal, problem.GrantInvalid: internal,
	problem.GrantUnsupported: internal, problem.GrantForbidden: internal, problem.ResponseInvalid: internal,
	problem.AuthorizeRefused: internal, problem.AccessDenied: internal,

	problem.MethodNotAllowed: one(http.StatusMethodNotAllowed, psd2.ServiceInvalid),
	problem.Busy:             one(http.StatusServiceUnavailable, psd2.ServiceUnavailable),

	problem.TokenMissing:      one(http.StatusUnauthorized, psd2.TokenUnknown),
	problem.TokenUnknown:      one(http.StatusUnauthorized, psd2.TokenUnknown),
	problem.TokenInvalid:      one(http.StatusUnauthorized, psd2.TokenInvalid),
	problem.TokenExpired:      one(http.StatusUnauthorized, psd2.TokenExpired),
	problem.ScopeInsufficient: one(http.StatusForbidden, psd2.ServiceBlocked),

	problem.CertificateMissing: one(http.StatusUnauthorized, psd2.CertificateMissing),
	problem.CertificateInvalid: one(http.StatusUnauthorized, psd2.CertificateInvalid),
	problem.CertificateExpired: one(http.StatusUnauthorized, psd2.CertificateExpired),
	problem.CertificateRevoked: one(http.StatusUnauthorized, psd2.CertificateRevoked),
	problem.CertificateBlocked: one(http.StatusUnauthorized, psd2.CertificateBlocked),
	problem.ProofInvalid:       one(http.StatusUnauthorized, psd2.TokenInvalid),
	problem.NonceNeeded:        one(http.StatusUnauthorized, psd2.TokenInvalid),

	problem.FormatInvalid:         one(http.StatusBadRequest, psd2.FormatError),
	problem.ParameterInconsistent: one(http.StatusBadRequest, psd2.ParameterNotConsistent),
	problem.ParameterUnsupported:  one(http.StatusBadRequest, psd2.ParameterNotSupported),
	problem.PeriodInvalid:         one(http.StatusBadRequest, psd2.PeriodInvalid),
	problem.ResourceUnknown:       inPath(http.StatusNotFound, psd2.ResourceUnknown),
	problem.ResourceForeign:       inPath(http.StatusForbidden, psd2.ResourceUnknown),
	problem.ResourceExpired:       inPath(http.StatusForbidden, psd2.ResourceExpired),
	problem.ContextForeign: {
		problem.Nowhere: {http.StatusForbidden, psd2.ServiceBlocked},
		problem.Header:  {http.StatusForbidden, psd2.ConsentUnknown}, // Consent-ID
		problem.Body:    {http.StatusBadRequest, psd2.ResourceUnknown},
	},
	problem.PathUnknown:        one(http.StatusNotFound, psd2.ResourceUnknown),
	problem.FormatUnaccepted:   one(http.StatusNotAcceptable, psd2.RequestedFormatsInvalid),
	problem.MediaUnsupported:   one(http.StatusUnsupportedMediaType, psd2.FormatError),
	problem.BodyTooLarge:       one(http.StatusRequestEntityTooLarge, psd2.FormatError),
	problem.StatusInvalid:      one(http.StatusConflict, psd2.StatusInvalid),
	problem.AccessExceeded:     one(http.StatusTooManyRequests, psd2.AccessExceeded),
	problem.ServiceUnsupported: one(http.StatusMethodNotAllowed, psd2.ServiceInvalid),

	problem.ConsentUnknown: {
		problem.Nowhere: {http.StatusForbidden, psd2.ConsentUnknown},
		problem.Path:    {http.StatusNotFound, psd2.ResourceUnknown},
	},
	problem.ConsentForeign:      one(http.StatusForbidden, psd2.ConsentUnknown),
	problem.ConsentInvalid:      one(http.StatusUnauthorized, psd2.ConsentInvalid),
	problem.ConsentExpired:      one(http.StatusUnauthorized, psd2.ConsentExpired),
	problem.MethodUnknown:       one(http.StatusBadRequest, psd2.SCAMethodUnknown),
	problem.SessionsUnsupported: one(http.StatusBadRequest, psd2.SessionsNotSupported),
	problem.CorporateIDInvalid:  one(http.StatusUnauthorized, psd2.CorporateIDInvalid),
	problem.PSUInvalid:          one(http.StatusUnauthorized, psd2.PSUCredentialsInvalid),
	problem.ServiceBlocked:      one(http.StatusForbidden, psd2.ServiceBlocked),

	problem.ServiceUnknown:       one(http.StatusBadRequest, psd2.ServiceInvalid),
	problem.ProductUnknown:       one(http.StatusNotFound, psd2.ProductUnknown),
	problem.ProductInvalid:       one(http.StatusForbidden, psd2.ProductInvalid),
	problem.ExecutionDateInvalid: one(http.StatusBadRequest, psd2.ExecutionDateInvalid),
	problem.PaymentFailed:        one(http.StatusBadRequest, psd2.PaymentFailed),
	problem.RightsMissing:        one(http.StatusForbidden, psd2.ServiceBlocked),
	problem.PaymentUnreadable:    one(http.StatusBadGateway, psd2.BankServiceUnavailable),
	problem.CancellationInvalid:  one(http.StatusMethodNotAllowed, psd2.CancellationInvalid),
	problem.ReferenceMixInvalid:  one(http.StatusBadRequest, psd2.ReferenceMixInvalid),
	problem.ReferenceStatus:      one(http.StatusConflict, psd2.ReferenceStatusInvalid),

	problem.BankUnavailable:  one(http.StatusServiceUnavailable, psd2.ServiceUnavailable),
	problem.BankRefused:      one(http.StatusBadRequest, psd2.Raw),
	problem.RatesUnavailable: one(http.StatusServiceUnavailable, psd2.ServiceUnavailable),
	problem.KYCInvalid:       one(http.StatusForbidden, psd2.TPPKYCInvalid),
}

// one is an answer wherever the fault is.
func one(status int, code psd2.Code) byPlace { return byPlace{problem.Nowhere: {status, code}} }

// inPath is a code that is 400 but for an id in the path.
func inPath(status int, code psd2.Code) byPlace {
	return byPlace{problem.Nowhere: {http.StatusBadRequest, code}, problem.Path: {status, code}}
}

// faultOf returns the answer to p.
func (h *Handler) faultOf(p *problem.Error) fault {
	places, ok := faults[p.Reason]
	if !ok {
		return internalFault
	}
	f, ok := places[p.In]
	if !ok {
		f = places[problem.Nowhere]
	}
	if p.Reason == problem.BankRefused && mayBeRaw(p.Status) {
		f.status = p.Status
	}
	return f
}

// mayBeRaw reports whether a bank's own status is one that the description has
// for a bank's own message.
func mayBeRaw(status int) bool {
	switch status {
	case 400, 401, 403, 404, 405, 406, 409, 429:
		return true
	}
	return false
}

// writeError answers a request that failed. It is the only place in this
// package that writes an error.
func (h *Handler) writeError(w http.ResponseWriter, r *http.Request, err error) {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		p = &problem.Error{Detail: "internal error"}
	}
	f := h.faultOf(p)
	web.NoteError(r.Context(), err, string(f.code))
	h.setErrorHeaders(w.Header(), callOf(r), p, f)
	fam := familyOf(r)
	if fam == kycFamily {
		writeProblemDetails(w, r, p, f)
		return
	}
	if (fam == accountFamily || fam == paymentFamily) && prefersProblem(r.Header.Values("Accept")) {
		w.Header().Set("Content-Type", psd2.ProblemContentType)
		_ = web.WriteJSON(w, f.status, h.problemBody(p))
		return
	}
	_ = web.WriteJSON(w, f.status, h.messagesBody(p))
}

// familyOf returns the family of a request, also of one to a path that does
// not exist.
func familyOf(r *http.Request) family {
	if rt := callOf(r).route; rt != nil {
		return rt.family
	}
	for prefix, f := range map[string]family{
		"/psd2/consent/": accountFamily, "/psd2/accountinformation/": accountFamily, "/psd2/paymentinitiation/": paymentFamily,
	} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return f
		}
	}
	for _, prefix := range []string{"/kyc/integration/", "/integration/"} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return kycFamily
		}
	}
	return unknownFamily
}

// setErrorHeaders sets the headers that some errors have.
func (h *Handler) setErrorHeaders(header http.Header, c *call, p *problem.Error, f fault) {
	header.Del("Content-Type")
	header.Del("Location")
	header.Set("Cache-Control", "no-store")
	if p.Allow != "" {
		header.Set("Allow", p.Allow)
	} else if f.status == http.StatusMethodNotAllowed && c.route != nil {
		header.Set("Allow", c.route.beside.allow(c.route.method)) // the bank does not offer this one, here or any more
	}
	if challenge := challengeFor(c, p, f); challenge != "" {
		header.Set("WWW-Authenticate", challenge)
	}
	if wait := retryAfter(p, f.status); wait > 0 {
		header.Set("Retry-After", strconv.Itoa(wait))
	}
}

// defaultRetry is when to try again after a fault that does not say it.
const defaultRetry = 5 * time.Second

// retryAfter returns the seconds of a Retry-After header, 0 for none.
func retryAfter(p *problem.Error, status int) int {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return 0
	}
	wait := p.RetryAfter
	if wait <= 0 {
		wait = defaultRetry
	}
	return int(math.Ceil(wait.Seconds()))
}

// challengeFor returns the WWW-Authenticate header of an answer about the
// token, RFC 6750 section 3, empty for other faults.
func challengeFor(c *call, p *problem.Error, f fault) string {
	const realm = `Bearer realm="sluss"`
	switch p.Reason {
	case problem.ProofInvalid:
		return `DPoP error="invalid_token"`
	case problem.NonceNeeded:
		return `DPoP error="use_dpop_nonce"`
	case problem.RightsMissing:
		return "" // no other token would help
	}
	switch f.code {
	case psd2.TokenUnknown, psd2.TokenInvalid:
		if p.Reason == problem.TokenMissing {
			return realm
		}
		return realm + `, error="invalid_token"`
	case psd2.TokenExpired:
		return realm + `, error="invalid_token", error_description="token expired"`
	case psd2.ServiceBlocked:
		return realm + `, error="insufficient_scope", scope="` + neededScope(c, p) + `"`
	}
	return ""
}

// neededScope returns the scope string that the call would have needed. For a
// resource of the other PSU context that is the other context.
func neededScope(c *call, p *problem.Error) string {
	if p.NeededScope != "" || c.route == nil || len(c.route.scopes) == 0 {
		return p.NeededScope
	}
	needed := string(c.route.scopes[0])
	if p.Reason != problem.ContextForeign {
		return needed
	}
	if c.access.Scope.Context() == scope.Private {
		return needed + " " + string(scope.Corporate)
	}
	return needed + " " + string(scope.Private)
}

// messagesBody returns the usual form of an error's body.
func (h *Handler) messagesBody(p *problem.Error) psd2.ErrorInformation {
	body := psd2.ErrorInformation{PSUMessage: p.PSUMessage, Links: links(p.Links)}
	for _, q := range append([]*problem.Error{p}, also(p)...) {
		body.TPPMessages = append(body.TPPMessages, psd2.TPPMessage{
			Category: categoryOf(q), Code: h.faultOf(q).code, Path: q.Field, Text: cut(q.Detail, 512),
		})
	}
	return body
}

// maxFaults is how many further faults an answer names: a body can have
// thousands.
const maxFaults = 50

func also(p *problem.Error) []*problem.Error { return p.Also[:min(len(p.Also), maxFaults)] }

func categoryOf(p *problem.Error) psd2.Category {
	if p.Reason == problem.BankRefused {
		return psd2.Unmapped
	}
	return psd2.Error
}

// problemBody returns the form of an error's body that RFC 9457 has.
func (h *Handler) problemBody(p *problem.Error) psd2.Problem {
	code := h.faultOf(p).code
	body := psd2.Problem{
		Type: "urn:sluss:problem:" + string(code), Title: title(code), Detail: cut(p.Detail, 512),
		Code: code, Path: p.Field, Links: links(p.Links),
	}
	for _, q := range also(p) {
		code := h.faultOf(q).code
		body.AdditionalErrors = append(body.AdditionalErrors, psd2.ProblemDetail{
			Title: title(code), Detail: cut(q.Detail, 512), Code: code, Path: q.Field,
		})
	}
	return body
}

// title returns a code as words: "Format error".
func title(code psd2.Code) string {
	if code == psd2.Raw {
		return "Message of the bank"
	}
	words := strings.Split(strings.ToLower(string(code)), "_")
	for i, w := range words {
		switch w {
		case "tpp", "kyc", "psu", "sca", "id", "ocr":
			words[i] = strings.ToUpper(w)
		}
		if i == 0 && words[i] == w && w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// cut returns at most n characters of s.
func cut(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}

func links(in map[string]string) map[string]psd2.Link {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]psd2.Link, len(in))
	for name, href := range in {
		out[name] = psd2.Link{Href: href}
	}
	return out
}
