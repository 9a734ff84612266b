package account

import (
	"time"

	"sluss.example/sluss/internal/problem"
)

// A defaultHistory is the period, in days, of a query that names no dateFrom,
// unless the bank's history is shorter.
const defaultHistory = 90

// settle checks q against what the bank offers and fills in the dates.
func (v *view) settle(q Query) (Query, error) {
	p := v.profile()
	if q.Status == "" {
		q.Status = Booked
	}
	switch {
	case q.Status != Booked && p.BookedOnly:
		return q, unsupported("bookingStatus", "the bank has booked transactions only")
	case q.After != "" && !p.EntryReferenceFrom:
		return q, unsupported("entryReferenceFrom", "the bank does not offer entryReferenceFrom")
	case q.Delta && !p.DeltaList:
		return q, unsupported("deltaList", "the bank does not offer deltaList")
	case q.After != "":
		q.From, q.To = v.oldest(), v.today() // an old entry opens no more history than a date does
		return q, nil
	}
	today := v.today()
	if q.To.IsZero() || q.To.After(today) {
		q.To = today
	}
	asked := "dateFrom"
	if q.From.IsZero() {
		q.From = today.AddDate(0, 0, -v.openDays())
		if q.From.After(q.To) {
			q.From, asked = q.To, "dateTo"
		}
	}
	if q.From.After(q.To) {
		return q, period(asked, "dateFrom is after dateTo")
	}
	if q.From.Before(v.oldest()) {
		return q, v.tooOld(asked)
	}
	return q, nil
}

// openDays returns the days of history of a query without dateFrom.
func (v *view) openDays() int {
	if days := v.profile().History.MaxDays; days > 0 {
		return min(days, defaultHistory)
	}
	return defaultHistory
}

// oldest returns the first date that may be asked for now. For some minutes
// after the consent was authorised that is further back than later.
func (v *view) oldest() time.Time {
	h := v.profile().History
	days := h.MaxDays
	if days <= 0 {
		days = defaultHistory
	}
	window := time.Duration(h.WindowMinutes) * time.Minute
	if h.ExtendedMaxDays > days && !v.consent.AuthorisedAt.IsZero() && !v.now.After(v.consent.AuthorisedAt.Add(window)) {
		days = h.ExtendedMaxDays
	}
	return v.today().AddDate(0, 0, -days)
}

// tooOld refuses a date beyond the history, in the way of the bank.
func (v *view) tooOld(asked string) error {
	text := asked + " is older than the bank's history of transactions"
	if !v.profile().PeriodFaultIsRaw {
		return period(asked, text)
	}
	e := problem.New(problem.BankRefused, "%s", text)
	e.Status = 401 // Unauthorized, as such banks answer
	return e
}

func period(field, text string) error {
	return problem.Blame(problem.New(problem.PeriodInvalid, "%s", text), problem.Query, field)
}

func unsupported(field, text string) error {
	return problem.Blame(problem.New(problem.ParameterUnsupported, "%s", text), problem.Query, field)
}
