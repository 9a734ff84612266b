package bank

import (
	"time"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/sca"
)

// A Profile holds the settings of one bank that select between the behaviours
// that the API allows; docs/sandbox.md lists the named ones. [DefaultProfile]
// has the defaults; the zero value is not usable.
type Profile struct {
	Decoupled, Redirect bool         // approaches
	Default             sca.Approach // when the TPP has no preference
	RedirectKind        sca.Approach // sca.OAuthRedirect or sca.PlainRedirect
	Methods             []sca.Method
	// Rounds is 1, 2 (log-in first) or 3 (then a new payee).
	Rounds int

	PSUIDRequired, PSUHeadersRequired bool

	Products     []string
	AccountForms string // "any", "iban", "bban+clearing" or "bban-debtor"
	CheckDigits  bool
	// ChecksRights refuses the payment of a PSU without the right to pay when
	// it is made, not when it is signed.
	ChecksRights bool

	History            aspsp.History
	PeriodFaultIsRaw   bool // older than the history is 401 RAW, not 400 PERIOD_INVALID
	BookedOnly         bool // no pending rows
	DateFilterIgnored  bool
	EmptyAs204         bool
	UnsignedDebits     bool
	TransactionDetails bool
	TransactionIDs     string // "stable", "change" on booking, or "blank"
	PageSize           int    // booked rows of a page, 1 to 1000
	DeltaList          bool   // deltaList is offered
	EntryReferenceFrom bool   // entryReferenceFrom is offered

	MaxConsentDays     int // 0: no maximum
	MaxFrequencyPerDay int
	SelectAccounts     bool
	Sessions           bool

	Baskets        bool
	BasketLimit    int
	CancelNeedsSCA bool
	// VisibilityLag is how long a booked row takes to be seen.
	VisibilityLag time.Duration
	NativeStatus  bool
	CutOff        string // "15:00", bank time; none if empty
	BankDays      bool   // national bank days, else every day is one
}

// DefaultProfile returns the defaults for a bank in Sweden.
func DefaultProfile() Profile {
	return Profile{
		Decoupled: true, Redirect: true, Default: sca.Decoupled, RedirectKind: sca.OAuthRedirect,
		Methods: sca.BankID(), Rounds: 1,
		Products:           []string{"domestic", "swedish-giro", "cross-border", "sepa-credit-transfers"},
		AccountForms:       "any",
		History:            aspsp.History{MaxDays: 90, ExtendedMaxDays: 760, WindowMinutes: 60},
		TransactionDetails: true, TransactionIDs: "stable", PageSize: 100, EntryReferenceFrom: true, DeltaList: true,
		MaxConsentDays: 180, MaxFrequencyPerDay: 4, SelectAccounts: true, Sessions: true,
		Baskets: true, BasketLimit: 100,
	}
}

// Approach returns the approach for a TPP's preference: redirect if *redirect,
// decoupled if not, the bank's default if nil. A preference that the bank
// cannot meet is overridden, not refused.
func (p *Profile) Approach(redirect *bool) sca.Approach {
	want := p.Default
	if redirect != nil && *redirect {
		want = p.RedirectKind
	} else if redirect != nil {
		want = sca.Decoupled
	}
	switch {
	case want.Redirect() && !p.Redirect:
		return sca.Decoupled
	case want == sca.Decoupled && !p.Decoupled:
		return p.RedirectKind
	}
	return want
}

// Method returns the method with the id, and whether the bank has it.
func (p *Profile) Method(id string) (sca.Method, bool) {
	for _, m := range p.Methods {
		if m.ID == id {
			return m, true
		}
	}
	return sca.Method{}, false
}

// nativeStatuses are what a bank with statuses of its own calls those of the
// API. What is not listed has the same name.
var nativeStatuses = map[iso20022.Status]iso20022.Status{
	iso20022.RCVD: iso20022.ACTC, // its form was checked when it was created
	iso20022.ACTC: iso20022.ACSP, // waiting for the date is a part of executing
	iso20022.PDNG: iso20022.ACSP,
}

// Native returns the status of a payment as the bank calls it.
func (p *Profile) Native(s iso20022.Status) iso20022.Status {
	if own, ok := nativeStatuses[s]; ok && p.NativeStatus {
		return own
	}
	return s
}
