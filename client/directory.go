package client

import (
	"context"
	"net/url"
	"strings"

	"sluss.example/sluss/psd2"
)

// A Directory is the bank directory, as a token of one context reads it. Its
// content is the same in both.
type Directory struct {
	client  *Client
	context Context
}

// Directory returns the bank directory. The calls use the token of pc, so that
// a program that works in one context needs no token of the other.
func (c *Client) Directory(pc Context) *Directory { return &Directory{c, pc} }

// ASPSPs returns the banks in the countries (ISO 3166-1 alpha-2), or all.
func (d *Directory) ASPSPs(ctx context.Context, countries ...string) ([]psd2.ASPSPItem, error) {
	path := "/aspsps"
	if len(countries) > 0 {
		path += "?isoCountryCodes=" + url.QueryEscape(strings.Join(countries, ","))
	}
	var out psd2.ASPSPList
	err := d.get(ctx, path, &out)
	return out.ASPSPs, err
}

// ASPSP returns the bank with the BICFI, with what it can do.
func (d *Directory) ASPSP(ctx context.Context, bicfi string) (psd2.ASPSP, error) {
	var out psd2.ASPSP
	err := d.get(ctx, "/aspsps/"+url.PathEscape(bicfi), &out)
	return out, err
}

// Countries returns the countries that have banks.
func (d *Directory) Countries(ctx context.Context) ([]psd2.Country, error) {
	var out psd2.CountryList
	err := d.get(ctx, "/countries", &out)
	return out.Countries, err
}

func (d *Directory) get(ctx context.Context, path string, out any) error {
	return d.client.call(ctx, request{context: d.context, scope: d.scope(), path: "/psd2/aspspinformation/v1" + path}, out)
}

// scope returns an API scope that opens the directory: one that the program
// uses anyway if it can.
func (d *Directory) scope() string {
	for _, s := range []string{ScopeASPSPs, ScopeAccounts, ScopePayments} {
		if d.client.source(d.context).uses(s) {
			return s
		}
	}
	return ScopeASPSPs
}

// uses reports whether scope is in the union of what the program uses.
func (s *source) uses(scope string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return containsAll(s.scopes, []string{scope})
}
