// Package passkeytest is an authenticator for tests: it holds one passkey and
// answers the options of a ceremony as a browser would hand its answer on.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
)

// An Authenticator holds one passkey, a key for ES256.
type Authenticator struct {
	// Origin is where the browser believes to be.
	Origin string
	// Unverified leaves out that the user was verified.
	Unverified bool
	// Counter is the signature counter. It counts if it is not zero.
	Counter uint32

	key  *ecdsa.PrivateKey
	id   []byte
	user string // handle, as options have it
}

// New returns an authenticator without a passkey in a browser at the origin.
func New(origin string) (*Authenticator, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a passkey: %w", err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id) // never fails; see crypto/rand
	return &Authenticator{Origin: origin, key: key, id: id}, nil
}

// The flags of authenticator data (WebAuthn Level 3 section 6.1).
const (
	present  = 0x01
	verified = 0x04
	attested = 0x40
)

type options struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

// Create answers the options of a registration.
func (a *Authenticator) Create(text []byte) ([]byte, error) {
	var o options
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("options: %w", err)
	}
	a.user = o.User.ID
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	data := a.data(o.RP.ID, attested)
	data = append(data, make([]byte, 16)...) // an authenticator of no known make
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(data, a.id...)
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32) // COSE: EC2, ES256, P-256, x
	data = append(data, point[1:33]...)
	data = append(data, 0x22, 0x58, 32) // y
	data = append(data, point[33:]...)
	object := []byte{0xa3, 0x63}
	object = append(object, "fmt"...)
	object = append(object, 0x64)
	object = append(object, "none"...)
	object = append(object, 0x67)
	object = append(object, "attStmt"...)
	object = append(object, 0xa0, 0x68)
	object = append(object, "authData"...)
	object = append(object, 0x59)
	object = binary.BigEndian.AppendUint16(object, uint16(len(data))) //nolint:gosec // some hundred bytes
	object = append(object, data...)
	return a.answer(map[string]any{"clientDataJSON": a.clientData("webauthn.create", o.Challenge), "attestationObject": object, "transports": []string{"internal"}})
}

// Get answers the options of a sign-in.
func (a *Authenticator) Get(text []byte) ([]byte, error) {
	var o options
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("options: %w", err)
	}
	client := a.clientData("webauthn.get", o.Challenge)
	data := a.data(o.RPID, 0)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	handle, err := base64.RawURLEncoding.DecodeString(a.user)
	if err != nil {
		return nil, fmt.Errorf("user handle: %w", err)
	}
	return a.answer(map[string]any{"clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": handle})
}

// data returns authenticator data up to the counter.
func (a *Authenticator) data(rpID string, flags byte) []byte {
	sum := sha256.Sum256([]byte(rpID))
	flags |= present | verified
	if a.Unverified {
		flags &^= verified
	}
	if a.Counter > 0 {
		a.Counter++
	}
	return binary.BigEndian.AppendUint32(append(sum[:], flags), a.Counter)
}

func (a *Authenticator) clientData(kind, challenge string) []byte {
	u, _ := url.Parse(a.Origin)
	text, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": u.Scheme + "://" + u.Host, "crossOrigin": false}) // strings encode
	return text
}

// answer encodes what a browser hands on: bytes as base64url.
func (a *Authenticator) answer(response map[string]any) ([]byte, error) {
	for name, v := range response {
		if b, ok := v.([]byte); ok {
			response[name] = base64.RawURLEncoding.EncodeToString(b)
		}
	}
	id := base64.RawURLEncoding.EncodeToString(a.id)
	text, err := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "clientExtensionResults": map[string]any{"credProps": map[string]any{"rk": true}}, "response": response})
	if err != nil {
		return nil, fmt.Errorf("encode an answer: %w", err)
	}
	return text, nil
}
