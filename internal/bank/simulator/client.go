package simulator

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// maxCached bounds what a world keeps in memory of each kind.
const maxCached = 10_000

// A client is a customer with its accounts as this process has read them. It
// does not change.
type client struct {
	version  int64
	accounts []Account
	payment  []bank.Account
	cards    []bank.CardAccount
}

// owner returns the customer's id; a customer without a PSU-ID is the default
// person.
func owner(c bank.Customer) string {
	psu := c.PSU
	if psu == "" {
		psu = OrdinaryPerson
	}
	return customerID(c.Context, psu, c.Organisation)
}

// client returns a customer of the bank, made if nobody has asked before.
func (b *connector) client(ctx context.Context, id string) (*client, error) {
	w, key := b.w, customerKey{b.info.ASPSP.BICFI, id}
	version, err := w.o.Store.CustomerVersion(ctx, key.bicfi, id)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	c := w.customers[key]
	w.mu.Unlock()
	if c != nil && version == c.version {
		return c, nil
	}
	if version == 0 {
		if err := b.enrol(ctx, id); err != nil {
			return nil, err
		}
		if version, err = w.o.Store.CustomerVersion(ctx, key.bicfi, id); err != nil {
			return nil, err
		}
	}
	// The version was read first: accounts that come in between make the next
	// call read again.
	c = &client{version: version}
	if c.accounts, err = w.o.Store.Accounts(ctx, key.bicfi, id); err != nil {
		return nil, err
	}
	for i := range c.accounts {
		if a := &c.accounts[i]; a.Card != nil {
			c.cards = append(c.cards, *a.Card)
		} else if a.Payment != nil {
			c.payment = append(c.payment, *a.Payment)
		}
	}
	w.keep(key, c)
	return c, nil
}

func (w *World) keep(key customerKey, c *client) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.customers) >= maxCached {
		clear(w.customers)
	}
	if len(w.accounts) >= maxCached {
		clear(w.accounts)
	}
	w.customers[key] = c
	for i := range c.accounts {
		w.accounts[c.accounts[i].Key] = &c.accounts[i]
	}
}

// account returns an account by the bank's id. It reports
// problem.ResourceUnknown.
func (b *connector) account(ctx context.Context, c bank.Customer, id string) (*Account, error) {
	key, err := strconv.ParseInt(id, 16, 64)
	if err != nil {
		return nil, problem.New(problem.ResourceUnknown, "no such account")
	}
	b.w.mu.Lock()
	a := b.w.accounts[key]
	b.w.mu.Unlock()
	if a != nil && a.BICFI == b.info.ASPSP.BICFI {
		return a, nil
	}
	cl, err := b.client(ctx, owner(c))
	if err != nil {
		return nil, err
	}
	for i := range cl.accounts {
		if cl.accounts[i].Key == key {
			return &cl.accounts[i], nil
		}
	}
	return nil, problem.New(problem.ResourceUnknown, "no such account")
}

// enrol makes a customer with the accounts of its story.
func (b *connector) enrol(ctx context.Context, id string) error {
	p := b.story(id)
	accounts := make([]Account, len(p.lives))
	for i, life := range p.lives {
		accounts[i] = b.plan(id, &p, life, i)
	}
	bicfi := b.info.ASPSP.BICFI
	err := b.w.o.Store.Tx(ctx, func(tx Tx) error {
		if err := tx.AddCustomer(ctx, bicfi, id); err != nil {
			return err
		}
		for i := range accounts {
			a := &accounts[i]
			if _, err := tx.AddAccount(ctx, a); err != nil {
				return err
			}
			// The number may be taken: by the other holder of a joint account,
			// or by somebody who named it in a consent before.
			in, found, err := tx.AccountByNumber(ctx, bicfi, a.Number)
			if err != nil {
				return err
			}
			if !found || in.Key != a.Key && !in.Plan.Shared {
				continue
			}
			if err := tx.AddHolder(ctx, bicfi, id, in.Key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("make customer of %s: %w", bicfi, err)
	}
	return nil
}

// plan returns the n-th account of a customer.
func (b *connector) plan(id string, p *persona, life string, n int) Account {
	bicfi := b.info.ASPSP.BICFI
	whose := id
	if life == "joint" {
		whose, n = "joint:"+p.joint, 0
	}
	parts := []string{"account", string(bicfi), whose, life, strconv.Itoa(n)}
	a := Account{Key: keyOf(b.w.o.Seed, parts...), BICFI: bicfi}
	d := newDice(b.w.o.Seed, parts...)
	a.Plan = lifePlan(life, b.info.ASPSP.CountryCode, d)
	corporate := strings.HasPrefix(id, string(scope.Corporate))
	usage := "PRIV"
	if corporate {
		usage = "ORGA"
	}
	if life == "card" {
		b.card(&a, p.name, usage, d)
		return a
	}
	num := b.number(d)
	if p.organisation == OrdinaryCompany && n == 0 {
		for sample, at := range sampleIBANs() {
			if at == bicfi {
				num, a.Plan.Shared = swedishNumber(sample), true
			}
		}
	}
	a.Number, a.BBAN = num.iban, num.bban
	acc := &bank.Account{
		ID: accountID(a.Key), Name: b.productName(life, corporate), OwnerName: p.name, CashAccountType: "CACC",
		Status: "enabled", Usage: usage, Product: b.productName(life, corporate),
		Reference: bank.Reference{IBAN: num.iban, BBAN: num.bban, ClearingNumber: num.clearing, Currency: b.currency},
	}
	switch life {
	case "savings":
		acc.CashAccountType = "SVGS"
	case "currency":
		acc.Currency = foreign(b.currency)
	case "overdrawn":
		acc.CreditLimit = &money.Amount{Minor: 15_000_00, Currency: b.currency}
	case "company":
		acc.CreditLimit = &money.Amount{Minor: 250_000_00, Currency: b.currency}
	case "joint":
		acc.OwnerName, acc.Details = "Eva Sambo, Adam Sambo", "Held by two"
	}
	if n == 0 && corporate && b.info.ASPSP.CountryCode == "SE" {
		acc.BankgiroNumber = b.bankgiro(p, d)
		a.Bankgiro = digits(acc.BankgiroNumber)
	}
	a.Payment = acc
	return a
}

// bankgiroBank is where companies have the bankgiro number of their story.
const bankgiroBank ident.BICFI = "ESSESESS"

// bankgiro returns the bankgiro number of a company: that of its story at its
// own bank, else a drawn one.
func (b *connector) bankgiro(p *persona, d dice) string {
	if p.bankgiro != "" && b.info.ASPSP.BICFI == bankgiroBank {
		return p.bankgiro
	}
	n := d.digits(6)
	n = "5" + n[1:]
	n += luhn(n)
	return n[:3] + "-" + n[3:]
}

func (b *connector) productName(life string, corporate bool) string {
	w := wordsOf(b.info.ASPSP.CountryCode)
	switch {
	case life == "savings":
		return w.savings
	case life == "currency":
		return "Currency account " + string(foreign(b.currency))
	case corporate:
		return "Company account"
	}
	return w.account
}

func (b *connector) card(a *Account, name, usage string, d dice) {
	pan := "999999" + d.digits(9)
	pan += luhn(pan)
	a.Number = pan
	a.Card = &bank.CardAccount{
		ID: accountID(a.Key), PAN: pan, MaskedPAN: pan[:6] + "******" + pan[12:], Currency: b.currency, OwnerName: name,
		Name: "Test card", DisplayName: "Test card •" + pan[12:], Product: "Credit card", Details: "Simulated credit card",
		Status: "enabled", Usage: usage, CreditLimit: &money.Amount{Minor: 50_000_00, Currency: b.currency},
	}
}

func accountID(key int64) string { return fmt.Sprintf("%016x", key) }

// foreign returns the currency of an account in another one.
func foreign(own money.Currency) money.Currency {
	if own == "EUR" {
		return "USD"
	}
	return "EUR"
}
