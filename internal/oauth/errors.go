package oauth

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// A fault is the answer to a reason.
type fault struct {
	status int
	code   string // error
}

var (
	invalidRequest = fault{http.StatusBadRequest, "invalid_request"}
	invalidGrant   = fault{http.StatusBadRequest, "invalid_grant"}
	internalFault  = fault{http.StatusInternalServerError, "server_error"}
	unavailable    = fault{http.StatusServiceUnavailable, "temporarily_unavailable"}
)

// faults maps a reason to its answer at the endpoints for apps (RFC 6749
// section 5.2). What cannot happen there is ours to mend if it does.
var faults = map[problem.Reason]fault{
	problem.ClientInvalid:    {http.StatusBadRequest, "invalid_client"}, // by Basic 401, see fail
	problem.ScopeInvalid:     {http.StatusBadRequest, "invalid_scope"},
	problem.GrantInvalid:     invalidGrant,
	problem.GrantUnsupported: {http.StatusBadRequest, "unsupported_grant_type"},
	problem.GrantForbidden:   {http.StatusBadRequest, "unauthorized_client"},
	problem.MethodNotAllowed: {http.StatusMethodNotAllowed, "invalid_request"},
	problem.PathUnknown:      {http.StatusNotFound, "invalid_request"},
	problem.FormatInvalid:    invalidRequest,
	problem.BodyTooLarge:     {http.StatusRequestEntityTooLarge, "invalid_request"},
	problem.MediaUnsupported: invalidRequest,
	problem.ProofInvalid:     {http.StatusBadRequest, "invalid_dpop_proof"},
	problem.NonceNeeded:      {http.StatusBadRequest, "use_dpop_nonce"},
	problem.AccessExceeded:   {http.StatusTooManyRequests, "temporarily_unavailable"},
	problem.Busy:             unavailable,
	problem.BankUnavailable:  unavailable,

	// What a code was issued for is gone, or is no longer what it was.
	problem.ConsentUnknown:  invalidGrant,
	problem.ConsentForeign:  invalidGrant,
	problem.ConsentInvalid:  invalidGrant,
	problem.ConsentExpired:  invalidGrant,
	problem.ContextForeign:  invalidGrant,
	problem.ResourceUnknown: invalidGrant,
	problem.ResourceForeign: invalidGrant,
	problem.ResourceExpired: invalidGrant,
	problem.StatusInvalid:   invalidGrant,
	problem.BankRefused:     invalidGrant,
	problem.PSUInvalid:      invalidGrant,

	// A refused certificate is a refused client, with this as the cause.
	problem.CertificateMissing: internalFault,
	problem.CertificateInvalid: internalFault,
	problem.CertificateExpired: internalFault,
	problem.CertificateRevoked: internalFault,
	problem.CertificateBlocked: internalFault,

	problem.KYCInvalid:            internalFault,
	problem.ResponseInvalid:       internalFault,
	problem.AuthorizeRefused:      internalFault,
	problem.AccessDenied:          internalFault,
	problem.TokenMissing:          internalFault,
	problem.TokenUnknown:          internalFault,
	problem.TokenInvalid:          internalFault,
	problem.TokenExpired:          internalFault,
	problem.ScopeInsufficient:     internalFault,
	problem.ParameterInconsistent: internalFault,
	problem.ParameterUnsupported:  internalFault,
	problem.PeriodInvalid:         internalFault,
	problem.FormatUnaccepted:      internalFault,
	problem.ServiceUnsupported:    internalFault,
	problem.MethodUnknown:         internalFault,
	problem.SessionsUnsupported:   internalFault,
	problem.CorporateIDInvalid:    internalFault,
	problem.ServiceBlocked:        internalFault,
	problem.ServiceUnknown:        internalFault,
	problem.ProductUnknown:        internalFault,
	problem.ProductInvalid:        internalFault,
	problem.ExecutionDateInvalid:  internalFault,
	problem.PaymentFailed:         internalFault,
	problem.PaymentUnreadable:     internalFault,
	problem.CancellationInvalid:   internalFault,
	problem.RightsMissing:         internalFault,
	problem.ReferenceMixInvalid:   internalFault,
	problem.ReferenceStatus:       internalFault,
	problem.RatesUnavailable:      internalFault,
}

// errorBody is the JSON of RFC 6749 section 5.2.
type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// fail answers a request of an app that failed. It is the only place that
// writes such an answer.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	p, ok := errors.AsType[*problem.Error](err)
	f := internalFault
	if ok {
		if row, known := faults[p.Reason]; known {
			f = row
		}
	}
	head := w.Header()
	body := errorBody{Error: f.code}
	if ok && f != internalFault {
		body.Description = describe(p)
	}
	if refused, is := errors.AsType[clientError](err); is {
		f.status = http.StatusUnauthorized
		if refused.challenge {
			head.Set("WWW-Authenticate", `Basic realm="sluss"`)
		}
	}
	if ok && p.Allow != "" {
		head.Set("Allow", p.Allow)
	}
	if f.status == http.StatusServiceUnavailable || f.status == http.StatusTooManyRequests {
		head.Set("Retry-After", seconds(p.RetryAfter))
	}
	web.NoteError(r.Context(), err, f.code)
	noStore(head)
	_ = web.WriteJSON(w, f.status, body)
}

// seconds returns d in seconds, rounded up, at least one.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

func noStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}

// maxDescription bounds a description, which may quote what a client sent.
const maxDescription = 512

// describe returns the detail of p in the characters that error_description
// may have: printable ASCII without quotation mark and backslash (RFC 6749
// section 5.2).
func describe(p *problem.Error) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r == '\\':
			return '/'
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, p.Detail)
	if len(s) > maxDescription {
		s = s[:maxDescription-3] + "..."
	}
	return s
}
