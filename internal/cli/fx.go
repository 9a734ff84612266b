package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store"
)

// An fxCmd is where an operator funds and pays out orders.
type fxCmd struct {
	List   fxListCmd   `cmd:"" help:"List orders, the newest first."`
	Show   fxShowCmd   `cmd:"" help:"Show an order: whom to pay what."`
	Fund   fxFundCmd   `cmd:"" help:"The money for an order came in: ACSP."`
	Paid   fxPaidCmd   `cmd:"" help:"An order was paid out: ACSC."`
	Return fxReturnCmd `cmd:"" help:"The payout of an order came back: RJCT."`
}

// An fxFlag says where the orders are.
type fxFlag struct {
	configFlag
	JSON bool `name:"json" help:"Print JSON."`
}

// with calls fn with the orders.
func (f *fxFlag) with(ctx context.Context, env *Env, fn func(*store.DB, *fx.Service) error) error {
	c, err := f.load(env)
	if err != nil {
		return err
	}
	desk := server.Desk(&c.FX)
	if desk == nil {
		return errors.New("fx.account is not set: nobody confirms quotes here, or in a sandbox whose money is made up")
	}
	db, err := store.Open(ctx, store.Options{URL: c.Database})
	if err != nil {
		return err
	}
	return errors.Join(fn(db, &fx.Service{Store: db, Clock: clock.Real{}, Desk: desk}), db.Close())
}

// change calls fn with the orders and prints what became of one.
func (f *fxFlag) change(ctx context.Context, env *Env, fn func(*fx.Service) (fx.Order, error)) error {
	return f.with(ctx, env, func(_ *store.DB, s *fx.Service) error {
		o, err := fn(s)
		if err != nil {
			return err
		}
		if f.JSON {
			return printJSON(env.Stdout, orderOf(&o))
		}
		_, err = fmt.Fprintf(env.Stdout, "%s %s\n", o.QuoteID, o.Status)
		return err
	})
}

// An fxOrder is an order as the commands print it.
type fxOrder struct {
	FXQuoteID             string          `json:"fxQuoteId"`
	TransactionStatus     iso20022.Status `json:"transactionStatus"`
	Reason                string          `json:"reason,omitempty"`
	Funding               string          `json:"funding"`
	FundingReference      string          `json:"fundingReference"`
	FundBy                string          `json:"fundBy"`
	ExecutionDate         string          `json:"executionDate"`
	Payout                string          `json:"payout"`
	Creditor              fxCreditor      `json:"creditor"`
	RemittanceInformation string          `json:"remittanceInformation,omitempty"`
	EndToEndID            string          `json:"endToEndId,omitempty"`
	PurposeCode           string          `json:"purposeCode,omitempty"`
	ClientID              string          `json:"clientId"`
	Organisation          string          `json:"organisation,omitempty"`
	ConfirmedAt           time.Time       `json:"confirmedAt"`
}

// An fxCreditor is whom to pay.
type fxCreditor struct {
	Name     string `json:"name"`
	Account  string `json:"account"`
	Agent    string `json:"agent"`
	Bank     string `json:"bank,omitempty"`
	Street   string `json:"street,omitempty"`
	Number   string `json:"buildingNumber,omitempty"`
	City     string `json:"city,omitempty"`
	PostCode string `json:"postalCode,omitempty"`
	State    string `json:"state,omitempty"`
	Country  string `json:"country"`
}

func orderOf(o *fx.Order) fxOrder {
	p := &o.Payout
	return fxOrder{
		FXQuoteID: o.QuoteID, TransactionStatus: o.Status, Reason: o.Reason,
		Funding: o.Funding.Decimal() + " " + string(o.Funding.Currency), FundingReference: o.Reference, FundBy: o.FundBy.Format(time.DateOnly),
		ExecutionDate: o.ExecutionDate.Format(time.DateOnly), Payout: p.Amount.Decimal() + " " + string(p.Amount.Currency),
		Creditor: fxCreditor{
			Name: p.CreditorName, Account: accountOf(&p.Creditor), Agent: p.CreditorAgent, Bank: p.CreditorBank,
			Street: p.Address.Street, Number: p.Address.BuildingNumber, City: p.Address.City, PostCode: p.Address.PostalCode,
			State: p.Address.State, Country: p.Address.Country,
		},
		RemittanceInformation: p.Unstructured, EndToEndID: p.EndToEndID, PurposeCode: p.PurposeCode,
		ClientID: o.Owner.ClientID, Organisation: o.Owner.Organisation, ConfirmedAt: o.ConfirmedAt,
	}
}

// accountOf returns the number of the creditor's account.
func accountOf(p *bank.Party) string {
	for _, n := range []string{p.IBAN, p.ClearingNumber + p.BBAN, p.ClearingNumber + p.AccountNumber} {
		if n != "" {
			return n
		}
	}
	return ""
}

// An fxListCmd lists orders.
type fxListCmd struct {
	fxFlag
	Status string `default:"" enum:",ACTC,ACSP,ACSC,RJCT" placeholder:"STATUS" help:"Only those: ACTC (to be funded), ACSP (to be paid out), ACSC or RJCT."`
	Limit  int    `default:"100" help:"At most so many (${default})."`
}

// Help returns the examples of the command.
func (fxListCmd) Help() string {
	return "Examples:\n  sluss fx list --status ACTC --config sluss.toml\n  sluss fx list --status ACSP --config sluss.toml"
}

// Run implements the command.
func (c *fxListCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(db *store.DB, _ *fx.Service) error {
		all, err := db.Orders(ctx, iso20022.Status(c.Status), c.Limit)
		if err != nil {
			return err
		}
		out := make([]fxOrder, len(all))
		for i := range all {
			out[i] = orderOf(&all[i])
		}
		if c.JSON {
			return printJSON(env.Stdout, out)
		}
		return printOrders(env.Stdout, out)
	})
}

func printOrders(out io.Writer, all []fxOrder) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ORDER\tSTATUS\tFUNDING\tREFERENCE\tFUND BY\tPAYOUT\tDATE")
	for i := range all {
		o := &all[i]
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", o.FXQuoteID, o.TransactionStatus, o.Funding, o.FundingReference, o.FundBy, o.Payout, o.ExecutionDate)
	}
	return w.Flush()
}

// An fxShowCmd shows an order.
type fxShowCmd struct {
	fxFlag
	ID string `arg:"" help:"Id of the quote."`
}

// Help returns the examples of the command.
func (fxShowCmd) Help() string {
	return "What it prints is personal data.\n\nExample:\n  sluss fx show Q100000ABC --config sluss.toml"
}

// Run implements the command.
func (c *fxShowCmd) Run(ctx context.Context, env *Env) error {
	return c.with(ctx, env, func(db *store.DB, _ *fx.Service) error {
		o, err := db.Order(ctx, c.ID)
		if err != nil {
			return err
		}
		return printJSON(env.Stdout, orderOf(&o))
	})
}

// An fxFundCmd notes that money came in.
type fxFundCmd struct {
	fxFlag
	ID     string `arg:"" help:"Id of the quote."`
	Amount string `placeholder:"AMOUNT" help:"What came in, in the currency of the account; refused if it is not what was asked for."`
}

// Help returns the examples of the command.
func (fxFundCmd) Help() string {
	return "Look for the reference of the order on your account.\n\nExample:\n  sluss fx fund Q100000ABC --amount 1438.33 --config sluss.toml"
}

// Run implements the command.
func (c *fxFundCmd) Run(ctx context.Context, env *Env) error {
	return c.change(ctx, env, func(s *fx.Service) (fx.Order, error) { return s.Fund(ctx, c.ID, c.Amount) })
}

// An fxPaidCmd notes that an order was paid out.
type fxPaidCmd struct {
	fxFlag
	ID string `arg:"" help:"Id of the quote."`
}

// Help returns the examples of the command.
func (fxPaidCmd) Help() string {
	return "Pay it first: \"sluss fx show\" says whom and what.\n\nExample:\n  sluss fx paid Q100000ABC --config sluss.toml"
}

// Run implements the command.
func (c *fxPaidCmd) Run(ctx context.Context, env *Env) error {
	return c.change(ctx, env, func(s *fx.Service) (fx.Order, error) { return s.PayOut(ctx, c.ID) })
}

// An fxReturnCmd notes that a payout came back.
type fxReturnCmd struct {
	fxFlag
	ID     string `arg:"" help:"Id of the quote."`
	Reason string `placeholder:"TEXT" help:"Why, for the app."`
}

// Help returns the examples of the command.
func (fxReturnCmd) Help() string {
	return "Send the client's money back as well.\n\nExample:\n  sluss fx return Q100000ABC --reason \"the creditor's account is closed\" --config sluss.toml"
}

// Run implements the command.
func (c *fxReturnCmd) Run(ctx context.Context, env *Env) error {
	return c.change(ctx, env, func(s *fx.Service) (fx.Order, error) { return s.Return(ctx, c.ID, c.Reason) })
}
