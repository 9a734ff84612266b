package bank

import (
	"fmt"
	"slices"
	"strings"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/ident"
)

// A Registry holds the banks of an installation. It does not change after
// [NewRegistry].
type Registry struct {
	byBICFI map[ident.BICFI]Connector
	entries []aspsp.ASPSP
}

// NewRegistry returns a registry of banks. Two banks with one BICFI are an
// error.
func NewRegistry(banks ...Connector) (*Registry, error) {
	r := &Registry{byBICFI: make(map[ident.BICFI]Connector, len(banks))}
	for _, b := range banks {
		id := b.Info().ASPSP.BICFI
		if _, taken := r.byBICFI[id]; taken {
			return nil, fmt.Errorf("two banks with BICFI %s", id)
		}
		r.byBICFI[id] = b
		r.entries = append(r.entries, Entry(b))
	}
	slices.SortFunc(r.entries, func(a, b aspsp.ASPSP) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(string(a.BICFI), string(b.BICFI))
	})
	return r, nil
}

// Bank returns the bank with the BICFI, and whether there is one.
func (r *Registry) Bank(id ident.BICFI) (Connector, bool) {
	b, ok := r.byBICFI[id]
	return b, ok
}

// Entries returns the directory, sorted by name and then BICFI. The caller
// must not change it.
func (r *Registry) Entries() []aspsp.ASPSP { return r.entries }

// Entry returns the directory entry of b, with the capabilities that follow
// from its profile and its method set.
func Entry(b Connector) aspsp.ASPSP {
	info := b.Info()
	e := info.ASPSP
	e.Capabilities = aspsp.Capabilities{Products: info.Profile.Products}
	if _, ok := b.(Authoriser); ok {
		e.OAuth, e.Decoupled = info.Profile.Redirect, info.Profile.Decoupled
	}
	if _, ok := b.(AccountReader); ok {
		e.History = info.Profile.History
	}
	e.Baskets, e.BasketSize = info.Profile.Baskets, info.Profile.BasketLimit
	return e
}
