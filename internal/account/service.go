package account

import (
	"context"
	"errors"

	"sluss.example/sluss/internal/bank"
)

var errTodo = errors.New("not yet")

// Accounts returns the payment accounts that the consent covers.
func (s *Service) Accounts(ctx context.Context, r Request, withBalance bool) (List, error) {
	return List{}, errTodo
}

// Account returns one account.
func (s *Service) Account(ctx context.Context, r Request, id string, withBalance bool) (Account, error) {
	return Account{}, errTodo
}

// Balances returns one account with its balances.
func (s *Service) Balances(ctx context.Context, r Request, id string) (Account, error) {
	return Account{}, errTodo
}

// Transactions returns a page of the transactions of an account.
func (s *Service) Transactions(ctx context.Context, r Request, id string, q Query) (Report, error) {
	return Report{}, errTodo
}

// Transaction returns one transaction with all that the bank knows of it.
func (s *Service) Transaction(ctx context.Context, r Request, id, transactionID string) (bank.Transaction, error) {
	return bank.Transaction{}, errTodo
}

// CardAccounts returns the card accounts that the consent covers.
func (s *Service) CardAccounts(ctx context.Context, r Request, withBalance bool) (CardList, error) {
	return CardList{}, errTodo
}

// CardAccount returns one card account.
func (s *Service) CardAccount(ctx context.Context, r Request, id string, withBalance bool) (Card, error) {
	return Card{}, errTodo
}

// CardBalances returns one card account with its balances.
func (s *Service) CardBalances(ctx context.Context, r Request, id string) (Card, error) {
	return Card{}, errTodo
}

// CardTransactions returns a page of the transactions of a card account.
func (s *Service) CardTransactions(ctx context.Context, r Request, id string, q Query) (CardReport, error) {
	return CardReport{}, errTodo
}
