// Package aspsp is the bank directory: ASPSPs, the countries and the cities
// they are in, and what each can do.
//
// An ASPSP is an entry in the directory; the thing we connect to is a bank
// (package bank), from whose method set the capabilities are computed.
package aspsp

import "sluss.example/sluss/internal/ident"

// An ASPSP is one entry of the directory.
type ASPSP struct {
	BICFI       ident.BICFI
	Name        string // at most 140 characters
	CountryCode string // ISO 3166-1 alpha-2
	City        string
	PostalCode  string
	Street      string
	Company     string // organisation number
	Phone       string
	Website     string
	Affiliated  []Affiliate
	Logo        []byte // SVG
	Capabilities
}

// An Affiliate is a bank that shares another bank's BICFI, told apart by ID.
type Affiliate struct{ ID, Name string }

// Capabilities are what an ASPSP offers.
type Capabilities struct {
	Products   []string // payment products, such as "domestic"
	OAuth      bool     // SCA by redirect
	Decoupled  bool
	History    History
	Baskets    bool
	BasketSize int // most payments in a signing basket; 0 if unknown
}

// History is how far back the transactions go. Zero means unknown.
type History struct {
	MaxDays         int // always
	ExtendedMaxDays int // within the window after a consent was authorised
	WindowMinutes   int
	MaxCount        int // rows
}

// A Country is a country with at least one ASPSP.
type Country struct{ Code, Name string }

// A City is a city with at least one ASPSP. ID is a UUID that follows from
// country and name.
type City struct{ ID, Name, CountryCode string }
