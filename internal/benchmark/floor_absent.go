//go:build !libcrypto || !cgo

package benchmark

import "sluss.example/sluss/internal/keyring/libcrypto"

// libcryptoSigner reports that this program was built without libcrypto.
func libcryptoSigner() (func(digest []byte) ([]byte, error), error) {
	_, err := libcrypto.New()
	return nil, err
}
