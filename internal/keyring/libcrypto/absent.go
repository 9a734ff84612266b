//go:build !libcrypto || !cgo

package libcrypto

import (
	"errors"

	"sluss.example/sluss/internal/keyring"
)

// Built says whether this program has the backend.
const Built = false

// New reports that this program was built without libcrypto.
func New() (keyring.Backend, error) {
	return nil, errors.New("this program was built without libcrypto: install OpenSSL 3 (libssl-dev) and a C compiler, and " +
		"build it by \"CGO_ENABLED=1 go build -tags libcrypto ./cmd/sluss\"")
}

// Version returns the name of the library that is linked, which is none.
func Version() string { return "" }
