//go:build libcrypto && cgo

package libcrypto

/*
#cgo LDFLAGS: -lcrypto
#cgo noescape sluss_key
#cgo nocallback sluss_key
#cgo noescape sluss_sign
#cgo nocallback sluss_sign
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

// sluss_key reads a private key in PKCS #8; NULL if it is none.
static EVP_PKEY *sluss_key(const unsigned char *der, long n) {
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &der, n);
	if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		ERR_clear_error();
		return NULL;
	}
	return key;
}

// sluss_context returns a context that signs or verifies SHA-256 digests again
// and again; NULL if there is no memory for it.
static EVP_PKEY_CTX *sluss_context(EVP_PKEY *key, int pss, int verify) {
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	if (c != NULL && (verify ? EVP_PKEY_verify_init(c) : EVP_PKEY_sign_init(c)) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(c, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
		EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1 &&
		(!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(c, 32) == 1))
		return c;
	EVP_PKEY_CTX_free(c);
	ERR_clear_error();
	return NULL;
}

// sluss_sign signs a digest of 32 bytes and verifies the signature. It returns 1
// if both went well, 0 if there is no signature, and -1 if it is wrong; out has
// nothing of it then.
static int sluss_sign(EVP_PKEY_CTX *sign, EVP_PKEY_CTX *verify, const unsigned char *digest, unsigned char *out, size_t n) {
	size_t got = n;
	int ok = EVP_PKEY_sign(sign, out, &got, digest, 32) == 1 && got == n;
	if (ok && EVP_PKEY_verify(verify, out, n, digest, 32) != 1)
		ok = -1;
	if (ok != 1) {
		OPENSSL_cleanse(out, n);
		ERR_clear_error(); // the queue is the thread's, which others will use
	}
	return ok;
}

static const char *sluss_version(void) { return OpenSSL_version(OPENSSL_VERSION); }
*/
import "C"

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"io"
	"runtime"
	"unsafe"

	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
)

// Built says whether this program has the backend.
const Built = true

// Version returns the name of the library that is linked.
func Version() string { return C.GoString(C.sluss_version()) }

// A backend makes RSA signatures by libcrypto, and all else as the program
// itself does.
type backend struct{ keyring.Builtin }

// New returns the backend.
func New() (keyring.Backend, error) { return backend{}, nil }

// Open implements [keyring.Backend].
func (b backend) Open(a jose.Algorithm, p keyring.Private) (crypto.Signer, error) {
	key, err := b.Builtin.Open(a, p) // checks the key as well
	if err != nil {
		return nil, err
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok || a != jose.RS256 && a != jose.PS256 {
		return key, nil
	}
	return newSigner(p.PKCS8, &private.PublicKey, a == jose.PS256)
}

// A signer signs with one RSA key. libcrypto has the only copy of it.
type signer struct {
	public *rsa.PublicKey
	pss    bool
	size   int
	*resources
}

// resources are what C has of a signer. They are freed once it is garbage.
type resources struct {
	key  *C.EVP_PKEY
	idle chan contexts // those that nobody uses
}

// contexts belong to one signature at a time, so to one thread.
type contexts struct{ sign, verify *C.EVP_PKEY_CTX }

func newSigner(pkcs8 []byte, public *rsa.PublicKey, pss bool) (*signer, error) {
	key := C.sluss_key((*C.uchar)(unsafe.SliceData(pkcs8)), C.long(len(pkcs8)))
	if key == nil {
		return nil, errors.New("libcrypto does not take the private key")
	}
	s := &signer{public: public, pss: pss, size: public.Size(), resources: &resources{key, make(chan contexts, runtime.GOMAXPROCS(0))}}
	runtime.AddCleanup(s, (*resources).free, s.resources)
	return s, nil
}

// free gives back all that C has. Nobody signs any more.
func (r *resources) free() {
	close(r.idle)
	for c := range r.idle {
		c.free()
	}
	C.EVP_PKEY_free(r.key)
}

func (c contexts) free() {
	C.EVP_PKEY_CTX_free(c.sign)
	C.EVP_PKEY_CTX_free(c.verify)
}

// Public implements [crypto.Signer].
func (s *signer) Public() crypto.PublicKey { return s.public }

// Sign implements [crypto.Signer] for SHA-256 digests, in the way of the key's
// algorithm alone.
func (s *signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 || len(digest) != crypto.SHA256.Size() || !s.takes(opts) {
		return nil, errors.New("the key does not sign in this way")
	}
	c, err := s.take()
	if err != nil {
		return nil, err
	}
	out := make([]byte, s.size)
	ok := C.sluss_sign(c.sign, c.verify, (*C.uchar)(unsafe.SliceData(digest)), (*C.uchar)(unsafe.SliceData(out)), C.size_t(len(out)))
	if ok == 1 {
		s.give(c)
	} else {
		c.free()
	}
	runtime.KeepAlive(s)
	switch ok {
	case 1:
		return out, nil
	case -1:
		return nil, errors.New("libcrypto made a signature that is wrong; it was thrown away")
	}
	return nil, errors.New("libcrypto does not sign")
}

// takes reports whether the options are those of the key's algorithm.
func (s *signer) takes(opts crypto.SignerOpts) bool {
	pss, ok := opts.(*rsa.PSSOptions)
	if !ok {
		return !s.pss
	}
	return s.pss && (pss.SaltLength == rsa.PSSSaltLengthEqualsHash || pss.SaltLength == crypto.SHA256.Size())
}

// take returns contexts that nobody uses.
func (s *signer) take() (contexts, error) {
	select {
	case c := <-s.idle:
		return c, nil
	default:
	}
	c := contexts{C.sluss_context(s.key, s.padding(), 0), C.sluss_context(s.key, s.padding(), 1)}
	if c.sign == nil || c.verify == nil {
		c.free()
		return contexts{}, errors.New("libcrypto has no memory for a signature")
	}
	return c, nil
}

func (s *signer) padding() C.int {
	if s.pss {
		return 1
	}
	return 0
}

// give keeps contexts for the next signature.
func (s *signer) give(c contexts) {
	select {
	case s.idle <- c:
	default: // more signed at once than usual
		c.free()
	}
}
