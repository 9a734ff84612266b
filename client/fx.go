package client

import (
	"context"
	"net/http"
	"net/url"

	"sluss.example/sluss/psd2"
)

// Quotes are the quotes of exchange rates of a PSU or an organisation.
type Quotes struct {
	client *Client
	psu    PSU
}

// Quotes returns the quotes of psu, who may be without any id: in Corporate
// they are good for every organisation of the app then.
func (c *Client) Quotes(psu PSU) *Quotes { return &Quotes{c, psu} }

const (
	quotesPath = initiationPath + "/fx"
	ordersPath = "/_sluss/v1/fx-orders"
)

// Create asks for a quote. It is good for one payment: by its id as
// [PaymentOption.QuoteID], or by Confirm.
func (q *Quotes) Create(ctx context.Context, in psd2.QuoteRequest) (psd2.QuoteCreated, error) {
	var out psd2.QuoteCreated
	err := q.call(ctx, http.MethodPost, quotesPath, in, &out)
	return out, err
}

// Quote returns a quote, also one that was used or has expired.
func (q *Quotes) Quote(ctx context.Context, id string) (psd2.Quote, error) {
	var out psd2.Quote
	err := q.call(ctx, http.MethodGet, quotesPath+"/"+url.PathEscape(id), nil, &out)
	return out, err
}

// Confirm has a cross-border payment made at the rate of the quote, and returns
// where to pay the quote's total: FX Connect. The same payment may be confirmed
// again.
func (q *Quotes) Confirm(ctx context.Context, id string, in psd2.Payment) (psd2.FundingInstruction, error) {
	var out psd2.FundingInstruction
	err := q.call(ctx, http.MethodPut, quotesPath+"/"+url.PathEscape(id), in, &out)
	return out, err
}

// Order returns how the payment of a confirmed quote stands.
func (q *Quotes) Order(ctx context.Context, id string) (psd2.FXOrder, error) {
	var out psd2.FXOrder
	err := q.call(ctx, http.MethodGet, ordersPath+"/"+url.PathEscape(id), nil, &out)
	return out, err
}

func (q *Quotes) call(ctx context.Context, method, path string, in, out any) error {
	context := q.psu.Context
	if context == "" {
		context = Private
	}
	return q.client.call(ctx, request{context: context, scope: ScopePayments, method: method, path: path, header: q.psu.header(), body: in}, out)
}
