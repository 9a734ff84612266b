package simulator

import (
	"time"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/scope"
)

// A day is a date: the days since 1970-01-01.
type day int64

const dayLength = 24 * time.Hour

// dayOf returns the date t, which is at midnight UTC.
func dayOf(t time.Time) day { return day(t.Unix() / int64(dayLength/time.Second)) }

// dayIn returns the date that it is in the place at the instant.
func dayIn(at time.Time, in *time.Location) day {
	y, m, d := at.In(in).Date()
	return dayOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// time returns the date as the rest of the program has it: midnight UTC.
func (d day) time() time.Time { return time.Unix(int64(d)*int64(dayLength/time.Second), 0).UTC() }

// startIn returns the instant at which the day begins in the place.
func (d day) startIn(in *time.Location) time.Time {
	y, m, n := d.time().Date()
	return time.Date(y, m, n, 0, 0, 0, 0, in).UTC()
}

// A customerKey names a customer of a bank.
type customerKey struct {
	bicfi ident.BICFI
	id    string // as stored: "private:199002092386"
}

func customerID(c scope.Context, psu, organisation string) string {
	if c == scope.Corporate {
		return "corporate:" + organisation
	}
	return "private:" + psu
}
