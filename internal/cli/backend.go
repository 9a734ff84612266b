package cli

import (
	"fmt"

	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/keyring/hsm"
	"sluss.example/sluss/internal/keyring/libcrypto"
)

// openKeys opens what has the private keys that sign tokens. The caller closes
// it.
func openKeys(c *config.Config, env *Env) (b keyring.Backend, err error) {
	switch c.Keys.Signer {
	case "libcrypto":
		b, err = libcrypto.New()
	case "pkcs11":
		var pin string
		if pin, err = c.PIN(env.Getenv); err == nil {
			b, err = hsm.Open(hsm.Config{Module: c.Keys.Module, Token: c.Keys.Token, PIN: pin})
		}
	default:
		return keyring.Builtin{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("keys.signer %q: %w", c.Keys.Signer, err)
	}
	return b, nil
}
