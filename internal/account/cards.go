package account

import (
	"context"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/trace"
)

// CardAccounts returns the card accounts that the consent covers: none where
// the bank has no cards to read.
func (s *Service) CardAccounts(ctx context.Context, r Request, withBalance bool) (CardList, error) {
	v, err := s.open(ctx, r)
	if err != nil {
		return CardList{}, err
	}
	list := CardList{Cards: []Card{}, EmptyAs204: v.profile().EmptyAs204}
	if err := v.count(ctx, cardListKind, ""); err != nil || v.cards == nil {
		return list, err
	}
	called, span := trace.Start(ctx, "bank.CardAccounts")
	all, err := v.cards.CardAccounts(called, v.customer)
	span.End(err)
	if err != nil {
		return list, err
	}
	ids := v.ids()
	for i := range all {
		rights, covered := cardRightsTo(&v.consent, &all[i])
		if !covered {
			continue
		}
		c := Card{CardAccount: all[i], ResourceID: ids.id(all[i].ID), Rights: rights}
		if withBalance {
			if err := v.addCardBalances(ctx, &c); err != nil {
				return list, err
			}
			list.NoBalances = list.NoBalances || c.NoBalances
		}
		list.Cards = append(list.Cards, c)
	}
	return list, nil
}

// CardAccount returns one card account. It reports the same as Account.
func (s *Service) CardAccount(ctx context.Context, r Request, id string, withBalance bool) (Card, error) {
	v, c, err := s.card(ctx, r, id)
	if err != nil {
		return c, err
	}
	if !c.Rights.Details {
		return c, notCovered("account details")
	}
	if err := v.count(ctx, detailsKind, c.ResourceID); err != nil {
		return c, err
	}
	if withBalance {
		err = v.addCardBalances(ctx, &c)
	}
	return c, err
}

// CardBalances returns one card account with its balances. It reports the same
// as Account.
func (s *Service) CardBalances(ctx context.Context, r Request, id string) (Card, error) {
	v, c, err := s.card(ctx, r, id)
	if err != nil {
		return c, err
	}
	if !c.Rights.Balances {
		return c, notCovered("balances")
	}
	if err := v.count(ctx, balancesKind, c.ResourceID); err != nil {
		return c, err
	}
	return c, v.addCardBalances(ctx, &c)
}

// card is account for a card account.
func (s *Service) card(ctx context.Context, r Request, id string) (*view, Card, error) {
	v, err := s.open(ctx, r)
	if err != nil {
		return nil, Card{}, err
	}
	if v.cards == nil {
		return nil, Card{}, unknownAccount()
	}
	called, span := trace.Start(ctx, "bank.CardAccounts")
	all, err := v.cards.CardAccounts(called, v.customer)
	span.End(err)
	if err != nil {
		return nil, Card{}, err
	}
	ids := v.ids()
	for i := range all {
		if own := ids.id(all[i].ID); sameID(own, id) {
			rights, covered := cardRightsTo(&v.consent, &all[i])
			if !covered {
				return nil, Card{}, notCovered("this account")
			}
			return v, Card{CardAccount: all[i], ResourceID: own, Rights: rights}, nil
		}
	}
	return nil, Card{}, unknownAccount()
}

func (v *view) addCardBalances(ctx context.Context, c *Card) (err error) {
	if c.NoBalances = !c.Rights.Balances; c.NoBalances {
		return nil
	}
	called, span := trace.Start(ctx, "bank.CardBalances")
	c.Balances, err = v.cards.CardBalances(called, v.customer, c.ID)
	span.End(err)
	if c.Balances == nil {
		c.Balances = []bank.Balance{}
	}
	return err
}
