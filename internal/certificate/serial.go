package certificate

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// parseSerial parses a serial number as tools print it.
func parseSerial(s string) (*big.Int, error) {
	digits := strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "0x"), ":", "")
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) == 0 || len(b) > 21 {
		return nil, fmt.Errorf("%.50q is no serial number; write it in hexadecimal, such as \"0a:1b:2c\"", s)
	}
	return new(big.Int).SetBytes(b), nil
}

// parseRevocations parses a revocation list in PEM or DER.
func parseRevocations(file []byte) (*x509.RevocationList, error) {
	if block, _ := pem.Decode(file); block != nil {
		if block.Type != "X509 CRL" {
			return nil, errors.New("the PEM is no revocation list (X509 CRL)")
		}
		file = block.Bytes
	}
	list, err := x509.ParseRevocationList(file)
	if err != nil {
		return nil, errors.New("it cannot be read as a revocation list")
	}
	return list, nil
}
