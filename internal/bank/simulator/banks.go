package simulator

import (
	"fmt"
	"html"
	"strings"
	"time"
	_ "time/tzdata" // a bank's day must not depend on the machine's files

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
)

// A seat is a bank of the directory as data. The names only identify the
// simulated targets; but for their profiles nothing is claimed of real banks.
type seat struct {
	bicfi          ident.BICFI
	name, initials string
	country, city  string
	postal, street string
	clearing       string // bank code within the country's IBAN
	series         string // clearing number before Swedish account numbers
	colour, ink    string
	shape          string
	affiliates     []aspsp.Affiliate
}

func seats() []seat {
	return []seat{
		{
			bicfi: "ESSESESS", name: "SEB", initials: "SE", country: "SE", city: "Stockholm", postal: "106 40", street: "Testgatan 1",
			clearing: "500", series: "5", colour: "#1f6f3a", ink: "#ffffff", shape: square,
		},
		{
			bicfi: "HANDSESS", name: "Handelsbanken", initials: "HB", country: "SE", city: "Stockholm", postal: "106 70", street: "Testgatan 2",
			clearing: "600", series: "6", colour: "#0b4f8a", ink: "#ffffff", shape: circle,
		},
		{
			bicfi: "NDEASESS", name: "Nordea", initials: "No", country: "SE", city: "Stockholm", postal: "105 71", street: "Testgatan 3",
			clearing: "300", series: "3", colour: "#1b2a8f", ink: "#ffffff", shape: diamond,
		},
		{
			bicfi: "SWEDSESS", name: "Swedbank", initials: "Sw", country: "SE", city: "Sundbyberg", postal: "105 34", street: "Testgatan 4",
			clearing: "800", series: "8", colour: "#b4500f", ink: "#ffffff", shape: circle,
			affiliates: []aspsp.Affiliate{
				{ID: "08999", Name: "Example Sparbank"}, {ID: "08998", Name: "Sparbanken Norrtest"}, {ID: "08997", Name: "Sörtests Sparbank"},
			},
		},
		{
			bicfi: "DABASESX", name: "Danske Bank", initials: "DS", country: "SE", city: "Stockholm", postal: "103 92", street: "Testgatan 5",
			clearing: "120", series: "12", colour: "#17375e", ink: "#ffffff", shape: square,
		},
		{
			bicfi: "ELLFSESS", name: "Länsförsäkringar", initials: "LF", country: "SE", city: "Stockholm", postal: "106 50", street: "Testgatan 6",
			clearing: "902", series: "902", colour: "#9b1c31", ink: "#ffffff", shape: shield,
		},
		{
			bicfi: "OPBKSE21", name: "Demo Bank", initials: "De", country: "SE", city: "Göteborg", postal: "411 04", street: "Testgatan 7",
			clearing: "999", series: "99", colour: "#5b2a86", ink: "#ffffff", shape: shield,
		},
		{
			bicfi: "NDEAFIHH", name: "Nordea", initials: "Nf", country: "FI", city: "Helsinki", postal: "00020", street: "Testikatu 1",
			clearing: "100", colour: "#24348f", ink: "#ffffff", shape: diamond,
		},
		{
			bicfi: "OKOYFIHH", name: "OP", initials: "OP", country: "FI", city: "Helsinki", postal: "00013", street: "Testikatu 2",
			clearing: "500", colour: "#a34700", ink: "#ffffff", shape: circle,
		},
		{
			bicfi: "DNBANOKK", name: "DNB", initials: "DN", country: "NO", city: "Oslo", postal: "0021", street: "Testveien 1",
			clearing: "1503", colour: "#0a6168", ink: "#ffffff", shape: square,
		},
		{
			bicfi: "DABADKKK", name: "Danske Bank", initials: "DD", country: "DK", city: "København", postal: "1092", street: "Testvej 1",
			clearing: "3000", colour: "#123a63", ink: "#ffffff", shape: circle,
		},
		{
			bicfi: "INGBNL2A", name: "ING", initials: "IN", country: "NL", city: "Amsterdam", postal: "1102 MG", street: "Teststraat 1",
			clearing: "INGB", colour: "#ad4a00", ink: "#ffffff", shape: diamond,
		},
		{
			bicfi: "DEUTDEFF", name: "Deutsche Bank", initials: "DB", country: "DE", city: "Frankfurt am Main", postal: "60325", street: "Teststraße 1",
			clearing: "50070010", colour: "#10288a", ink: "#ffffff", shape: square,
		},
	}
}

// currencyOf returns the currency of a country's accounts.
func currencyOf(country string) money.Currency {
	switch country {
	case "SE":
		return "SEK"
	case "NO":
		return "NOK"
	case "DK":
		return "DKK"
	}
	return "EUR"
}

func zoneOf(country string) string {
	return map[string]string{
		"SE": "Europe/Stockholm", "FI": "Europe/Helsinki", "NO": "Europe/Oslo",
		"DK": "Europe/Copenhagen", "NL": "Europe/Amsterdam", "DE": "Europe/Berlin",
	}[country]
}

// directory returns the banks, without their world.
func directory() []*connector {
	list := seats()
	out := make([]*connector, len(list))
	for i := range list {
		out[i] = list[i].open(i)
	}
	return out
}

func (s *seat) open(n int) *connector {
	in, err := time.LoadLocation(zoneOf(s.country))
	if err != nil { // a machine without time zones
		in = time.UTC
	}
	return &connector{
		clearing: s.clearing, series: s.series, currency: currencyOf(s.country),
		info: bank.Info{
			Location: in, Profile: nationalProfile(s.country),
			ASPSP: aspsp.ASPSP{
				BICFI: s.bicfi, Name: s.name, CountryCode: s.country, City: s.city, PostalCode: s.postal, Street: s.street,
				Company: fmt.Sprintf("99999999%02d", n+1), Phone: "", Website: "https://" + strings.ToLower(string(s.bicfi)) + ".example",
				Affiliated: s.affiliates, Logo: s.logo(),
			},
		},
	}
}

// The shapes of the logos, within 64 by 64.
const (
	square  = `<rect x="2" y="2" width="60" height="60" rx="10"/>`
	circle  = `<circle cx="32" cy="32" r="30"/>`
	diamond = `<path d="M32 1 63 32 32 63 1 32z"/>`
	shield  = `<path d="M4 4h56v30c0 15-12 24-28 29C16 58 4 49 4 34z"/>`
)

// logo draws the bank's initials in a shape of its colour. No real bank's
// mark looks like it.
func (s *seat) logo() []byte {
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label=%q>`+
		`<title>%s (simulated)</title><g fill="%s">%s</g>`+
		`<text x="32" y="41" font-family="sans-serif" font-size="26" font-weight="700" text-anchor="middle" fill="%s">%s</text></svg>`+"\n",
		s.name, html.EscapeString(s.name), s.colour, s.shape, s.ink, html.EscapeString(s.initials))
}
