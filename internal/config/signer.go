package config

// A KeysConfig says who has the private keys that sign tokens.
type KeysConfig struct {
	// Signer is "builtin", the program itself; "libcrypto", OpenSSL's library,
	// which makes RSA signatures faster; or "pkcs11", a hardware security module.
	// The latter two need a program that was built with them. Defaults to
	// "builtin".
	Signer string
	// Module is the path of the PKCS #11 library of the module, Token the label
	// of the token in it. No defaults; "pkcs11" needs both.
	Module, Token string
	// PinFile names the file with the PIN of the token. No default; not needed
	// if SLUSS_KEYS_PIN in the environment is the PIN itself.
	PinFile string
}

// check returns the faults by key.
func (k *KeysConfig) check() map[string]string {
	faults := map[string]string{"keys.signer": oneOf(k.Signer, "builtin", "libcrypto", pkcs11)}
	if k.Signer != pkcs11 {
		return faults
	}
	if k.Module == "" {
		faults["keys.module"] = "is missing: it is the path of the PKCS #11 library, such as \"/usr/lib/softhsm/libsofthsm2.so\""
	}
	if k.Token == "" {
		faults["keys.token"] = "is missing: it is the label of the token in the module"
	}
	return faults
}

// pkcs11 is the signer that needs a PIN.
const pkcs11 = "pkcs11"

// PIN returns the PIN of the token that has the signing keys: that of
// SLUSS_KEYS_PIN if it is set, else that of Keys.PinFile. It is empty if no
// token is used.
func (c *Config) PIN(getenv func(string) string) (string, error) {
	if c.Keys.Signer != pkcs11 {
		return "", nil
	}
	return secret("SLUSS_KEYS_PIN", "keys.pinFile", "token's PIN", c.Keys.PinFile, getenv)
}
