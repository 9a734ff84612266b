package simulator

import (
	"fmt"
	"strconv"
	"time"
)

// payday reports whether wages come on the day: the 25th, or the Friday before.
func payday(t time.Time) bool {
	due := time.Date(t.Year(), t.Month(), 25, 0, 0, 0, 0, time.UTC)
	for due.Weekday() == time.Saturday || due.Weekday() == time.Sunday {
		due = due.AddDate(0, 0, -1)
	}
	return t.Equal(due)
}

func workday(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }

// fixed returns the dice of what stays the same through an account's life.
func (g *grower) fixed() dice { return g.dice(0, "fixed") }

// giro returns a drawn bankgiro number, empty outside Sweden.
func (g *grower) giro(r dice) string {
	n := "5" + r.digits(6)[1:]
	if g.b.info.ASPSP.CountryCode != "SE" {
		return ""
	}
	n += luhn(n)
	return n[:3] + "-" + n[3:]
}

// household is what happens to a person: wages, rent, bills, gifts.
func (g *grower) household(t time.Time) {
	w, level, once, r := g.words, g.a.Plan.Level, g.fixed(), g.dice(g.day, "household")
	employer, landlord := once.pick(w.employer), g.giro(once)
	power, phone := g.giro(once), g.giro(once)
	rent, bill := level*30/100, level/90
	// What is left is saved, so that the balance stays about where it was.
	saved := level - rent - level*3/100 - bill - g.shopping() - level/100
	if payday(t) {
		g.add(salary, level, employer, g.iban(once), "", fmt.Sprintf("%s %s", w.salary, t.Format("2006-01")), "", "TESTPAY"+t.Format("200601"))
	}
	switch t.Day() {
	case 1:
		g.add(fee, -level/800, "", "", "", "Account fee")
	case 15:
		g.add(giroOut, -bill, w.phone, "", phone, "", r.ocr(12))
	case 26:
		if saved > 0 {
			g.add(transferOut, -saved, w.savings, "", "", w.savings)
		}
	case 27:
		g.add(giroOut, -r.about(level*3/100, 35), w.power, "", power, "", r.ocr(16))
	case 28:
		g.add(directDebit, -rent, w.landlord, "", landlord, w.rent+" "+t.Format("2006-01"), "", "", "TESTMANDATE"+once.digits(6))
	}
	if r.IntN(5) == 0 {
		friend := r.pick(w.first) + " " + r.pick(w.last)
		text := r.pick([]string{"🍕", "Tack!", "Bio", "Present", "Lunch"})
		if amount := r.about(level/180, 70); r.IntN(5) < 2 {
			g.add(instantIn, amount, friend, "", "", w.instant+" "+text)
		} else {
			g.add(instantOut, -amount, friend, "", "", w.instant+" "+text)
		}
	}
}

// iban draws the number of an account at a bank of the same kind.
func (g *grower) iban(r dice) string { return g.b.number(r).iban }

func (g *grower) saving(t time.Time) {
	r, from := g.dice(g.day, "savings"), g.words.account
	if g.a.Payment.Usage == "ORGA" {
		from = "Company account"
	}
	switch {
	case t.Day() == 26:
		g.add(transferIn, g.a.Plan.Level, from, "", "", g.words.savings)
	case t.Month() == time.December && t.Day() == 31:
		g.add(interest, r.about(g.a.Plan.Level/2, 20), "", "", "", "Interest "+t.Format("2006"))
	case r.IntN(60) == 0:
		g.add(transferOut, -r.about(g.a.Plan.Level*2, 60), from, "", "", from)
	}
}

// company is what happens to a business on a day.
func (g *grower) company(t time.Time) {
	w, level, r := g.words, g.a.Plan.Level, g.dice(g.day, "company")
	once := g.fixed()
	if t.Day() == 1 {
		g.add(fee, -level/4000, "", "", "", "Monthly fee, company account")
	}
	if payday(t) {
		g.add(salaries, -level*25/100, w.salary, "", "", fmt.Sprintf("%s %s, %d", w.salary, t.Format("2006-01"), 4+once.IntN(30)))
	}
	if t.Day() == 12 {
		g.add(tax, -level*15/100, w.tax, "", g.giro(once), "", once.ocr(16))
	}
	if !workday(t) {
		return
	}
	// 21.7 working days a month; the deposit is some 40% of the income.
	daily := level * 10 / 217
	for range 2 + r.IntN(3) {
		g.add(giroIn, r.about(daily/5, 60), g.firm(r), g.iban(r), "", "", r.ocr(10), fmt.Sprintf("TEST-INV-%05d", r.IntN(100000)))
	}
	g.deposit(r, daily*2/5)
	for range 1 + r.IntN(4) {
		g.add(giroOut, -r.about(daily*22/100, 60), g.firm(r), "", g.giro(r), fmt.Sprintf("Invoice %d", 1000+r.IntN(9000)), "", "TEST-"+r.digits(8))
	}
	if r.IntN(8) == 0 {
		g.abroadPayment(r, daily/3)
	}
}

// deposit books what came in on a bankgiro as one lump sum.
func (g *grower) deposit(r dice, about int64) {
	text := fmt.Sprintf("%d payments", 3+r.IntN(40))
	if g.a.Payment != nil && g.a.Payment.BankgiroNumber != "" {
		text = "Bankgiro " + g.a.Payment.BankgiroNumber + ", " + text
	}
	g.add(giroDeposit, r.about(about, 50), "", "", "", text, "", "TESTBGC"+strconv.FormatInt(int64(g.day), 10))
}

func (g *grower) firm(r dice) string {
	return r.pick(g.words.last) + " " + r.pick(g.words.companies) + " " + g.words.form
}

// foreignIBANs are of the examples of the SWIFT IBAN registry.
func foreignIBANs() []string {
	return []string{"DE89370400440532013000", "NL91ABNA0417164300", "FR1420041010050500013M02606", "GB29NWBK60161331926819"}
}

// abroadPayment pays a supplier in another country, in its currency.
func (g *grower) abroadPayment(r dice, about int64) {
	amount, exchange := g.abroad(r, r.about(about, 50))
	charge := int64(25_00)
	g.add(crossOut, -amount-charge, r.pick([]string{"Muster Teile GmbH", "Voorbeeld Handel B.V.", "Exemple Sarl", "Sample Parts Ltd"}),
		r.pick(foreignIBANs()), "", fmt.Sprintf("Invoice %d", 1000+r.IntN(9000)), "", "TESTX"+r.digits(10), "", exchange, strconv.FormatInt(charge, 10))
}

// abroad returns an amount as it is converted from another currency: the
// amount in the account's, and the exchange.
func (g *grower) abroad(r dice, about int64) (int64, string) {
	own := g.b.currency
	if g.a.Payment != nil {
		own = g.a.Payment.Currency
	}
	other := foreign(own)
	rate := int64(8_0000 + r.IntN(1_5000)) // ten thousandths
	switch own {
	case "SEK", "NOK":
		rate = int64(11_0000 + r.IntN(8000))
	case "DKK":
		rate = int64(7_4500 + r.IntN(200))
	case "EUR":
		rate = int64(8800 + r.IntN(800))
	}
	source := max(about*10_000/rate, 1)
	amount := (source*rate + 5_000) / 10_000
	return amount, fmt.Sprintf("%s %s %d.%04d %d", other, own, rate/10_000, rate%10_000, source)
}

func (g *grower) association(t time.Time) {
	r := g.dice(g.day, "association")
	if !workday(t) {
		return
	}
	g.deposit(r, g.a.Plan.Level/22)
	if t.Weekday() == time.Thursday {
		for range 3 {
			g.add(giroOut, -r.about(g.a.Plan.Level/13, 30), g.firm(r), "", g.giro(r), fmt.Sprintf("Invoice %d", 1000+r.IntN(9000)))
		}
	}
}

func (g *grower) currency(t time.Time) {
	r := g.dice(g.day, "currency")
	if !workday(t) {
		return
	}
	switch r.IntN(6) {
	case 0:
		g.add(crossIn, r.about(g.a.Plan.Level/16, 50), "Muster Kunde GmbH", r.pick(foreignIBANs()), "", fmt.Sprintf("Order %d", 100+r.IntN(900)), "", "TESTX"+r.digits(10))
	case 1:
		g.add(crossOut, -r.about(g.a.Plan.Level/16, 50)-4_00, "Voorbeeld Handel B.V.", r.pick(foreignIBANs()), "", fmt.Sprintf("Invoice %d", 100+r.IntN(900)), "", "TESTX"+r.digits(10), "", "", "400")
	}
}

// overdrawn is what happens where there is too little: what comes in is spent.
func (g *grower) overdrawn(t time.Time) {
	r := g.dice(g.day, "overdrawn")
	switch t.Day() {
	case 20:
		in := g.spent(t) + g.a.Plan.Level/20
		g.add(salary, in, g.words.employer[0], "", "", g.words.salary+" "+t.Format("2006-01"))
	case 28:
		g.add(interest, -r.about(g.a.Plan.Level/20, 20), "", "", "", "Overdraft interest "+t.Format("2006-01"))
	}
}

// busy is the life of accounts that are to be long: an exact number of rows in
// any 760 days.
func (g *grower) busy(time.Time) {
	r := g.dice(g.day, "busy")
	d, rows := int64(g.day), g.a.Plan.Rows
	for range (d+1)*rows/fullHistory - d*rows/fullHistory {
		n := r.IntN(6)
		s := &g.words.shops[r.IntN(len(g.words.shops))]
		if n == 0 {
			g.add(giroIn, 5*r.about(100_00, 50), g.words.last[r.IntN(len(g.words.last))]+" "+g.words.form, "", "", "", r.ocr(10))
			continue
		}
		g.add(giroOut, -r.about(100_00, 90), s.name, "", "", "Order "+strconv.Itoa(10000+r.IntN(90000)))
	}
}

// opened is a little life on an account that a customer named.
func (g *grower) opened() {
	r := g.dice(g.day, "opened")
	switch r.IntN(4) {
	case 0:
		g.add(giroIn, r.about(500_00, 80), g.firm(r), g.iban(r), "", "", r.ocr(10))
	case 1:
		g.add(giroOut, -r.about(500_00, 80), g.firm(r), "", g.giro(r), fmt.Sprintf("Invoice %d", 1000+r.IntN(9000)))
	}
}
