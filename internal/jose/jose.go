// Package jose makes and verifies the JSON Web Tokens (RFC 7519) that sluss
// issues: JWS in compact form (RFC 7515 section 7.1), signed with RS256, PS256,
// ES256 or EdDSA.
//
// It is small because it does one thing. The verifier takes the algorithm from
// the key and not from the token, whose word must only agree, finds the key by kid alone, knows no "none",
// and reads neither jku nor x5u nor jwk; so the confusions that the openness
// of JOSE invites have no place to happen (RFC 8725 sections 3.1 and 3.10).
// The signer appends to one buffer and uses no reflection.
package jose

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxSize is the size of the largest token that is looked at, in bytes.
const MaxSize = 8 << 10

// The values of typ: that of RFC 7519, and that of RFC 9068.
const (
	TypeJWT   = "JWT"
	TypeATJWT = "at+jwt"
)

// Types returns both values of typ.
func Types() []string { return []string{TypeJWT, TypeATJWT} }

// encoding is canonical: it refuses padding, line ends and trailing bits, so
// that a token has one text only.
var encoding = base64.RawURLEncoding.Strict()

// Claims are the claims of an access token. Times are Unix seconds.
type Claims struct {
	Issuer       string
	Audience     []string
	ClientID     string
	Scope        []string
	ID           string // jti
	IssuedAt     int64
	NotBefore    int64
	Expires      int64
	Confirmation Confirmation
}

// A Confirmation binds a token to a key of its holder (RFC 7800). None if
// empty.
type Confirmation struct {
	CertificateS256 string `json:"x5t#S256,omitempty"` // RFC 8705 section 3.1
	KeyThumbprint   string `json:"jkt,omitempty"`      // RFC 9449 section 6.1
}

// append appends the claim cnf, unless it is empty.
func (c Confirmation) append(b []byte) []byte {
	if c == (Confirmation{}) {
		return b
	}
	b = append(b, `,"cnf":`...)
	first := byte('{')
	for _, m := range []struct{ name, value string }{{`"x5t#S256":`, c.CertificateS256}, {`"jkt":`, c.KeyThumbprint}} {
		if m.value != "" {
			b = append(append(b, first), m.name...)
			b, first = appendString(b, m.value), ','
		}
	}
	return append(b, '}')
}

// A Signer signs tokens with one key. It is safe for concurrent use.
type Signer struct {
	algorithm Algorithm
	headers   map[string]string // encoded, with the dot, by typ
	key       crypto.Signer
}

// NewSigner returns a signer with the key that kid and x5t name. All that is
// known of the private key is that it signs, so that one in hardware will do.
func NewSigner(a Algorithm, kid, x5t string, key crypto.Signer) *Signer {
	s := &Signer{algorithm: a, headers: map[string]string{}, key: key}
	for _, typ := range Types() {
		b := append(appendString([]byte(`{"alg":`), string(a)), `,"kid":`...)
		b = appendString(b, kid)
		b = append(b, `,"x5t":`...)
		b = appendString(b, x5t)
		b = append(b, `,"typ":`...)
		b = append(appendString(b, typ), '}')
		s.headers[typ] = encoding.EncodeToString(b) + "."
	}
	return s
}

// Token returns the signed token. With [TypeATJWT] it has the form of RFC 9068:
// the scope is one string, and there is a sub.
func (s *Signer) Token(typ string, c *Claims) (string, error) {
	header, ok := s.headers[typ]
	if !ok {
		return "", fmt.Errorf("sign token: unknown type %q", typ)
	}
	payload := c.append(make([]byte, 0, 768), typ)
	size := len(header) + encoding.EncodedLen(len(payload))
	buf := make([]byte, 0, size+1+encoding.EncodedLen(512))
	buf = append(buf, header...)
	buf = encoding.AppendEncode(buf, payload)
	signature, err := s.algorithm.sign(s.key, buf)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	buf = append(buf, '.')
	return string(encoding.AppendEncode(buf, signature)), nil
}

// append appends the claims as JSON.
func (c *Claims) append(b []byte, typ string) []byte {
	number := func(name string, n int64) {
		b = append(b, name...)
		b = strconv.AppendInt(b, n, 10)
	}
	text := func(name, s string) {
		b = append(b, name...)
		b = appendString(b, s)
	}
	number(`{"nbf":`, c.NotBefore)
	number(`,"exp":`, c.Expires)
	number(`,"iat":`, c.IssuedAt)
	text(`,"iss":`, c.Issuer)
	b = appendStrings(append(b, `,"aud":`...), c.Audience)
	text(`,"client_id":`, c.ClientID)
	if typ == TypeATJWT {
		text(`,"sub":`, c.ClientID)
		text(`,"scope":`, strings.Join(c.Scope, " "))
	} else {
		b = appendStrings(append(b, `,"scope":`...), c.Scope)
	}
	text(`,"jti":`, c.ID)
	b = c.Confirmation.append(b)
	return append(b, '}')
}

func appendStrings(b []byte, all []string) []byte {
	b = append(b, '[')
	for i, s := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendString appends s as a JSON string (RFC 8259 section 7).
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, fmt.Sprintf(`\u%04x`, c)...)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// A Token is a token that was taken apart but not yet verified.
type Token struct {
	KeyID     string    // kid
	algorithm Algorithm // what it says of itself
	signed    string    // header and payload with the dot between them
	payload   string
	signature []byte
}

// header has what is read of a header. All else in it is ignored, but crit,
// which must not be there since we know no extensions (RFC 7515 section
// 4.1.11).
type header struct {
	Algorithm Algorithm       `json:"alg"`
	Type      string          `json:"typ"`
	KeyID     string          `json:"kid"`
	Critical  json.RawMessage `json:"crit"`
}

var errForm = errors.New("not a token of ours")

// Parse takes a token apart. It verifies nothing but the form.
func Parse(raw string) (Token, error) {
	if len(raw) > MaxSize {
		return Token{}, errForm
	}
	head, rest, ok := strings.Cut(raw, ".")
	payload, sig, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || strings.Contains(sig, ".") || strings.ContainsAny(raw, "\r\n") {
		return Token{}, errForm
	}
	b, err := encoding.DecodeString(head)
	if err != nil {
		return Token{}, errForm
	}
	var h header
	if err := json.Unmarshal(b, &h); err != nil {
		return Token{}, errForm
	}
	typed := strings.EqualFold(h.Type, TypeJWT) || strings.EqualFold(h.Type, TypeATJWT)
	if !slices.Contains(Algorithms(), h.Algorithm) || !typed || h.Critical != nil {
		return Token{}, errForm
	}
	signature, err := encoding.DecodeString(sig)
	if err != nil {
		return Token{}, errForm
	}
	return Token{KeyID: h.KeyID, algorithm: h.Algorithm, signed: raw[:len(head)+1+len(payload)], payload: payload, signature: signature}, nil
}

// Verify verifies the signature by the key's algorithm and returns the claims.
// A token that names another one is refused. It does not look at what the
// claims say.
func (t *Token) Verify(a Algorithm, key crypto.PublicKey) (Claims, error) {
	if t.algorithm != a || !a.verify(key, t.signed, t.signature) {
		return Claims{}, errForm
	}
	b, err := encoding.DecodeString(t.payload)
	if err != nil {
		return Claims{}, errForm
	}
	return parseClaims(b)
}

// words is a list of strings, which may also be written as one string.
type words []string

// UnmarshalJSON implements [json.Unmarshaler].
func (w *words) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*w = strings.Fields(s)
		return nil
	}
	return json.Unmarshal(b, (*[]string)(w))
}

func parseClaims(b []byte) (Claims, error) {
	var c struct {
		NotBefore    int64        `json:"nbf"`
		Expires      int64        `json:"exp"`
		IssuedAt     int64        `json:"iat"`
		Issuer       string       `json:"iss"`
		Audience     []string     `json:"aud"`
		ClientID     string       `json:"client_id"`
		Scope        words        `json:"scope"`
		ID           string       `json:"jti"`
		Confirmation Confirmation `json:"cnf"`
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return Claims{}, errForm
	}
	return Claims{
		Issuer: c.Issuer, Audience: c.Audience, ClientID: c.ClientID, Scope: c.Scope, ID: c.ID,
		IssuedAt: c.IssuedAt, NotBefore: c.NotBefore, Expires: c.Expires, Confirmation: c.Confirmation,
	}, nil
}
