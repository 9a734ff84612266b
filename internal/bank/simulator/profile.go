package simulator

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/sca"
)

// nationalProfile returns the defaults for a bank in the country.
func nationalProfile(country string) bank.Profile {
	p := bank.DefaultProfile()
	if country == "SE" {
		return p
	}
	p.Decoupled, p.Default = false, p.RedirectKind
	p.Methods = []sca.Method{{ID: "bank_app", Type: "PUSH_OTP", Name: "The bank's app"}}
	if country == "NO" || country == "DK" {
		p.Products = []string{"domestic", "cross-border"}
	} else {
		p.Products = []string{"sepa-credit-transfers", "cross-border"}
	}
	return p
}

// quirks are the named profiles: what each changes in the default one.
func quirks() map[string]func(*bank.Profile) {
	return map[string]func(*bank.Profile){
		"ideal":           func(*bank.Profile) {},
		"redirect-only":   func(p *bank.Profile) { p.Decoupled, p.Default = false, p.RedirectKind },
		"plain-redirect":  func(p *bank.Profile) { p.RedirectKind = sca.PlainRedirect },
		"decoupled-only":  func(p *bank.Profile) { p.Redirect, p.Decoupled, p.Default = false, true, sca.Decoupled },
		"two-rounds":      func(p *bank.Profile) { p.Rounds = 2 },
		"three-rounds":    func(p *bank.Profile) { p.Rounds = 3 },
		"headers":         func(p *bank.Profile) { p.PSUIDRequired, p.PSUHeadersRequired = true, true },
		"iban-only":       func(p *bank.Profile) { p.AccountForms = "iban" },
		"bban-debtor":     func(p *bank.Profile) { p.AccountForms = "bban-debtor" },
		"checks-rights":   func(p *bank.Profile) { p.ChecksRights = true },
		"cancel-signed":   func(p *bank.Profile) { p.CancelNeedsSCA = true },
		"no-baskets":      func(p *bank.Profile) { p.Baskets, p.BasketLimit = false, 0 },
		"small-baskets":   func(p *bank.Profile) { p.BasketLimit = 3 },
		"clearing-apart":  func(p *bank.Profile) { p.AccountForms = "bban+clearing" },
		"short-history":   func(p *bank.Profile) { p.History.MaxDays, p.History.ExtendedMaxDays = 30, 90 },
		"few-rows":        func(p *bank.Profile) { p.History.MaxCount, p.PageSize = 250, 25 },
		"raw-period":      func(p *bank.Profile) { p.PeriodFaultIsRaw = true },
		"booked-only":     func(p *bank.Profile) { p.BookedOnly, p.EntryReferenceFrom, p.DeltaList = true, false, false },
		"ignores-dates":   func(p *bank.Profile) { p.DateFilterIgnored = true },
		"empty-204":       func(p *bank.Profile) { p.EmptyAs204 = true },
		"unsigned":        func(p *bank.Profile) { p.UnsignedDebits = true },
		"changing-ids":    func(p *bank.Profile) { p.TransactionIDs = "change" },
		"blank-ids":       func(p *bank.Profile) { p.TransactionIDs, p.TransactionDetails = "blank", false },
		"slow-books":      func(p *bank.Profile) { p.VisibilityLag = 30 * time.Minute },
		"no-selection":    func(p *bank.Profile) { p.SelectAccounts, p.Sessions = false, false },
		"banking-days":    func(p *bank.Profile) { p.CutOff, p.BankDays = "15:00", true },
		"native-statuses": func(p *bank.Profile) { p.NativeStatus = true },
		"checks-digits":   func(p *bank.Profile) { p.CheckDigits = true },
		"worst-day": func(p *bank.Profile) {
			p.Rounds, p.PageSize, p.TransactionIDs = 2, 10, "change"
			p.UnsignedDebits, p.EmptyAs204, p.PeriodFaultIsRaw = true, true, true
		},
	}
}

// Quirks returns the names of the profiles that a bank can be set to.
func Quirks() []string { return slices.Sorted(maps.Keys(quirks())) }

func applyQuirks(p *bank.Profile, name string) error {
	if name == "" {
		return nil
	}
	change, ok := quirks()[name]
	if !ok {
		return fmt.Errorf("no profile %q; there are %v", name, Quirks())
	}
	change(p)
	return nil
}
