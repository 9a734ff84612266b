// Package libcrypto is the key backend that makes RSA signatures by OpenSSL's
// libcrypto, which knows instructions of processors that Go does not. It is
// there in programs that are built with cgo and the tag libcrypto; keys are
// made and sealed as they are without it, so an installation may change its
// mind at every start.
//
// Every signature is verified before anybody sees it: a fault of the machine
// in the middle of an RSA signature can give the private key away.
package libcrypto
