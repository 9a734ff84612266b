package account

import (
	"context"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/problem"
)

// A view is what one call works with: its consent, its bank, and whom the bank
// is asked for.
type view struct {
	svc      *Service
	req      Request
	consent  consent.Consent
	info     *bank.Info
	customer bank.Customer
	now      time.Time
	accounts bank.AccountReader // nil if the bank has none
	cards    bank.CardReader    // nil if the bank has none
}

// open checks the consent of a call.
func (s *Service) open(ctx context.Context, r Request) (*view, error) {
	conn, ok := s.Banks.Bank(r.BICFI)
	if !ok {
		return nil, problem.Blame(problem.New(problem.ResourceUnknown, "no bank with this BIC"), problem.Header, "X-BicFi")
	}
	c, err := s.Consents.ForUse(ctx, r.Caller, r.BICFI, r.ConsentID)
	if problem.Is(err, problem.ParameterInconsistent) {
		return nil, problem.Blame(err, problem.Header, "X-BicFi")
	}
	if err != nil {
		return nil, problem.Blame(err, problem.Header, "Consent-ID")
	}
	if c.DirectDebit {
		return nil, notCovered("account information: it is one for direct debits")
	}
	v := &view{svc: s, req: r, consent: c, info: conn.Info(), now: s.Clock.Now(), customer: bank.Customer{
		Context: c.Owner.Context, PSU: c.Owner.PSU, Organisation: c.Owner.Organisation, Affiliate: c.Affiliate,
	}}
	if r.Attended {
		v.customer.IPAddress = r.IPAddress
	}
	v.accounts, _ = conn.(bank.AccountReader)
	v.cards, _ = conn.(bank.CardReader)
	return v, nil
}

func (v *view) profile() *bank.Profile { return &v.info.Profile }

func (v *view) ids() *ids { return newIDs(&v.svc.Keys, v.consent.Owner, v.info.ASPSP.BICFI) }

func (v *view) unsupported() error {
	return problem.New(problem.ServiceUnsupported, "the bank does not offer this call")
}

// hasDetails reports whether a row of the bank can be asked for on its own.
func (v *view) hasDetails() bool {
	return v.profile().TransactionDetails && v.profile().TransactionIDs != "blank"
}

// today returns the bank-local date.
func (v *view) today() time.Time {
	y, m, d := v.now.In(v.location()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func (v *view) location() *time.Location {
	if v.info.Location == nil {
		return time.UTC
	}
	return v.info.Location
}

// A kind is a kind of data that has a counter of its own.
type kind string

const (
	listKind         kind = "list"
	detailsKind      kind = "details"
	balancesKind     kind = "balances"
	transactionsKind kind = "transactions"
	rowKind          kind = "row"
	cardListKind     kind = "card-list"
)

// count counts an unattended call for kind of the account, or refuses it
// because the consent's calls of this bank-local day are used up. It comes
// after every check of the request and before the bank is asked, so that
// neither a refused nor a faulty call is counted.
func (v *view) count(ctx context.Context, k kind, resourceID string) error {
	if v.req.Attended {
		return nil
	}
	key := v.consent.ID + " " + string(k)
	if resourceID != "" {
		key += " " + resourceID
	}
	ok, err := v.svc.Store.CountAccess(ctx, key, v.today().Format(time.DateOnly), v.consent.FrequencyPerDay)
	if err != nil || ok {
		return err
	}
	e := problem.New(problem.AccessExceeded, "the consent allows %d such calls a day without the PSU", v.consent.FrequencyPerDay)
	e.RetryAfter = v.untilMidnight()
	return e
}

// untilMidnight returns how long the bank-local day still lasts, in whole
// seconds rounded up.
func (v *view) untilMidnight() time.Duration {
	local := v.now.In(v.location())
	y, m, d := local.Date()
	rest := time.Date(y, m, d+1, 0, 0, 0, 0, v.location()).Sub(local)
	return (rest + time.Second - 1).Truncate(time.Second)
}
