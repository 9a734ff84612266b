package api

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
)

// A headerSet is the set of headers that a route reads beside Authorization
// and X-Request-ID.
type headerSet int

// The header sets. Each holds those before it, from psuHeaders on.
const (
	baseHeaders        headerSet = iota // nothing more
	quoteHeaders                        // X-BicFi and the PSU's headers, none of them needed
	psuHeaders                          // X-BicFi, the PSU's headers, TPP-Redirect-Preferred
	createHeaders                       // and X-AffiliatedASPSP-ID, X-Consent-Type
	payHeaders                          // X-AffiliatedASPSP-ID, Consent-ID, FX-Quote-Id, Idempotency-Key
	startHeaders                        // and PSU-Authoriser-ID
	personHeaders                       // as psuHeaders, without TPP-Redirect-Preferred
	startBasketHeaders                  // and PSU-Authoriser-ID
	basketHeaders                       // as psuHeaders, and Consent-ID
	accountHeaders                      // and Consent-ID; X-ISO-Fallback-Enabled
)

// The header names, as they are in answers.
const (
	headerBICFI        = "X-BicFi"
	headerPSU          = "PSU-ID"
	headerOrganisation = "PSU-Corporate-ID"
	headerIPAddress    = "PSU-IP-Address"
	headerUserAgent    = "PSU-User-Agent"
	headerRedirect     = "TPP-Redirect-Preferred"
	headerAffiliate    = "X-AffiliatedASPSP-ID"
	headerConsentType  = "X-Consent-Type"
	headerAuthoriser   = "PSU-Authoriser-ID"
	headerConsentID    = "Consent-ID"
	headerISOFallback  = "X-ISO-Fallback-Enabled"
	headerRequestID    = "X-Request-ID"
	headerQuote        = "FX-Quote-Id"
	headerKey          = "Idempotency-Key"
	headerFlags        = "X-Feature-Flags"
)

// headers are the parsed headers of a call. What was not sent is zero.
type headers struct {
	BICFI        ident.BICFI // of a bank of the registry
	PSU          string      // normalised
	Organisation string      // normalised; always empty in scope.Private
	// Address is where the PSU is. It is not valid if the header was not sent,
	// and unspecified (0.0.0.0 or ::) if the TPP says so.
	Address           netip.Addr
	RedirectPreferred *bool
	Affiliate         string
	ConsentType       string
	AuthoriserID      string
	ConsentID         string
	QuoteID           string
	IdempotencyKey    string
	ISOFallback       bool
}

// Attended reports whether the PSU is there, as PSU-IP-Address tells.
func (h *headers) Attended() bool { return h.Address.IsValid() && !h.Address.IsUnspecified() }

// IPAddress returns the PSU's address, empty unless the PSU is there.
func (h *headers) IPAddress() string {
	if !h.Attended() {
		return ""
	}
	return h.Address.String()
}

// A headerReader reads headers and collects what is wrong with them.
type headerReader struct {
	header http.Header
	strict bool
	faults []*problem.Error
}

func (rd *headerReader) fail(r problem.Reason, name, detail string) {
	e := problem.New(r, "%s", detail)
	e.In, e.Field = problem.Header, name
	rd.faults = append(rd.faults, e)
}

// text returns the value of a header, empty if there is none, if it is empty,
// and if it is wrong in itself.
func (rd *headerReader) text(name string) string {
	var value string
	for _, v := range rd.header.Values(name) {
		v = trim(v)
		switch {
		case v == "" || v == value:
		case value != "":
			rd.fail(problem.FormatInvalid, name, "is given more than once")
			return ""
		case len(v) > maxHeader || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl):
			rd.fail(problem.FormatInvalid, name, "must be printable and not longer than 512 bytes")
			return ""
		default:
			value = v
		}
	}
	return value
}

// maxKey is the most characters that an Idempotency-Key has.
const maxKey = 64

// maxHeader is the longest value in bytes that a header of ours can have.
const maxHeader = 512

// required returns the value of a header that must be there.
func (rd *headerReader) required(name string) string {
	n := len(rd.faults)
	v := rd.text(name)
	if v == "" && n == len(rd.faults) {
		rd.fail(problem.FormatInvalid, name, "is missing")
	}
	return v
}

// wanted returns the value of a header that only must be there if must says
// so, or in strict mode.
func (rd *headerReader) wanted(name string, must bool) string {
	if must || rd.strict {
		return rd.required(name)
	}
	return rd.text(name)
}

// boolean returns the value of a header that is true or false, nil if it was
// not sent.
func (rd *headerReader) boolean(name, v string) *bool {
	if v == "" {
		return nil
	}
	b, ok := parseBool(v, rd.strict)
	if !ok {
		rd.fail(problem.FormatInvalid, name, "must be true or false")
		return nil
	}
	return &b
}

// parseBool parses true and false; unless strict, in any case.
func parseBool(s string, strict bool) (value, ok bool) {
	if !strict {
		s = strings.ToLower(s)
	}
	return s == "true", s == "true" || s == "false"
}

// readHeaders reads the headers of the call's route. All faults of form come
// in one error.
func (h *Handler) readHeaders(c *call, r *http.Request) error {
	rd := &headerReader{header: r.Header, strict: h.Strict}
	if !web.LineOf(r.Context()).RequestIDGiven {
		rd.fail(problem.FormatInvalid, headerRequestID, "must be a UUID, a new one for each call")
	}
	if c.route.headers == baseHeaders {
		return problem.Join(rd.faults)
	}
	if c.route.headers == quoteHeaders {
		h.readQuoteHeaders(rd, &c.headers, c.access.Scope.Context())
		return problem.Join(sorted(rd.faults))
	}
	var profile *bank.Profile
	if conn := h.readBank(rd, &c.headers, rd.required(headerBICFI)); conn != nil {
		profile = &conn.Info().Profile
		web.LineOf(r.Context()).BICFI = string(c.headers.BICFI)
	} else {
		none := bank.DefaultProfile()
		profile = &none
	}
	rd.psu(&c.headers, profile, c.access.Scope.Context())
	preferred := rd.text
	if set := c.route.headers; set != personHeaders && set != startBasketHeaders {
		preferred = func(name string) string { return rd.wanted(name, false) }
	}
	c.headers.RedirectPreferred = rd.boolean(headerRedirect, preferred(headerRedirect))
	rd.rest(&c.headers, c.route.headers)
	return problem.Join(sorted(rd.faults))
}

// readQuoteHeaders reads the headers of currency exchange. Nothing is needed:
// no bank takes part, and a corporate caller need not say yet whom it is for.
func (h *Handler) readQuoteHeaders(rd *headerReader, out *headers, c scope.Context) {
	h.readBank(rd, out, rd.text(headerBICFI))
	rd.person(out, rd.text(headerPSU))
	if c == scope.Corporate {
		out.Organisation = rd.organisation(rd.text(headerOrganisation))
	}
	rd.address(out, rd.text(headerIPAddress))
}

// readBank reads v, the value of X-BicFi. It returns the bank, or nil after a
// fault and for no value.
func (h *Handler) readBank(rd *headerReader, out *headers, v string) bank.Connector {
	if v == "" {
		return nil
	}
	id, err := parseBICFI(v)
	if err != nil {
		rd.fail(problem.FormatInvalid, headerBICFI, "must be a BIC of 8 or 11 characters, in capitals")
		return nil
	}
	conn, ok := h.Banks.Bank(id)
	if !ok {
		rd.fail(problem.ResourceUnknown, headerBICFI, "no bank with this BIC; the bank directory lists them")
		return nil
	}
	out.BICFI = id
	return conn
}

// parseBICFI reads a BIC as the header has it: in capitals, in either mode.
func parseBICFI(s string) (ident.BICFI, error) {
	if s != strings.ToUpper(s) {
		return "", problem.New(problem.FormatInvalid, "must be in capitals")
	}
	return ident.ParseBICFI(s)
}

// psu reads the headers about the PSU.
func (rd *headerReader) psu(out *headers, p *bank.Profile, c scope.Context) {
	rd.person(out, rd.wanted(headerPSU, p.PSUIDRequired))
	if c == scope.Corporate {
		out.Organisation = rd.organisation(rd.required(headerOrganisation))
	}
	rd.address(out, rd.wanted(headerIPAddress, p.PSUHeadersRequired))
	rd.browser(p.PSUHeadersRequired)
}

// browser checks PSU-User-Agent. It has no effect, and a browser may call
// itself what it likes, at any length; only the strict mode looks into it.
func (rd *headerReader) browser(must bool) {
	switch {
	case rd.strict:
		rd.required(headerUserAgent)
	case must && trim(rd.header.Get(headerUserAgent)) == "":
		rd.fail(problem.FormatInvalid, headerUserAgent, "is missing")
	}
}

// person reads v, the value of PSU-ID.
func (rd *headerReader) person(out *headers, v string) {
	if v == "" {
		return
	}
	// Nothing but hyphens is refused: it would pass for no PSU-ID, which
	// matches any owner.
	var err error
	if out.PSU, err = ident.ParsePSU(v); err != nil {
		rd.fail(problem.FormatInvalid, headerPSU, "must be printable, 1 to 100 characters")
	}
}

// address reads v, the value of PSU-IP-Address.
func (rd *headerReader) address(out *headers, v string) {
	if v == "" {
		return
	}
	a, err := netip.ParseAddr(v)
	if err != nil || a.Zone() != "" {
		rd.fail(problem.FormatInvalid, headerIPAddress, "must be an IPv4 or IPv6 address")
	}
	out.Address = a.Unmap()
}

// organisationForm is what any country's organisation number looks like once
// it is normalised: Norway's has 9 digits, the Netherlands' RSIN 9, Finland's
// 8, Germany's register numbers have letters.
var organisationForm = regexp.MustCompile(`^[0-9A-Za-z]{5,20}$`)

// organisation reads v, the value of PSU-Corporate-ID.
func (rd *headerReader) organisation(v string) string {
	if v == "" {
		return ""
	}
	id := ident.NormalOrganisation(v)
	if !organisationForm.MatchString(id) || !strings.ContainsAny(id, "0123456789") {
		rd.fail(problem.CorporateIDInvalid, headerOrganisation, "is not an organisation number")
		return ""
	}
	return id
}

// rest reads the headers that few routes have.
func (rd *headerReader) rest(out *headers, set headerSet) {
	switch set {
	case createHeaders:
		out.Affiliate = rd.text(headerAffiliate)
		out.ConsentType = rd.text(headerConsentType)
	case payHeaders:
		out.Affiliate, out.ConsentID, out.QuoteID = rd.text(headerAffiliate), rd.text(headerConsentID), rd.text(headerQuote)
		if out.IdempotencyKey = rd.text(headerKey); utf8.RuneCountInString(out.IdempotencyKey) > maxKey {
			rd.fail(problem.FormatInvalid, headerKey, "must have at most 64 characters")
		}
	case basketHeaders:
		out.ConsentID = rd.text(headerConsentID)
	case startHeaders, startBasketHeaders:
		out.AuthoriserID = rd.text(headerAuthoriser)
	case accountHeaders:
		out.ConsentID = rd.required(headerConsentID)
		if v := rd.boolean(headerISOFallback, rd.text(headerISOFallback)); v != nil {
			out.ISOFallback = *v
		}
	case baseHeaders, quoteHeaders, psuHeaders, personHeaders:
	}
}

// sorted puts the faults of form first: the first fault is the answer's
// status, and what is malformed comes before what is not known.
func sorted(faults []*problem.Error) []*problem.Error {
	var form, other []*problem.Error
	for _, e := range faults {
		if e.Reason == problem.FormatInvalid {
			form = append(form, e)
		} else {
			other = append(other, e)
		}
	}
	if len(form) > 0 {
		return form
	}
	return other[:min(len(other), 1)]
}
