package account

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/money"
)

// finished makes the rows of a bank such as this caller may see them. It
// returns nil if they were not asked for, else a list that may be empty.
func (v *view) finished(a *Account, rows []bank.Transaction, asked bool) []bank.Transaction {
	if !asked {
		return nil
	}
	if rows == nil {
		return []bank.Transaction{}
	}
	for i := range rows {
		v.finish(a, &rows[i])
	}
	return rows
}

func (v *view) finish(a *Account, t *bank.Transaction) {
	if t.PaymentClientID != v.req.Caller.ClientID {
		t.PaymentID = ""
	}
	if !t.BookingDate.IsZero() && t.ListID == "" {
		t.ListID = listID(a.ResourceID, t)
	}
	if v.profile().TransactionIDs == "blank" {
		t.ID = ""
	}
	if v.profile().UnsignedDebits {
		t.Amount = unsigned(t.Amount)
	}
}

func (v *view) finishedCards(rows []bank.CardTransaction, asked bool) []bank.CardTransaction {
	if !asked {
		return nil
	}
	if rows == nil {
		return []bank.CardTransaction{}
	}
	p := v.profile()
	for i := range rows {
		if p.TransactionIDs == "blank" {
			rows[i].ID = ""
		}
		if p.UnsignedDebits {
			rows[i].Amount = unsigned(rows[i].Amount)
		}
	}
	return rows
}

func unsigned(m money.Amount) money.Amount {
	if m.Minor < 0 {
		m.Minor = -m.Minor
	}
	return m
}

// listID returns the transactionListId of a booked row: a hash of what the row
// itself says, so that a row without ids can be recognised. Rows that say the
// same share it.
func listID(resourceID string, t *bank.Transaction) string {
	b := make([]byte, 0, 512) // on the stack, for all but the longest texts
	b = appendPart(b, resourceID)
	b = binary.AppendVarint(b, t.BookingDate.Unix()) // of midnight UTC: a date
	b = appendAmount(b, t.Amount)
	b = appendPart(b, t.Unstructured)
	b = appendPart(b, t.Structured)
	if t.BalanceAfter != nil {
		b = appendAmount(b, t.BalanceAfter.Amount)
	}
	sum := sha256.Sum256(b)
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], sum[:])
	return string(text[:])
}

func appendAmount(b []byte, m money.Amount) []byte {
	return appendPart(binary.AppendVarint(b, m.Minor), string(m.Currency))
}
