//go:build pkcs11 && cgo

package hsm

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync/atomic"

	"github.com/miekg/pkcs11"

	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
)

// What PKCS #11 3.0 has for Ed25519, which the library does not name.
const (
	ckmEdwardsGenerate = 0x1055
	ckmEdDSA           = 0x1057
)

// A kind is how the keys of an algorithm are made, read and used.
type kind struct {
	generate uint
	public   func() []*pkcs11.Attribute // of the public key, when it is made
	read     []uint                     // attributes that the public key is read from
	parse    func(values [][]byte) (crypto.PublicKey, error)
	sign     func() *pkcs11.Mechanism
	// hash is that of what is signed; 0 if it is the message itself.
	hash crypto.Hash
	pss  bool
	// wrap turns what goes to the module, and what comes back, into its form.
	in, out func([]byte) ([]byte, error)
	verify  func(public crypto.PublicKey, digest, signature []byte) bool
}

var kinds = map[jose.Algorithm]*kind{
	jose.RS256: {
		generate: pkcs11.CKM_RSA_PKCS_KEY_PAIR_GEN, public: rsaPublic, read: rsaRead, parse: parseRSA, hash: crypto.SHA256,
		sign: func() *pkcs11.Mechanism { return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil) },
		in:   digestInfo, out: same,
		verify: func(public crypto.PublicKey, digest, signature []byte) bool {
			return rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), crypto.SHA256, digest, signature) == nil
		},
	},
	jose.PS256: {
		generate: pkcs11.CKM_RSA_PKCS_KEY_PAIR_GEN, public: rsaPublic, read: rsaRead, parse: parseRSA, hash: crypto.SHA256, pss: true,
		sign: func() *pkcs11.Mechanism {
			return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, pkcs11.NewPSSParams(pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256, 32))
		},
		in: same, out: same,
		verify: func(public crypto.PublicKey, digest, signature []byte) bool {
			return rsa.VerifyPSS(public.(*rsa.PublicKey), crypto.SHA256, digest, signature, &rsa.PSSOptions{SaltLength: 32}) == nil
		},
	},
	jose.ES256: {
		generate: pkcs11.CKM_EC_KEY_PAIR_GEN, public: curve(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}),
		read: []uint{pkcs11.CKA_EC_POINT}, parse: parseP256, hash: crypto.SHA256,
		sign: func() *pkcs11.Mechanism { return pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil) },
		in:   same, out: toDER,
		verify: func(public crypto.PublicKey, digest, signature []byte) bool {
			return ecdsa.VerifyASN1(public.(*ecdsa.PublicKey), digest, signature)
		},
	},
	jose.EdDSA: {
		generate: ckmEdwardsGenerate, public: curve("edwards25519"), // RFC 8410 has an OID, which fewer modules know
		read: []uint{pkcs11.CKA_EC_POINT}, parse: parseEd25519,
		sign: func() *pkcs11.Mechanism { return pkcs11.NewMechanism(ckmEdDSA, nil) },
		in:   same, out: same,
		verify: func(public crypto.PublicKey, message, signature []byte) bool {
			return ed25519.Verify(public.(ed25519.PublicKey), message, signature)
		},
	},
}

var rsaRead = []uint{pkcs11.CKA_MODULUS, pkcs11.CKA_PUBLIC_EXPONENT}

func rsaPublic() []*pkcs11.Attribute {
	return []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_MODULUS_BITS, keyring.RSABits),
		pkcs11.NewAttribute(pkcs11.CKA_PUBLIC_EXPONENT, []byte{1, 0, 1}),
	}
}

// curve returns what names a curve: its OID, or its name.
func curve(of any) func() []*pkcs11.Attribute {
	return func() []*pkcs11.Attribute {
		var der []byte
		if name, ok := of.(string); ok {
			der, _ = asn1.MarshalWithParams(name, "printable") // cannot fail, as below
		} else {
			der, _ = asn1.Marshal(of)
		}
		return []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, der)}
	}
}

var errPublic = errors.New("the token's public key is of another kind")

func parseRSA(values [][]byte) (crypto.PublicKey, error) {
	e := new(big.Int).SetBytes(values[1])
	if !e.IsInt64() || e.Int64() > 1<<31-1 {
		return nil, errPublic
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(values[0]), E: int(e.Int64())}, nil
}

// point returns an EC point, which modules give in an OCTET STRING, as they
// should, or bare.
func point(value []byte, size int) []byte {
	var inner []byte
	if rest, err := asn1.Unmarshal(value, &inner); err == nil && len(rest) == 0 && len(inner) == size {
		return inner
	}
	return value
}

func parseP256(values [][]byte) (crypto.PublicKey, error) {
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point(values[0], 65))
}

func parseEd25519(values [][]byte) (crypto.PublicKey, error) {
	p := point(values[0], ed25519.PublicKeySize)
	if len(p) != ed25519.PublicKeySize {
		return nil, errPublic
	}
	return ed25519.PublicKey(p), nil
}

func same(b []byte) ([]byte, error) { return b, nil }

// digestInfo puts a SHA-256 digest into the DigestInfo of RFC 8017 section 9.2.
func digestInfo(digest []byte) ([]byte, error) {
	return append([]byte{
		0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
	}, digest...), nil
}

// toDER turns the two numbers of an ECDSA signature into DER.
func toDER(raw []byte) ([]byte, error) {
	if len(raw) == 0 || len(raw)%2 != 0 {
		return nil, errors.New("the token made no ECDSA signature")
	}
	half := len(raw) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
}

// readPublic reads the public key with the id.
func (b *backend) readPublic(s pkcs11.SessionHandle, k *kind, id []byte) (crypto.PublicKey, error) {
	o, err := b.find(s, pkcs11.CKO_PUBLIC_KEY, id)
	if err != nil {
		return nil, err
	}
	var want []*pkcs11.Attribute
	for _, a := range k.read {
		want = append(want, pkcs11.NewAttribute(a, nil))
	}
	got, err := b.ctx.GetAttributeValue(s, o, want)
	if err != nil {
		return nil, fmt.Errorf("read the public key: %w", err)
	}
	var values [][]byte
	for _, a := range got {
		values = append(values, a.Value)
	}
	return k.parse(values)
}

// A signer signs with a key in the token.
type signer struct {
	backend *backend
	kind    *kind
	id      []byte
	public  crypto.PublicKey
	handle  atomic.Uint64 // of the private key; changes if the module starts anew
}

// Public implements [crypto.Signer].
func (s *signer) Public() crypto.PublicKey { return s.public }

// Sign implements [crypto.Signer], in the way of the key's algorithm alone.
func (s *signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	_, pss := opts.(*rsa.PSSOptions)
	if opts.HashFunc() != s.kind.hash || pss != s.kind.pss || s.kind.hash != 0 && len(digest) != s.kind.hash.Size() {
		return nil, errors.New("the key does not sign in this way")
	}
	in, err := s.kind.in(digest)
	if err != nil {
		return nil, err
	}
	out, err := s.raw(in)
	if err != nil {
		// The module may have started anew since, and then has other handles.
		if out, err = s.again(in); err != nil {
			return nil, fmt.Errorf("sign in the token: %w", err)
		}
	}
	if out, err = s.kind.out(out); err != nil {
		return nil, err
	}
	if !s.kind.verify(s.public, digest, out) {
		return nil, errors.New("the token made a signature that is wrong; it was thrown away")
	}
	return out, nil
}

// raw has the module sign.
func (s *signer) raw(in []byte) (out []byte, err error) {
	err = s.backend.with(func(session pkcs11.SessionHandle) error {
		out, err = s.sign(session, in)
		return err
	})
	return out, err
}

func (s *signer) sign(session pkcs11.SessionHandle, in []byte) ([]byte, error) {
	handle := pkcs11.ObjectHandle(s.handle.Load())
	if err := s.backend.ctx.SignInit(session, []*pkcs11.Mechanism{s.kind.sign()}, handle); err != nil {
		return nil, err
	}
	return s.backend.ctx.Sign(session, in)
}

// again looks for the key and has it sign, in a new session.
func (s *signer) again(in []byte) (out []byte, err error) {
	session, err := s.backend.newSession()
	if err != nil {
		return nil, err
	}
	handle, err := s.backend.find(session, pkcs11.CKO_PRIVATE_KEY, s.id)
	if err == nil {
		s.handle.Store(uint64(handle))
		out, err = s.sign(session, in)
	}
	return out, errors.Join(err, s.backend.ctx.CloseSession(session))
}
