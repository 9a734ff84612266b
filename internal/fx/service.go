package fx

import (
	"context"
	"errors"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// A Service gives quotes.
type Service struct {
	Store  Store
	Source Source // nil serves no currency
	Gate   Gate   // nil lets everybody pass
	Clock  clock.Clock
	Terms  Terms
	Desk   *Desk // nil takes no orders
}

// Terms are what a quote costs.
type Terms struct {
	// Fee is taken for each quote that is used: so many units of the source
	// currency, whichever that is. Its own currency is XXX. Zero is none.
	Fee money.Amount
	// Spread is what the rate is worse than the mid rate, in basis points.
	Spread int
}

// Admit reports problem.KYCInvalid for a caller whose organisation may not
// change money. A caller without an organisation passes: it has to name one
// when it pays.
func (s *Service) Admit(ctx context.Context, by app.Caller) error {
	if s.Gate == nil || by.Context != scope.Corporate || by.Organisation == "" {
		return nil
	}
	return s.Gate.Check(ctx, by)
}

// Create stores and returns a new quote. All faults of the body come in one
// error; problem.RatesUnavailable comes before them, since without rates nobody
// knows which currencies there are.
func (s *Service) Create(ctx context.Context, by app.Caller, r Request) (Quote, error) {
	now := s.Clock.Now().Truncate(time.Millisecond)
	rates, err := s.rates(ctx, now)
	if err != nil {
		return Quote{}, err
	}
	amount, err := r.check(rates, dateOf(now))
	if err != nil {
		return Quote{}, err
	}
	q := Quote{
		Owner: app.Owner(by), Amount: amount, Country: r.Country, ValidFrom: now,
		ValidTo: dateOf(now).AddDate(0, 0, 2).Add(-time.Second),
	}
	if q.Owner.Context == scope.Private {
		q.Owner.Organisation = ""
	}
	if r.ExecutionDate != nil {
		q.ExecutionDate = *r.ExecutionDate
	}
	if err := s.price(&q, rates, money.Currency(r.SourceCurrency)); err != nil {
		return Quote{}, err
	}
	return q, s.insert(ctx, &q)
}

// maxIDs is how many ids are tried. That two in a row are taken happens once
// there are very many quotes, and ten never.
const maxIDs = 10

// insert stores q with an id that no other quote has.
func (s *Service) insert(ctx context.Context, q *Quote) error {
	for range maxIDs {
		q.ID = newID()
		if ok, err := s.Store.InsertQuote(ctx, q, q.event("created", q.ValidFrom, "")); ok || err != nil {
			return err
		}
	}
	return errors.New("insert quote: no id is free")
}

func (s *Service) rates(ctx context.Context, now time.Time) (Rates, error) {
	if s.Source == nil {
		return Rates{}, nil
	}
	return s.Source.Rates(ctx, now)
}

// price sets the rate, the fee and the total.
func (s *Service) price(q *Quote, rates Rates, source money.Currency) (err error) {
	d := deal{source: source, target: q.Target(), days: daysAfterSpot(q.ValidFrom, q.ExecutionDate), spread: s.Terms.Spread}
	if q.Rate, err = rates.quoted(d); err != nil {
		return problem.Blame(err, problem.Body, "targetCurrency")
	}
	cost, err := q.Rate.Convert(q.Amount, source)
	if err == nil {
		q.Fee, err = money.One.Convert(s.Terms.Fee, source)
	}
	if err == nil {
		q.Total, err = cost.Add(q.Fee)
	}
	if errors.Is(err, money.ErrOverflow) || err == nil && tooLarge(q.Total) {
		return problem.Blame(problem.New(problem.FormatInvalid, "is too large"), problem.Body, "amount")
	}
	return err
}

// tooLarge reports whether an amount is more than one that the API can carry.
func tooLarge(a money.Amount) bool {
	_, err := money.Parse(a.Decimal(), a.Currency)
	return err != nil
}

// spotDays is how many bank days after the deal spot is settled.
const spotDays = 2

// daysAfterSpot returns how many days an execution date is later than spot.
func daysAfterSpot(now, execution time.Time) int {
	if execution.IsZero() {
		return 0
	}
	return max(0, int(execution.Sub(bankDaysAfter(dateOf(now), spotDays))/(24*time.Hour)))
}

// bankDaysAfter returns the date n bank days after d, Saturdays and Sundays
// being none.
func bankDaysAfter(d time.Time, n int) time.Time {
	for n > 0 {
		d = d.AddDate(0, 0, 1)
		if w := d.Weekday(); w != time.Saturday && w != time.Sunday {
			n--
		}
	}
	return d
}

// dateOf returns the date of an instant, in UTC.
func dateOf(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Quote returns a quote of the caller's, used and expired ones too. It reports
// problem.ResourceUnknown, problem.ContextForeign and problem.ResourceForeign.
func (s *Service) Quote(ctx context.Context, by app.Caller, id string) (Quote, error) {
	id, ok := ParseID(id)
	if !ok {
		return Quote{}, unknown()
	}
	q, err := s.Store.Quote(ctx, id)
	if err == nil {
		err = q.checkOwner(by)
	}
	if err != nil {
		return Quote{}, err
	}
	return q, nil
}
