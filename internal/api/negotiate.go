package api

import (
	"bufio"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/psd2"
)

const (
	jsonType = "application/json"
	xmlType  = "application/xml"
	htmlType = "text/html"
)

// negotiate checks that the client takes JSON and, where the call has a body,
// sends it.
func (h *Handler) negotiate(c *call, r *http.Request) error {
	accept := r.Header.Values("Accept")
	if c.route.html {
		return checkAcceptsPage(accept)
	}
	takesJSON := quality(accept, jsonType).q > 0 || quality(accept, psd2.ProblemContentType).q > 0
	if takesXML := c.route.xml && prefersXML(accept); !takesJSON && !takesXML {
		e := problem.New(problem.FormatUnaccepted, "the answers are application/json")
		return problem.Blame(e, problem.Header, "Accept")
	}
	if !c.route.body || !hasBody(r) {
		return nil
	}
	if coding := trim(r.Header.Get("Content-Encoding")); coding != "" && !strings.EqualFold(coding, "identity") {
		return problem.Blame(problem.New(problem.MediaUnsupported, "must be left out: bodies are not compressed"), problem.Header, "Content-Encoding")
	}
	value := trim(r.Header.Get("Content-Type"))
	if value == "" {
		return problem.Blame(problem.New(problem.FormatInvalid, "is missing; it must be application/json"), problem.Header, "Content-Type")
	}
	// Only the parameters can be wrong if there is a type, and they are ignored.
	if name, _, _ := mime.ParseMediaType(value); !strings.EqualFold(name, jsonType) && !strings.EqualFold(trim(before(value, ";")), jsonType) {
		return problem.Blame(problem.New(problem.MediaUnsupported, "must be application/json"), problem.Header, "Content-Type")
	}
	return nil
}

func before(s, sep string) string {
	s, _, _ = strings.Cut(s, sep)
	return s
}

// hasBody reports whether a request has a body of at least one byte.
func hasBody(r *http.Request) bool {
	if r.Body == nil || r.ContentLength == 0 {
		return false
	}
	if r.ContentLength > 0 {
		return true
	}
	buf := bufio.NewReader(r.Body)
	_, err := buf.Peek(1)
	r.Body = struct {
		io.Reader
		io.Closer
	}{buf, r.Body}
	return err == nil
}

// A preference is how much a client wants a media type.
type preference struct {
	q     float64 // 0: not at all
	order int     // of the element in Accept that says so
	named bool    // the type itself was named, not a range that holds it
}

// quality returns what the Accept headers say of a media type, RFC 9110
// section 12.5.1. No Accept at all, or none that can be read, accepts
// everything.
func quality(accept []string, mediaType string) preference {
	best, specific, any := preference{}, 0, false
	order := 0
	for element := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		order++
		name, params, _ := strings.Cut(element, ";")
		name = strings.ToLower(trim(name))
		if !strings.Contains(name, "/") && name != "*" {
			continue
		}
		any = true
		if s := specificity(name, mediaType); s > specific {
			best, specific = preference{q: weight(params), order: order, named: s == 3}, s
		}
	}
	if !any {
		return preference{q: 1}
	}
	return best
}

// specificity returns how closely the media range name describes mediaType: 3
// for the type itself, 0 for another.
func specificity(name, mediaType string) int {
	group := before(mediaType, "/") + "/*"
	switch name {
	case mediaType:
		return 3
	case group:
		return 2
	case "*/*", "*":
		return 1
	}
	return 0
}

// weight returns the q of an element's parameters, 1 if there is none that can
// be read.
func weight(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, ok := strings.Cut(p, "=")
		if !ok || !strings.EqualFold(trim(name), "q") {
			continue
		}
		if q, err := strconv.ParseFloat(trim(value), 64); err == nil && q >= 0 && q <= 1 {
			return q
		}
	}
	return 1
}

// prefersProblem reports whether a client wants errors as problem+json: it
// names it with a higher q than JSON, or before it with the same.
func prefersProblem(accept []string) bool {
	p, j := quality(accept, psd2.ProblemContentType), quality(accept, jsonType)
	return p.named && p.q > 0 && (p.q > j.q || p.q == j.q && (!j.named || p.order < j.order))
}

// prefersXML reports whether a client wants XML: it names it and takes no JSON.
func prefersXML(accept []string) bool {
	x := quality(accept, xmlType)
	return x.named && x.q > 0 && quality(accept, jsonType).q == 0
}
