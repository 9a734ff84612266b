package certificate

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

// An attribute is one part of a distinguished name: the type as dotted digits,
// and the value as it is compared.
type attribute struct{ kind, value string }

// A name is a distinguished name in the order of RFC 4514: the last part of the
// encoded one comes first. The attributes of a part are sorted.
type name [][]attribute

var errName = errors.New("not a distinguished name as in RFC 4514, such as CN=ledger,O=Example AB,C=SE")

// kinds are the types that have a short name: RFC 4514 section 3, and some that
// certificates have.
func kinds() map[string]string {
	return map[string]string{
		"CN": "2.5.4.3", "SN": "2.5.4.4", "SERIALNUMBER": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8",
		"STREET": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "TITLE": "2.5.4.12", "POSTALCODE": "2.5.4.17",
		"GIVENNAME": "2.5.4.42", "ORGANIZATIONIDENTIFIER": "2.5.4.97", "DC": "0.9.2342.19200300.100.1.25",
		"UID": "0.9.2342.19200300.100.1.1", "EMAILADDRESS": "1.2.840.113549.1.9.1",
	}
}

// parseName parses the text of a distinguished name.
func parseName(s string) (name, error) {
	p := nameParser{rest: s, kinds: kinds()}
	var n name
	for {
		var part []attribute
		for {
			a, err := p.attribute()
			if err != nil {
				return nil, err
			}
			part = append(part, a)
			if !p.take('+') {
				break
			}
		}
		n = append(n, sortedPart(part))
		if p.rest == "" {
			return n, nil
		}
		if !p.take(',') {
			return nil, errName
		}
	}
}

// nameOf returns the name that DER encodes. It refuses values that are no
// strings.
func nameOf(der []byte) (name, error) {
	var parts pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &parts); err != nil || len(rest) > 0 {
		return nil, errName
	}
	n := make(name, 0, len(parts))
	for _, part := range slices.Backward(parts) {
		var attributes []attribute
		for _, a := range part {
			s, ok := a.Value.(string)
			if !ok {
				return nil, errName
			}
			attributes = append(attributes, attribute{a.Type.String(), folded(s)})
		}
		n = append(n, sortedPart(attributes))
	}
	return n, nil
}

func (n name) equal(o name) bool { return slices.EqualFunc(n, o, slices.Equal[[]attribute]) }

func sortedPart(part []attribute) []attribute {
	slices.SortFunc(part, func(a, b attribute) int {
		if c := strings.Compare(a.kind, b.kind); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	return part
}

// folded returns a value as caseIgnoreMatch compares it (RFC 4517 section
// 4.2.11).
func folded(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// A nameParser takes a text apart from the left.
type nameParser struct {
	rest  string
	kinds map[string]string
}

// take takes c off the front.
func (p *nameParser) take(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// attribute takes one attribute off the front.
func (p *nameParser) attribute() (attribute, error) {
	kind, rest, ok := strings.Cut(p.rest, "=")
	if !ok {
		return attribute{}, errName
	}
	kind = strings.ToUpper(strings.TrimSpace(kind))
	if known, short := p.kinds[kind]; short {
		kind = known
	} else if kind = strings.TrimPrefix(kind, "OID."); !isDotted(kind) {
		return attribute{}, errName
	}
	p.rest = strings.TrimLeft(rest, " ")
	value, err := p.value()
	if err != nil || value == "" {
		return attribute{}, errName
	}
	return attribute{kind, folded(value)}, nil
}

func isDotted(s string) bool {
	return s != "" && strings.Contains(s, ".") && strings.Trim(s, "0123456789.") == "" && !strings.Contains(s, "..") &&
		s[0] != '.' && s[len(s)-1] != '.'
}

// value takes a value off the front, up to a comma or a plus sign.
func (p *nameParser) value() (string, error) {
	if p.take('#') {
		return p.encoded()
	}
	var b []byte
	for p.rest != "" && p.rest[0] != ',' && p.rest[0] != '+' {
		c := p.rest[0]
		p.rest = p.rest[1:]
		if strings.IndexByte("\";<>\x00", c) >= 0 {
			return "", errName
		}
		if c != '\\' {
			b = append(b, c)
			continue
		}
		c, err := p.escaped()
		if err != nil {
			return "", err
		}
		b = append(b, c)
	}
	return string(b), nil
}

// escaped takes what follows a backslash off the front.
func (p *nameParser) escaped() (byte, error) {
	if p.rest == "" {
		return 0, errName
	}
	if c := p.rest[0]; strings.IndexByte(" \"#+,;<=>\\", c) >= 0 {
		p.rest = p.rest[1:]
		return c, nil
	}
	if len(p.rest) < 2 {
		return 0, errName
	}
	b, err := hex.DecodeString(p.rest[:2])
	if err != nil {
		return 0, errName
	}
	p.rest = p.rest[2:]
	return b[0], nil
}

// encoded takes a value in BER off the front.
func (p *nameParser) encoded() (string, error) {
	end := strings.IndexAny(p.rest, ",+")
	if end < 0 {
		end = len(p.rest)
	}
	der, err := hex.DecodeString(strings.TrimRight(p.rest[:end], " "))
	if err != nil {
		return "", errName
	}
	p.rest = p.rest[end:]
	var v any
	if rest, err := asn1.Unmarshal(der, &v); err != nil || len(rest) > 0 {
		return "", errName
	}
	s, ok := v.(string)
	if !ok {
		return "", errName
	}
	return s, nil
}
