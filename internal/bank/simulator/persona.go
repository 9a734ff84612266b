package simulator

import (
	"strings"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/scope"
)

// Well-known customers, the same in every world.
const (
	OrdinaryPerson  = "199002092386" // the sample PSU
	OrdinaryCompany = "5560160680"   // the sample organisation, one signer
	DemoCompany     = "9999999990"   // of the test identities; thousands of transactions
	// BenchCompany has 100,000 transactions on its first account.
	BenchCompany = "9999990100"
)

// sampleIBANs belong to whoever names them.
func sampleIBANs() map[string]ident.BICFI {
	return map[string]ident.BICFI{"SE4550000000058398257466": "ESSESESS", "SE1412000000000012345678": "DABASESX"}
}

// A persona is a customer with a story. Everybody else gets one that is drawn
// from the seed.
type persona struct {
	psu, organisation string
	name, note        string
	lives             []string      // of the accounts, at each bank
	banks             []ident.BICFI // where; everywhere if empty
	signers           int           // of an organisation
	bankgiro          string        // of the first account, at ESSESESS
	joint             string        // name of an account that several hold
}

// The persons of the published and of our own test identities are drawn from
// the seed: all that is special of them is their SCA.
func personas() []persona {
	return []persona{
		{psu: OrdinaryPerson, name: "Anna Exempel", note: "ordinary", lives: []string{"household", "savings", "card"}},
		{
			psu: "99990101201", name: "Per Mångbank", note: "accounts at SEB, Nordea and Handelsbanken",
			lives: []string{"household", "savings", "card"}, banks: []ident.BICFI{"ESSESESS", "NDEASESS", "HANDSESS"},
		},
		{psu: "99990101202", name: "Ivar Utan", note: "no accounts"},
		{psu: "99990101203", name: "Moa Minus", note: "overdrawn", lives: []string{"overdrawn"}},
		{psu: "99990101204", name: "Frida Flitig", note: "5 000 transactions", lives: []string{"busy", "card"}},
		{psu: "99990101205", name: "Eva Sambo", note: "holds an account together with 99990101206", lives: []string{"joint", "savings"}, joint: "205"},
		{psu: "99990101206", name: "Adam Sambo", note: "holds an account together with 99990101205", lives: []string{"joint", "card"}, joint: "205"},
		{psu: "99990101207", name: "Nova Nyhet", note: "an account without transactions", lives: []string{"empty"}},

		{
			organisation: OrdinaryCompany, name: "Example AB", note: "one signer, bankgiro 5050-1055",
			lives: []string{"company", "savings", "currency", "card"}, bankgiro: "5050-1055", signers: 1,
		},
		{
			organisation: DemoCompany, name: "Demonstration AB", note: "thousands of transactions, one signer",
			lives: []string{"company", "currency", "savings", "card"}, bankgiro: "5050-1162", signers: 1,
		},
		{organisation: "9999990020", name: "Två Händer Bygg AB", note: "two signers", lives: []string{"company", "savings"}, signers: 2},
		{
			organisation: "9999990030", name: "Föreningen Girot", note: "bankgiro with deposits of many payments",
			lives: []string{"association"}, bankgiro: "5050-1279", signers: 1,
		},
		{organisation: "9999990040", name: "Iso Export AB", note: "onboarded to ISO 20022 reporting", lives: []string{"company", "currency"}, signers: 1},
		{organisation: "9999990051", name: "Okänd Ägare AB", note: "invalid KYC", lives: []string{"company"}, signers: 1},
		{organisation: BenchCompany, name: "Hundratusen Rader AB", note: "an account with 100,000 transactions", lives: []string{"bulk", "savings"}, signers: 1},
	}
}

// A magic identity has an outcome of its own in SCA.
type magic struct{ psu, name, note string }

func magics() []magic {
	return []magic{
		{"99990101000", "Test Noll", "signs"},
		{"99990101002", "Test Två", "signs, and a second signer is needed"},
		{"99990101004", "Test Fyra", "times out"},
		{"99990101005", "Test Fem", "has no BankID activated"},
		{"99990101101", "Test Hundraett", "declines"},
		{"99990101102", "Test Hundratvå", "never answers"},
		{"99990101103", "Test Hundratre", "may not sign"},
		{"99990101104", "Test Hundrafyra", "signs after 30 seconds"},
		{"99990101105", "Test Hundrafem", "signs in three rounds"},
		{"99990101106", "Test Hundrasex", "is exempted from signing"},
		{"99990101107", "Test Hundrasju", "is refused at once"},
		{"99990101108", "Test Hundraåtta", "signs, and three signers are needed"},
	}
}

// People returns the test persons of a private context, the ordinary one
// first, then those whom only their SCA tells apart.
func People() []Person {
	var out []Person
	for _, p := range personas() {
		if p.psu != "" {
			out = append(out, Person{PSU: p.psu, Name: p.name, Note: p.note})
		}
	}
	for _, m := range magics() {
		out = append(out, Person{PSU: m.psu, Name: m.name, Note: m.note})
	}
	return out
}

// Companies returns the test companies, each with a person who signs for it.
func Companies() []Person {
	var out []Person
	for _, p := range personas() {
		if p.organisation != "" {
			out = append(out, Person{PSU: OrdinaryPerson, Organisation: p.organisation, Name: p.name, Note: p.note})
		}
	}
	return out
}

// signatories are the persons who sign where nobody was named, in turn.
func signatories() []string {
	return []string{OrdinaryPerson, "99990101000", "99990101201", "99990101204"}
}

// story returns the customer's persona at the bank: a seeded one, or one that
// follows from the seed and the id.
func (b *connector) story(id string) persona {
	kind, who, _ := strings.Cut(id, ":")
	for _, p := range personas() {
		if kind == string(scope.Private) && p.psu == who && who != "" ||
			kind == string(scope.Corporate) && p.organisation == who && who != "" {
			if !p.at(b.info.ASPSP.BICFI) {
				p.lives = nil
			}
			return p
		}
	}
	d := newDice(b.w.o.Seed, "customer", id)
	w := wordsOf(b.info.ASPSP.CountryCode)
	if kind == string(scope.Corporate) {
		p := persona{organisation: who, signers: 1, lives: []string{"company", "savings", "currency", "savings"}[:2+d.IntN(3)]}
		p.name = d.pick(w.last) + " " + d.pick(w.companies) + " " + w.form
		p.lives = append(append([]string{}, p.lives...), "card")
		return p
	}
	p := persona{psu: who, lives: []string{"household", "savings", "currency", "savings"}[:2+d.IntN(3)]}
	p.name = d.pick(w.first) + " " + d.pick(w.last)
	for _, m := range magics() {
		if m.psu == who {
			p.name = m.name
		}
	}
	p.lives = append(append([]string{}, p.lives...), "card")
	return p
}

func (p *persona) at(id ident.BICFI) bool {
	for _, b := range p.banks {
		if b == id {
			return true
		}
	}
	return len(p.banks) == 0
}

// personName returns what the person is called at the bank.
func (b *connector) personName(psu string) string {
	p := b.story(customerID(scope.Private, psu, ""))
	return p.name
}
