package oauth

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"sluss.example/sluss/internal/problem"
)

const (
	maxBody  = 64 << 10 // bytes of a request
	maxValue = 16 << 10 // bytes of one field
)

// A form is the body of a request, application/x-www-form-urlencoded. A field
// without a value counts as left out (RFC 6749 section 3.2).
type form map[string]string

// readForm reads the body of r. Fields in the query string are ignored. It
// reports problem.FormatInvalid for another content type, a field that comes
// twice, and what is not UTF-8, and problem.BodyTooLarge.
func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(mediaType), "application/x-www-form-urlencoded") {
		return nil, malformed("the body must be application/x-www-form-urlencoded, and Content-Type must say so")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, problem.New(problem.BodyTooLarge, "the body has more than %d bytes", maxBody)
	}
	if err != nil {
		return nil, malformed("the body cannot be read").Because(err)
	}
	return parseForm(string(body))
}

// parseForm parses fields by the rules of the WHATWG URL standard, section
// application/x-www-form-urlencoded, but refuses where these would guess.
func parseForm(body string) (form, error) {
	f := form{}
	for pair := range strings.SplitSeq(body, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if err != nil || err2 != nil {
			return nil, malformed("the body has a %% that is not followed by two hexadecimal digits")
		}
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return nil, malformed("the body is not UTF-8")
		}
		if _, twice := f[name]; twice {
			return nil, malformed("field given twice: %s", name)
		}
		if len(value) > maxValue {
			return nil, malformed("field too long: %s", name)
		}
		f[name] = value
	}
	return f, nil
}

func malformed(format string, args ...any) *problem.Error {
	return problem.New(problem.FormatInvalid, format, args...)
}

// missing says that a field or header is not there.
func missing(name string) error { return malformed("missing: %s", name) }
