//go:build !pkcs11 || !cgo

package hsm

import (
	"errors"

	"sluss.example/sluss/internal/keyring"
)

// Built says whether this program has the backend.
const Built = false

// Open reports that this program was built without PKCS #11.
func Open(Config) (keyring.Backend, error) {
	return nil, errors.New("this program was built without PKCS #11: build it by " +
		"\"CGO_ENABLED=1 go build -tags pkcs11 ./cmd/sluss\", for which a C compiler is needed")
}
