package bank

import "context"

// A SignerChecker says before any SCA whether a person may sign. A bank that
// only finds out when the SCA starts does without.
type SignerChecker interface {
	// CheckSigner reports problem.PSUInvalid for a person that the bank
	// refuses and problem.CorporateIDInvalid for an organisation. An empty PSU
	// is no fault.
	CheckSigner(ctx context.Context, c Customer) error
}
