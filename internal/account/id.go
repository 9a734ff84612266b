package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strings"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/scope"
)

// ids makes the ids that one app knows the accounts of one PSU by.
//
// An id has the form of a UUID. It is a keyed hash of app, bank, context,
// organisation or PSU, and the bank's own id: the same under every consent,
// different for every app, and nothing has to be stored to make it or to look
// it up. In a corporate context it is the same for every PSU of the
// organisation, whose account it is.
type ids struct {
	mac    hash.Hash
	prefix []byte
	sum    [sha256.Size]byte
}

func newIDs(k *Keys, o app.Owner, bicfi ident.BICFI) *ids {
	holder := o.PSU
	if o.Context == scope.Corporate {
		holder = o.Organisation
	}
	m := &ids{mac: hmac.New(sha256.New, k.ResourceID[:])}
	for _, part := range []string{"account", o.ClientID, string(bicfi), string(o.Context), holder} {
		m.prefix = appendPart(m.prefix, part)
	}
	return m
}

// id returns the id of the account that the bank calls bankID.
func (m *ids) id(bankID string) string {
	n := len(m.prefix)
	m.prefix = appendPart(m.prefix, bankID)
	m.mac.Reset()
	m.mac.Write(m.prefix)
	m.prefix = m.prefix[:n]
	b := m.mac.Sum(m.sum[:0])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// appendPart appends s with its length, so that no two lists of parts read the
// same.
func appendPart(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// sameID reports whether a client means own by id.
func sameID(own, id string) bool { return strings.EqualFold(own, id) }
