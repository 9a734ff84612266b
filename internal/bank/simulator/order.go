package simulator

import (
	"context"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// The amounts that have an effect of their own, in any currency.
const (
	amountNoFunds  = "9990.91" // rejected after the signature
	amountClosed   = "9990.92" // likewise: the creditor's account is closed
	amountChecked  = "9990.93" // the bank checks it for checksTake
	amountOutages  = "9990.94" // the bank is down for it, outages times
	amountReported = "9990.95" // settled at once, and the creditor's bank reports it
	amountRefused  = "9990.96" // refused before any signature
	amountUnfit    = "9990.97" // a basket with it is refused once somebody has signed it
)

const (
	checksTake = 10 * time.Minute
	outages    = 3
)

// The giro numbers that have an effect of their own, as digits.
const (
	giroFlagged = "55555551" // the payee is on a watch list
	giroOCR     = "50502061" // demands an OCR reference
	giroClosed  = "50503077"
)

// returnName is the creditor whose payments come back, however it is spelled.
const returnName = "Return to Sender"

// Why payments are rejected.
const (
	noFunds        = "The funds on the debtor's account are not sufficient"
	creditorClosed = "The creditor's account is closed"
	rejectedByHand = "The bank rejected the payment"
	basketRefused  = "The bank does not take these payments in one basket"
)

// cameBack is the Reason of a payment whose money came back.
const cameBack = "The money came back"

// isMagic reports whether the order is about the amount.
func isMagic(o *bank.PaymentOrder, amount string) bool {
	a, err := money.Parse(amount, o.Amount.Currency)
	return err == nil && a == o.Amount
}

// comesBack reports whether the creditor's bank returns the money.
func comesBack(o *bank.PaymentOrder) bool {
	return strings.EqualFold(strings.TrimSpace(o.CreditorName), returnName)
}

// refusal returns why a signed payment is rejected whatever the account has;
// empty if it is not.
func refusal(o *bank.PaymentOrder) string {
	switch {
	case isMagic(o, amountNoFunds):
		return noFunds
	case isMagic(o, amountClosed), digits(o.Creditor.Bankgiro) == giroClosed:
		return creditorClosed
	}
	return ""
}

// refused is that the bank takes the payment not at all.
func refused(format string, args ...any) error {
	return problem.New(problem.PaymentFailed, format, args...)
}

func wrong(field, format string, args ...any) error {
	return problem.New(problem.FormatInvalid, format, args...).At(field)
}

// digits returns a giro number without its hyphen.
func digits(s string) string { return strings.ReplaceAll(s, "-", "") }

// check checks an order by the rules of the bank that need no look into its
// books.
func (b *connector) check(o *bank.PaymentOrder) error {
	c := o.Customer
	switch {
	case c.Context == scope.Corporate && c.Organisation == "":
		return problem.New(problem.CorporateIDInvalid, "the organisation is missing")
	case !slices.Contains(b.info.Profile.Products, o.Product):
		return problem.New(problem.ProductInvalid, "the bank does not offer %s", o.Product)
	case b.info.Profile.ChecksRights && b.w.like(c.PSU) == likeNoRights:
		return problem.New(problem.RightsMissing, "the person has no right to pay from the accounts of this customer")
	}
	if err := b.checkForms(o); err != nil {
		return err
	}
	if b.info.Profile.CheckDigits {
		if err := checkDigits(o); err != nil {
			return err
		}
	}
	if digits(o.Creditor.Bankgiro) == giroOCR && !ident.OCRValid(o.OCR, false) {
		return wrong("ocrRef", "the payee demands an OCR reference with a valid check digit")
	}
	if isMagic(o, amountRefused) {
		return refused("the bank refuses the payment")
	}
	return nil
}

// checkForms checks that accounts are named as the bank wants them.
func (b *connector) checkForms(o *bank.PaymentOrder) error {
	from, to := &o.Debtor, &o.Creditor
	domestic := o.Product == "domestic"
	switch b.info.Profile.AccountForms {
	case "iban":
		if from.IBAN == "" {
			return wrong("debtorAccount", "the bank wants an IBAN")
		}
		if domestic && to.IBAN == "" {
			return wrong("creditorAccount", "the bank wants an IBAN")
		}
	case "bban+clearing":
		if from.BBAN == "" {
			return wrong("debtorAccount", "the bank wants a BBAN without its clearing number")
		}
		if domestic && (to.BBAN == "" || to.ClearingNumber == "") {
			return wrong("creditorAccount", "the bank wants a BBAN, and its clearing number in clearingNumber")
		}
	case "bban-debtor":
		if from.BBAN == "" && from.Plusgiro == "" {
			return wrong("debtorAccount", "the bank wants a BBAN or a plusgiro number")
		}
		if domestic && to.IBAN == "" {
			return wrong("creditorAccount", "the bank wants an IBAN")
		}
	}
	return nil
}

// checkDigits checks the check digits of the numbers of an order.
func checkDigits(o *bank.PaymentOrder) error {
	switch {
	case o.Debtor.IBAN != "" && !ident.IBAN(plain(o.Debtor.IBAN)).Valid():
		return wrong("debtorAccount", "the IBAN has wrong check digits")
	case o.Creditor.IBAN != "" && !ident.IBAN(plain(o.Creditor.IBAN)).Valid():
		return wrong("creditorAccount", "the IBAN has wrong check digits")
	case o.Creditor.Bankgiro != "" && !ident.Bankgiro(digits(o.Creditor.Bankgiro)).Valid(),
		o.Creditor.Plusgiro != "" && !ident.Plusgiro(digits(o.Creditor.Plusgiro)).Valid():
		return wrong("creditorGiro", "the giro number has a wrong check digit")
	}
	return nil
}

// named reports whether the party is the account.
func (b *connector) named(p *bank.Party, a *Account) bool {
	if a.Payment == nil {
		return false
	}
	ref := p.Reference
	ref.Currency = ""
	return b.names(&ref, a) || p.Bankgiro != "" && digits(p.Bankgiro) == a.Bankgiro ||
		p.Plusgiro != "" && digits(p.Plusgiro) == digits(a.Payment.PlusgiroNumber)
}

// own returns the account of the customer that the party is; nil if none is.
func (b *connector) own(ctx context.Context, id string, p *bank.Party) (*client, *Account, error) {
	cl, err := b.client(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	for i := range cl.accounts {
		if a := &cl.accounts[i]; b.named(p, a) {
			if p.Currency != "" && p.Currency != "XXX" && p.Currency != a.currency() {
				return cl, nil, wrong("debtorAccount.currency", "the account is in %s", a.currency())
			}
			return cl, a, nil
		}
	}
	return cl, nil, nil
}

// debtor returns the account that an order debits, opened for the customer if
// nobody has it. It is nil if nobody has it and nobody was named to open it
// for.
func (b *connector) debtor(ctx context.Context, o *bank.PaymentOrder) (*Account, error) {
	id := owner(o.Customer)
	cl, a, err := b.own(ctx, id, &o.Debtor)
	if a != nil || err != nil {
		return a, err
	}
	anybody := o.Customer.PSU == "" && o.Customer.Context != scope.Corporate
	in, found, err := b.inBooks(ctx, &o.Debtor.Reference)
	switch {
	case err != nil:
		return nil, err
	case found && anybody:
		return &in, nil
	case found && !in.Plan.Shared:
		return nil, refused("the debtor's account is not of this customer")
	case !found && b.w.o.StrictAccounts:
		return nil, refused("the bank has no such debtor's account")
	case anybody:
		return nil, nil
	}
	return b.take(ctx, signing{id: id, client: cl}, o)
}

// take makes the debtor's account one of the customer's.
func (b *connector) take(ctx context.Context, who signing, o *bank.PaymentOrder) (*Account, error) {
	err := b.w.o.Store.Tx(ctx, func(tx Tx) error {
		_, err := b.claim(ctx, tx, who, &o.Debtor.Reference)
		return err
	})
	if err != nil {
		return nil, err
	}
	_, a, err := b.own(ctx, who.id, &o.Debtor)
	if a == nil && err == nil {
		err = refused("the debtor's account is not of this customer")
	}
	return a, err
}

// debtorOf is debtor for an order that was signed: whose the account is was
// asked before.
func (b *connector) debtorOf(ctx context.Context, o *bank.PaymentOrder) (*Account, error) {
	cl, a, err := b.own(ctx, owner(o.Customer), &o.Debtor)
	if a != nil || err != nil {
		return a, err
	}
	in, found, err := b.inBooks(ctx, &o.Debtor.Reference)
	if err != nil || found {
		return &in, err
	}
	return b.take(ctx, signing{id: owner(o.Customer), client: cl}, o)
}

// inBooks finds a payment account of the bank by its number.
func (b *connector) inBooks(ctx context.Context, ref *bank.Reference) (Account, bool, error) {
	n, ok := b.numberOf(ref)
	if !ok {
		return Account{}, false, nil
	}
	if err := b.prepareNumber(ctx, n); err != nil {
		return Account{}, false, err
	}
	a, found, err := b.w.o.Store.AccountByNumber(ctx, b.info.ASPSP.BICFI, firstOf(n.iban, n.bban))
	return a, found && a.Payment != nil, err
}

// creditor finds the account that an order credits in the books of all banks.
func (b *connector) creditor(ctx context.Context, o *bank.PaymentOrder) (Account, bool, error) {
	if giro := digits(o.Creditor.Bankgiro); giro != "" {
		if err := b.w.prepareBankgiro(ctx, giro); err != nil {
			return Account{}, false, err
		}
		return b.w.o.Store.AccountByBankgiro(ctx, giro)
	}
	for _, at := range b.w.banksOf(b, o) {
		if a, found, err := at.inBooks(ctx, &o.Creditor.Reference); found || err != nil {
			return a, found, err
		}
	}
	return Account{}, false, nil
}

// banksOf returns the banks that may have the creditor's account: the one that
// its number or the order names, and the debtor's own.
func (w *World) banksOf(own *connector, o *bank.PaymentOrder) []*connector {
	out := []*connector{}
	iban := plain(o.Creditor.IBAN)
	number := plain(o.Creditor.ClearingNumber + o.Creditor.BBAN + o.Creditor.AccountNumber)
	for _, b := range w.banks {
		country := b.info.ASPSP.CountryCode
		switch {
		case iban != "":
			if len(iban) > 4 && iban[:2] == country && strings.HasPrefix(iban[4:], b.clearing) {
				out = append(out, b)
			}
		case string(b.info.ASPSP.BICFI) == o.CreditorAgent,
			number != "" && country == "SE" && strings.HasPrefix(number, b.series):
			out = append(out, b)
		}
	}
	if (iban != "" || number != "") && !slices.Contains(out, own) {
		out = append(out, own)
	}
	return out
}

// prepareBankgiro makes the customer whose bankgiro number everybody knows.
func (w *World) prepareBankgiro(ctx context.Context, giro string) error {
	for _, p := range personas() {
		if p.bankgiro == "" || digits(p.bankgiro) != giro {
			continue
		}
		for _, b := range w.banks {
			if b.info.ASPSP.BICFI == bankgiroBank {
				_, err := b.client(ctx, customerID(scope.Corporate, "", p.organisation))
				return err
			}
		}
	}
	return nil
}

// payee returns a party's number, to tell payees apart.
func payee(p *bank.Party) string {
	if giro := digits(p.Bankgiro + p.Plusgiro); giro != "" {
		return giro
	}
	return plain(firstOf(p.IBAN, p.ClearingNumber+p.BBAN+p.AccountNumber))
}
