package simulator

import (
	"context"
	"strings"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/problem"
)

// Holders implements [bank.PayeeVerifier], from the books of all simulated
// banks.
func (b *connector) Holders(ctx context.Context, account bank.Reference) ([]string, error) {
	a, found, err := b.creditor(ctx, &bank.PaymentOrder{Creditor: bank.Party{Reference: account}})
	if err != nil {
		return nil, err
	}
	if !found || a.Payment == nil || a.Payment.OwnerName == "" {
		return nil, problem.New(problem.ResourceUnknown, "no bank has this account")
	}
	return strings.Split(a.Payment.OwnerName, ", "), nil
}
