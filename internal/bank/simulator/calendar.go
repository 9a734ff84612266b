package simulator

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/aa"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/ecb"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/se"

	"sluss.example/sluss/internal/bank"
)

// sepa is the product that is settled on the days of TARGET.
const sepa = "sepa-credit-transfers"

// target is the name of the calendar of TARGET, beside those of countries.
const target = "TARGET"

// calendars returns the days on which banks rest, apart from Saturdays and
// Sundays, by country.
func calendars() map[string]*cal.BusinessCalendar {
	finland := []*cal.Holiday{
		aa.NewYear, aa.Epiphany, aa.GoodFriday, aa.EasterMonday, aa.WorkersDay, aa.AscensionDay, se.Midsommarafton,
		{Name: "Itsenäisyyspäivä", Month: time.December, Day: 6, Func: cal.CalcDayOfMonth},
		se.Julafton, aa.ChristmasDay, aa.ChristmasDay2,
	}
	out := map[string]*cal.BusinessCalendar{}
	for name, days := range map[string][]*cal.Holiday{
		"SE": se.Holidays, "FI": finland, "NO": no.Holidays, "DK": dk.Holidays, "NL": nl.Holidays, "DE": de.Holidays, target: ecb.Holidays,
	} {
		c := cal.NewBusinessCalendar()
		c.Cacheable = true
		c.AddHoliday(days...)
		out[name] = c
	}
	return out
}

// bankDay reports whether the bank carries out payments of the product on the
// day.
func (b *connector) bankDay(d day, product string) bool {
	if !b.info.Profile.BankDays {
		return true
	}
	name := b.info.ASPSP.CountryCode
	if product == sepa {
		name = target
	}
	c, ok := b.w.calendars[name]
	return !ok || c.IsWorkday(d.time())
}

// executes returns the day on which the bank carries out an order that it gets
// at the instant: the day that is asked for, or the next bank day after it,
// after the present, and after the cut-off.
func (b *connector) executes(o *bank.PaymentOrder, now time.Time) day {
	today := dayIn(now, b.info.Location)
	d := today
	if !o.ExecutionDate.IsZero() {
		d = max(d, dayOf(o.ExecutionDate))
	}
	if d == today && b.tooLate(now) {
		d++
	}
	for !b.bankDay(d, o.Product) {
		d++
	}
	return d
}

// tooLate reports whether the cut-off of the bank-local day has passed.
func (b *connector) tooLate(now time.Time) bool {
	if b.info.Profile.CutOff == "" {
		return false
	}
	return now.In(b.info.Location).Format("15:04") >= b.info.Profile.CutOff
}

// runEvery is how often money moves between banks.
const runEvery = 5 * time.Second

// nextRun returns when the settlement run is that takes along what is signed at
// the instant: 5 to 10 seconds after it.
func (w *World) nextRun(at time.Time) time.Time {
	if w.o.NoWaits {
		return at
	}
	return at.Add(2*runEvery - time.Millisecond).Truncate(runEvery)
}
