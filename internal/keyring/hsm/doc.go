// Package hsm is the key backend of a hardware security module, by PKCS #11
// 2.40. It is there in programs that are built with cgo and the tag pkcs11.
//
// The module makes the keys and never gives them away. What the store has of
// one is its name as a PKCS #11 URI (RFC 7512); keys that are sealed in the
// store still sign, so that an installation may move to a module, one key
// after the other, without a break. Every signature is verified before anybody
// sees it.
package hsm

// A Config says which token of which module has the keys.
type Config struct {
	Module string // path of the vendor's library
	Token  string // label
	PIN    string // of the user; never logged
}
