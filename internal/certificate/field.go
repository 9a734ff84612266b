package certificate

import (
	"crypto/x509"
	"encoding/base64"
	"net/url"
	"strings"

	"sluss.example/sluss/internal/problem"
)

const (
	maxField = 32 << 10 // bytes of a header field with a certificate
	maxChain = 8        // certificates
)

// ErrField returns the problem.CertificateInvalid of a header field that has no
// certificate that can be read.
func ErrField() error {
	return problem.New(problem.CertificateInvalid, "the proxy's header has no certificate that can be read")
}

// ParseField parses the certificate that a proxy tells of in a header field: as
// RFC 9440 section 2.2 has it (DER in base64 between colons), as PEM, also
// percent-encoded or with blanks for its line ends, or as bare DER in base64.
// PEM may go on with the certificates of the issuers.
func ParseField(value string) (*Presented, error) {
	value = strings.TrimSpace(value)
	if value == "" || len(value) > maxField {
		return nil, ErrField()
	}
	if strings.Contains(value, "%") {
		var err error
		if value, err = url.PathUnescape(value); err != nil {
			return nil, ErrField()
		}
	}
	var chain []*x509.Certificate
	var err error
	switch {
	case strings.HasPrefix(value, ":"):
		chain, err = parseList(value)
	case strings.HasPrefix(value, pemBegin):
		chain, err = parseFolded(value)
	default:
		chain, err = appendDER(nil, value)
	}
	if err != nil || len(chain) == 0 || value[0] == ':' && len(chain) > 1 {
		return nil, ErrField()
	}
	return &Presented{Leaf: chain[0], Intermediates: chain[1:]}, nil
}

// ParseChain parses a Client-Cert-Chain field (RFC 9440 section 2.3), the
// issuers of a certificate. None if empty.
func ParseChain(value string) ([]*x509.Certificate, error) {
	if strings.TrimSpace(value) == "" {
		return nil, nil
	}
	if len(value) > maxField*maxChain {
		return nil, ErrField()
	}
	return parseList(value)
}

// parseList parses byte sequences of RFC 9651 section 3.3.5 with commas
// between them.
func parseList(value string) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		if len(item) < 3 || item[0] != ':' || item[len(item)-1] != ':' {
			return nil, ErrField()
		}
		var err error
		if chain, err = appendDER(chain, item[1:len(item)-1]); err != nil {
			return nil, err
		}
	}
	return chain, nil
}

const (
	pemBegin = "-----BEGIN CERTIFICATE-----"
	pemEnd   = "-----END CERTIFICATE-----"
)

// parseFolded parses PEM whose line ends may have become blanks on the way
// through a header.
func parseFolded(value string) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for value != "" {
		rest, ok := strings.CutPrefix(value, pemBegin)
		body, after, ok2 := strings.Cut(rest, pemEnd)
		if !ok || !ok2 {
			return nil, ErrField()
		}
		var err error
		if chain, err = appendDER(chain, strings.Join(strings.Fields(body), "")); err != nil {
			return nil, err
		}
		value = strings.TrimSpace(after)
	}
	return chain, nil
}

// appendDER appends the certificate whose DER text is in base64.
func appendDER(chain []*x509.Certificate, text string) ([]*x509.Certificate, error) {
	if len(chain) >= maxChain {
		return nil, ErrField()
	}
	der, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, ErrField()
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, ErrField()
	}
	return append(chain, c), nil
}
