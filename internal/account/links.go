package account

import (
	"context"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/trace"
)

// HasCards reports whether the consent covers a card account. It asks the
// bank; a bank that does not answer has none.
func (s *Service) HasCards(ctx context.Context, c *consent.Consent) bool {
	conn, _ := s.Banks.Bank(c.BICFI)
	reader, ok := conn.(bank.CardReader)
	if !ok {
		return false
	}
	called, span := trace.Start(ctx, "bank.CardAccounts")
	cards, err := reader.CardAccounts(called, bank.Customer{
		Context: c.Owner.Context, PSU: c.Owner.PSU, Organisation: c.Owner.Organisation, Affiliate: c.Affiliate,
	})
	span.End(err)
	if err != nil {
		return false
	}
	for i := range cards {
		if _, covered := cardRightsTo(c, &cards[i]); covered {
			return true
		}
	}
	return false
}
