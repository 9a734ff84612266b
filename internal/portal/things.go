package portal

import (
	"context"
	"slices"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/payment"
)

// Things are what applications have made, as it is stored: nobody asks a bank
// for a list. Whose a thing is the caller checks.
type Things interface {
	ListConsents(ctx context.Context, f app.Listing) ([]consent.Consent, error)
	ListPayments(ctx context.Context, f app.Listing) ([]payment.Payment, error)
	// Consent reports problem.ConsentUnknown, and Payment
	// problem.ResourceUnknown.
	Consent(ctx context.Context, id string) (consent.Consent, error)
	Payment(ctx context.Context, id string) (payment.Payment, error)
	// Trail returns what happened to a resource, oldest first.
	Trail(ctx context.Context, subject string) ([]event.Event, error)
	MoreThings
	Numbers
}

// MoreThings are the rest of what applications have made.
type MoreThings interface {
	ListBaskets(ctx context.Context, f app.Listing) ([]payment.Basket, error)
	ListQuotes(ctx context.Context, f app.Listing) ([]fx.Quote, error)
	ListKYCCases(ctx context.Context, f app.Listing) ([]kyc.Case, error)
}

// Numbers are counts, none of which goes beyond a limit.
type Numbers interface {
	// CountConsents counts those that time has not ended at now.
	CountConsents(ctx context.Context, f app.Listing, now time.Time) (int, error)
	CountPayments(ctx context.Context, f app.Listing) (int, error)
	// CountRequests counts all, and those that failed by the class of the status,
	// such as 4 for 404.
	CountRequests(ctx context.Context, clientID string, since time.Time, limit int) (total int, failed map[int]int, err error)
	// CountDead counts messages that no webhook took.
	CountDead(ctx context.Context, clientID string, since time.Time, limit int) (int, error)
}

// listing returns what the query of a page picks. What it does not understand
// picks everything.
func (v *visit) listing(statuses []string) app.Listing {
	f := app.Listing{ClientID: v.app.ID, Limit: pageSize + 1}
	if s := v.form("status"); slices.Contains(statuses, s) {
		f.Status = s
	}
	if _, known := v.h.Banks.Bank(ident.BICFI(v.form("bank"))); known {
		f.BICFI = v.form("bank")
	}
	if m, err := app.ParseMark(v.form("after")); err == nil {
		f.After = m
	}
	return f
}

// list is what the page of a listing shows beside its rows: the last of them
// is marked if there are more.
func (v *visit) list(f *app.Listing, statuses []string, tab string, more bool, last app.Mark) map[string]any {
	data := map[string]any{
		"App": &v.app, "Tab": tab, "Filter": *f, "Statuses": statuses, "Banks": v.h.banks(), "Filtered": f.Status != "" || f.BICFI != "",
		"First": f.After.ID == "",
	}
	if more {
		query := v.r.URL.Query()
		query.Set("after", last.String())
		data["Older"] = v.r.URL.Path + "?" + query.Encode()
	}
	return data
}

// cutPage takes off the row beyond the page, and reports whether there was one.
func cutPage[T any](all []T) ([]T, bool) {
	if len(all) > pageSize {
		return all[:pageSize], true
	}
	return all, false
}

// A bankChoice is a bank to pick.
type bankChoice struct{ BICFI, Name string }

// banks returns the banks of the installation by their names.
func (h *Handler) banks() []bankChoice {
	entries := h.Banks.Entries()
	all := make([]bankChoice, len(entries))
	for i := range entries {
		all[i] = bankChoice{string(entries[i].BICFI), entries[i].Name}
	}
	return all
}

// bankName returns the name of a bank, or its BICFI if it is no longer there.
func (h *Handler) bankName(id ident.BICFI) string {
	if b, ok := h.Banks.Bank(id); ok {
		return b.Info().ASPSP.Name
	}
	return string(id)
}

// A maskedOwner is whose a thing is, masked.
type maskedOwner struct{ Context, PSU, Organisation string }

func maskOwner(o *app.Owner) maskedOwner {
	m := maskedOwner{Context: string(o.Context)}
	if o.PSU != "" {
		m.PSU = ident.MaskPSU(o.PSU)
	}
	if o.Organisation != "" {
		m.Organisation = ident.MaskPSU(o.Organisation)
	}
	return m
}

// maskAccount returns the number of an account of which a page may tell.
func maskAccount(p *bank.Party) string {
	for _, s := range []string{p.IBAN, p.BBAN, p.AccountNumber, p.Bankgiro, p.Plusgiro, p.PAN, p.MaskedPAN, p.MSISDN} {
		if s != "" {
			return ident.IBAN(s).Mask()
		}
	}
	return ""
}

// maskName returns the first letter of each word of a name.
func maskName(s string) string {
	out, start := "", true
	for _, c := range s {
		switch {
		case c == ' ':
			start = true
		case start:
			if out != "" {
				out += " "
			}
			out, start = out+string(c)+"…", false
		}
	}
	return out
}

// shade returns the class of the badge of a status of any kind.
func shade(status any) string {
	s, ok := status.(string)
	if !ok {
		return ""
	}
	switch s {
	case "valid", "finalised", "exempted", "ACSC", "ACCC", "approved", "delivered":
		return "good"
	case "rejected", "failed", "RJCT", "dead", "disabled":
		return "bad"
	case "received", "partiallyAuthorised", "started", "RCVD", "PATC", "PDNG", "open", "submitted", "pending":
		return "warn"
	case "ACTC", "ACSP", "ACCP", "ACFC", "ACWC", "ACWP":
		return "accent"
	}
	return ""
}
