package simulator

import (
	"context"
	"slices"
	"strings"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/scope"
)

// swedishNumber returns the forms of a Swedish IBAN: the bank's own number is
// what follows its code, without the zeros that fill it up.
func swedishNumber(s string) number {
	n := number{iban: s}
	if len(s) == 24 {
		if n.bban = strings.TrimLeft(s[7:], "0"); len(n.bban) > 4 {
			n.clearing = n.bban[:4]
		}
	}
	return n
}

// plain is a number as it is compared.
func plain(s string) string { return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s)) }

// numberOf returns the forms of the account that ref names at the bank, and
// whether it names one by a number.
func (b *connector) numberOf(ref *bank.Reference) (number, bool) {
	swedish := b.info.ASPSP.CountryCode == "SE"
	if s := plain(ref.IBAN); s != "" {
		if swedish && strings.HasPrefix(s, "SE") {
			return swedishNumber(s), true
		}
		return number{iban: s}, true
	}
	s := plain(ref.BBAN)
	if s == "" {
		s = plain(ref.AccountNumber)
	}
	if s == "" {
		return number{}, false
	}
	clearing := plain(ref.ClearingNumber)
	if !strings.HasPrefix(s, clearing) || len(s) < 8 {
		s = clearing + s
	}
	n := number{bban: s, clearing: clearing}
	if swedish && len(s) <= 17 && strings.Trim(s, "0123456789") == "" {
		n.iban = iban("SE", b.clearing+strings.Repeat("0", 17-len(s))+s)
	}
	return n, true
}

// names reports whether ref names the account.
func (b *connector) names(ref *bank.Reference, a *Account) bool {
	if a.Card != nil {
		return ref.PAN != "" && plain(ref.PAN) == a.Card.PAN || ref.MaskedPAN != "" && plain(ref.MaskedPAN) == plain(a.Card.MaskedPAN)
	}
	if ref.Currency != "" && ref.Currency != a.Payment.Currency {
		return false
	}
	n, ok := b.numberOf(ref)
	return ok && (n.iban != "" && n.iban == a.Number || n.bban != "" && n.bban == a.BBAN ||
		n.clearing == "" && n.bban != "" && a.Payment.ClearingNumber+n.bban == a.BBAN)
}

// A signing is a customer who settles what a consent covers.
type signing struct {
	id     string
	client *client
	picked []string // nil for all
}

// covered returns the ids of the accounts that a consent's order covers when
// the customer signs it: nil for every one. Accounts that are not in the books
// are opened, unless the world is strict; those of somebody else are left out.
func (b *connector) covered(ctx context.Context, tx Tx, who signing, o *bank.ConsentOrder) ([]string, error) {
	if o.All {
		return nil, nil
	}
	cl, picked, out := who.client, who.picked, []string{}
	if o.Select {
		for i := range cl.accounts {
			if own := accountID(cl.accounts[i].Key); picked == nil || slices.Contains(picked, own) {
				out = append(out, own)
			}
		}
		return out, nil
	}
	for i := range o.Accounts {
		key, err := b.claim(ctx, tx, who, &o.Accounts[i].Reference)
		if err != nil {
			return nil, err
		}
		if own := accountID(key); key != 0 && !slices.Contains(out, own) {
			out = append(out, own)
		}
	}
	return out, nil
}

// claim returns the key of the account that the customer means by ref, 0 if it
// is not theirs.
func (b *connector) claim(ctx context.Context, tx Tx, who signing, ref *bank.Reference) (int64, error) {
	id, cl := who.id, who.client
	for i := range cl.accounts {
		if b.names(ref, &cl.accounts[i]) {
			return cl.accounts[i].Key, nil
		}
	}
	n, ok := b.numberOf(ref)
	if !ok {
		return 0, nil
	}
	a := b.opened(n, id, ref)
	in, found, err := tx.AccountByNumber(ctx, a.BICFI, a.Number)
	if err != nil {
		return 0, err
	}
	switch {
	case found && !in.Plan.Shared:
		return 0, nil
	case found:
		a = in
	case b.w.o.StrictAccounts:
		return 0, nil
	default:
		if _, err := tx.AddAccount(ctx, &a); err != nil {
			return 0, err
		}
	}
	return a.Key, tx.AddHolder(ctx, a.BICFI, id, a.Key)
}

// opened returns an account that a customer has named and nobody has.
func (b *connector) opened(n number, id string, ref *bank.Reference) Account {
	bicfi := b.info.ASPSP.BICFI
	a := Account{BICFI: bicfi, Number: n.iban, BBAN: n.bban, Plan: Plan{Life: "opened", Opening: 1_000_000_00, Days: 30}}
	if a.Number == "" {
		a.Number = n.bban
	}
	_, a.Plan.Shared = sampleIBANs()[a.Number]
	a.Key = keyOf(b.w.o.Seed, "opened", string(bicfi), a.Number)
	p, currency, usage := b.story(id), ref.Currency, "PRIV"
	if currency == "" || currency == "XXX" {
		currency = b.currency
	}
	if p.organisation != "" {
		usage = "ORGA"
	}
	a.Payment = &bank.Account{
		ID: accountID(a.Key), Name: "Account opened on request", OwnerName: p.name, CashAccountType: "CACC", Status: "enabled", Usage: usage,
		Product:   wordsOf(b.info.ASPSP.CountryCode).account,
		Reference: bank.Reference{IBAN: n.iban, BBAN: n.bban, ClearingNumber: n.clearing, Currency: currency},
	}
	return a
}

// prepare makes the customers whose numbers everybody knows, before somebody
// else names one of them.
func (b *connector) prepare(ctx context.Context, o *bank.ConsentOrder) error {
	for i := range o.Accounts {
		n, _ := b.numberOf(&o.Accounts[i].Reference)
		if err := b.prepareNumber(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (b *connector) prepareNumber(ctx context.Context, n number) error {
	if at, sample := sampleIBANs()[n.iban]; !sample || at != b.info.ASPSP.BICFI {
		return nil
	}
	_, err := b.client(ctx, customerID(scope.Corporate, "", OrdinaryCompany))
	return err
}
