// Package money has exact amounts, a whole number of minor units and a
// currency, and exact rates between currencies. There are no floats.
package money

// A Currency is an ISO 4217 code in capitals, or XXX for several.
type Currency string

// An Amount is an amount of money. The zero value is no amount: it has no
// currency.
type Amount struct {
	Minor    int64 // in minor units of Currency: öre for SEK, yen for JPY
	Currency Currency
}
