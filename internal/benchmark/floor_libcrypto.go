//go:build libcrypto && cgo

package benchmark

/*
#cgo LDFLAGS: -lcrypto
#cgo noescape floor_sign
#cgo nocallback floor_sign
#include <openssl/evp.h>
#include <openssl/rsa.h>

// floor_key makes a key, and floor_context what signs with it.
static EVP_PKEY *floor_key(void) { return EVP_RSA_gen(2048); }

static EVP_PKEY_CTX *floor_context(EVP_PKEY *key) {
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	if (c != NULL && EVP_PKEY_sign_init(c) == 1 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
		EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1)
		return c;
	EVP_PKEY_CTX_free(c);
	return NULL;
}

// floor_sign signs a digest of 32 bytes, and does not look whether it is right.
static int floor_sign(EVP_PKEY_CTX *c, const unsigned char *digest, unsigned char *out, size_t n) {
	return EVP_PKEY_sign(c, out, &n, digest, 32) == 1;
}
*/
import "C"

import (
	"errors"
	"runtime"
	"unsafe"
)

// libcryptoSigner returns what signs by libcrypto with a key of its own, as
// many at a time as there are cores. What C has is freed with the process.
func libcryptoSigner() (func(digest []byte) ([]byte, error), error) {
	key := C.floor_key()
	if key == nil {
		return nil, errors.New("libcrypto makes no key")
	}
	contexts := make(chan *C.EVP_PKEY_CTX, runtime.GOMAXPROCS(0))
	for range cap(contexts) {
		c := C.floor_context(key)
		if c == nil {
			return nil, errors.New("libcrypto makes no context")
		}
		contexts <- c
	}
	return func(digest []byte) ([]byte, error) {
		c := <-contexts
		out := make([]byte, 256)
		ok := C.floor_sign(c, (*C.uchar)(unsafe.SliceData(digest)), (*C.uchar)(unsafe.SliceData(out)), C.size_t(len(out)))
		contexts <- c
		if ok != 1 {
			return nil, errors.New("libcrypto does not sign")
		}
		return out, nil
	}, nil
}
