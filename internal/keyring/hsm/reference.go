package hsm

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

const scheme = "pkcs11:"

// A reference names a key: its token by label, and the key by CKA_ID.
type reference struct {
	token string
	id    []byte
}

// String returns the reference as a PKCS #11 URI (RFC 7512 section 2.3).
func (r reference) String() string {
	var id strings.Builder
	for _, b := range r.id {
		fmt.Fprintf(&id, "%%%02X", b)
	}
	return scheme + "token=" + url.PathEscape(r.token) + ";id=" + id.String()
}

// parseReference parses what String returns.
func parseReference(s string) (reference, error) {
	var r reference
	rest, ok := strings.CutPrefix(s, scheme)
	if !ok {
		return r, errors.New("not a PKCS #11 URI")
	}
	for part := range strings.SplitSeq(rest, ";") {
		name, text, _ := strings.Cut(part, "=")
		value, err := url.PathUnescape(text)
		if err != nil {
			return r, errors.New("not a PKCS #11 URI")
		}
		switch name {
		case "token":
			r.token = value
		case "id":
			r.id = []byte(value)
		default:
			return r, fmt.Errorf("a PKCS #11 URI with %q, which is not ours", name)
		}
	}
	if r.token == "" || len(r.id) == 0 {
		return r, errors.New("a PKCS #11 URI without token or id")
	}
	return r, nil
}
