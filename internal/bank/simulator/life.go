package simulator

import (
	"strings"
	"time"
)

// fullHistory is how many days of history an account has, 760 back included.
const fullHistory = 760

// lifePlan returns the plan of an account with a life in the country.
func lifePlan(life, country string, d dice) Plan {
	p := Plan{Life: life, Days: fullHistory}
	scale := int64(10)
	if currencyOf(country) == "EUR" {
		scale = 1
	}
	switch life {
	case "household", "joint":
		p.Life, p.Level = "household", d.about(3_200_00, 15)*scale
		p.Opening = p.Level * 17 / 10 // enough for the days before the salary
	case "savings":
		p.Level, p.Opening = d.about(300_00, 30)*scale, d.about(8_000_00, 60)*scale
	case "currency":
		p.Level, p.Opening = d.about(20_000_00, 40), d.about(40_000_00, 30)
	case "company", "association":
		p.Level = d.about(80_000_00, 30) * scale
		p.Opening = p.Level * 2
	case "overdrawn":
		p.Level, p.Opening = 250_00*scale, -843_21*scale
	case "busy":
		p.Rows, p.Opening = 5_000, 4_000_00*scale
	case "bulk":
		p.Rows, p.Opening = 100_000, 100_000_00*scale
	case "card":
		p.Level = 100 * scale
	case "empty":
		p.Days = 1
	}
	return p
}

// A grower makes the history of an account: what happens on a day is a pure
// function of the seed, the account and the day.
type grower struct {
	b     *connector
	a     *Account
	words *words
	seed  int64
	id    string
	out   []row
	day   day
}

// A row is a transaction before it is booked.
type row struct {
	kind   kind
	amount int64
	text   string
	ref    int64
	origin day // when it happened
	lag    day // days until it is booked; cards only
	minute int // of the day; cards only
}

func (b *connector) grower(a *Account) *grower {
	return &grower{
		b: b, a: a, words: wordsOf(b.info.ASPSP.CountryCode), seed: b.w.o.Seed, id: accountID(a.Key), out: make([]row, 0, 16),
	}
}

// dice returns the dice of a day for a purpose.
func (g *grower) dice(d day, what string) dice {
	return newDice(g.seed^int64(d)<<20, g.id, what) // seed and day together
}

// add adds a row of the day.
func (g *grower) add(k kind, amount int64, text ...string) {
	if amount == 0 {
		return
	}
	n := uint64(len(g.out))
	g.out = append(g.out, row{
		kind: k, amount: amount, text: pack(text), origin: g.day, ref: mix(uint64(g.a.Key), uint64(g.day)<<16|n), //nolint:gosec // bits
	})
}

// pack makes one text of parts, and parts of a text.
func pack(p []string) string { return strings.TrimRight(strings.Join(p, "\x1f"), "\x1f") }

func unpack(s string) (p [parts]string) {
	for i := 0; i < parts && s != ""; i++ {
		p[i], s, _ = strings.Cut(s, "\x1f")
	}
	return p
}

// on returns what is booked on a day, in order. The slice is good until the
// next call.
func (g *grower) on(d day) []row {
	g.day, g.out = d, g.out[:0]
	t := d.time()
	switch g.a.Plan.Life {
	case "household":
		g.household(t)
	case "savings":
		g.saving(t)
	case "company":
		g.company(t)
	case "association":
		g.association(t)
	case "currency":
		g.currency(t)
	case "overdrawn":
		g.overdrawn(t)
	case "busy", "bulk":
		g.busy(t)
	case "opened":
		g.opened()
	case "card":
		g.bill(t)
	}
	for lag := day(2); lag >= 1 && g.hasCard(); lag-- {
		for _, p := range g.purchases(d - lag) {
			if p.lag == lag {
				g.out = append(g.out, p)
			}
		}
	}
	return g.out
}

// pending returns what happened until the instant and is not booked on the
// bank-local day: reservations of cards, newest first.
func (g *grower) pending(now time.Time, today day) []row {
	if !g.hasCard() {
		return nil
	}
	local := now.In(g.b.info.Location)
	minute := local.Hour()*60 + local.Minute()
	var out []row
	for _, d := range []day{today, today - 1} {
		list := g.purchases(d)
		for i := len(list) - 1; i >= 0; i-- {
			p := list[i]
			if d+p.lag > today && (d < today || p.minute <= minute) {
				out = append(out, p)
			}
		}
	}
	return out
}

func (g *grower) hasCard() bool {
	switch g.a.Plan.Life {
	case "household", "card", "overdrawn", "company":
		return true
	}
	return false
}

// purchases returns what is bought with a card on a day, in order of time.
func (g *grower) purchases(d day) []row {
	r := g.dice(d, "card")
	n := [...]int{0, 0, 1, 1, 1, 2, 2, 3}[r.IntN(8)] // 1.25 a day
	if life := g.a.Plan.Life; life == "overdrawn" || life == "company" {
		n /= 2
	}
	out := make([]row, 0, n)
	minute := 7 * 60
	for i := range n {
		minute += r.IntN(14 * 60 / n)
		s := g.shop(r)
		p := row{
			kind: cardPurchase, origin: d, lag: 1 + day(r.IntN(2)), minute: minute,
			ref: mix(uint64(g.a.Key), uint64(d)<<16|0x8000|uint64(i)), //nolint:gosec // bits
		}
		amount, exchange := r.about(s.amount, 60), ""
		city := s.city
		if g.a.Card != nil && r.IntN(10) == 0 {
			amount, exchange = g.abroad(r, amount)
			city = "Testville US"
			if strings.HasPrefix(exchange, "EUR") {
				city = "Musterstadt DE"
			}
		}
		p.amount = -amount
		p.text = pack([]string{s.name, "", "", s.name + " " + city, "", "", "", exchange, "", s.mcc + " " + city})
		out = append(out, p)
	}
	return out
}

// shop draws a shop, the usual ones more often.
func (g *grower) shop(r dice) *shop {
	total := 0
	for i := range g.words.shops {
		total += g.words.shops[i].weight
	}
	n := r.IntN(total)
	for i := range g.words.shops {
		if n -= g.words.shops[i].weight; n < 0 {
			return &g.words.shops[i]
		}
	}
	return &g.words.shops[0]
}

// shopping returns what purchases cost in a month, on average.
func (g *grower) shopping() int64 {
	total, weight := int64(0), int64(0)
	for _, s := range g.words.shops {
		total, weight = total+s.amount*int64(s.weight), weight+int64(s.weight)
	}
	return total / weight * 125 * 304 / 1000
}

// bill pays the purchases that were booked in the month before, on the 28th.
func (g *grower) bill(t time.Time) {
	if t.Day() == 28 {
		g.add(cardPayment, g.spent(t), "", "", "", "Payment of the bill, thank you")
	}
}

// spent returns the sum of the purchases that were booked in the month before.
func (g *grower) spent(t time.Time) int64 {
	first := time.Date(t.Year(), t.Month()-1, 1, 0, 0, 0, 0, time.UTC)
	sum := int64(0)
	for d := dayOf(first); d.time().Month() == first.Month(); d++ {
		for lag := day(1); lag <= 2; lag++ {
			for _, p := range g.purchases(d - lag) {
				if p.lag == lag {
					sum -= p.amount
				}
			}
		}
	}
	return sum
}
