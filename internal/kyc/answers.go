package kyc

import (
	"encoding/json"
	"fmt"
	"time"

	"sluss.example/sluss/internal/problem"
)

// A Step is a part of the form.
type Step string

// The steps, in their order.
const (
	StepCompany    Step = "company"
	StepOwners     Step = "owners"
	StepBeneficial Step = "beneficial"
	StepSignatory  Step = "signatory"
)

// Steps returns all steps in their order.
func Steps() []Step { return []Step{StepCompany, StepOwners, StepBeneficial, StepSignatory} }

// MaxPeople is how many owners, and how many beneficial owners, a form has
// room for.
const MaxPeople = 10

// Answers are what a form has been filled in with, complete or not. They are
// personal data: they are sealed at rest and never logged. Its JSON is what is
// sealed.
type Answers struct {
	Company    Company      `json:"company"`
	Owners     []Owner      `json:"owners,omitempty"`
	Beneficial []Beneficial `json:"beneficial,omitempty"`
	// NobodyBeneficial says that no person owns or controls more than a quarter.
	NobodyBeneficial bool      `json:"nobodyBeneficial,omitempty"`
	Signatory        Signatory `json:"signatory"`
}

// A Company is the organisation itself.
type Company struct {
	Name       string `json:"name,omitempty"`
	LegalForm  string `json:"legalForm,omitempty"`
	Street     string `json:"street,omitempty"`
	PostalCode string `json:"postalCode,omitempty"`
	City       string `json:"city,omitempty"`
	Country    string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Business   string `json:"business,omitempty"`
	Payments   string `json:"payments,omitempty"` // what it will pay for
}

// An Owner holds shares: a person or another organisation.
type Owner struct {
	Name    string `json:"name,omitempty"`
	Number  string `json:"number,omitempty"`  // organisation or personal number
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Share   string `json:"share,omitempty"`   // per cent, as it was written
}

// A Beneficial is a person who owns or controls the organisation in the end.
type Beneficial struct {
	Name    string `json:"name,omitempty"`
	Born    string `json:"born,omitempty"`    // date
	Country string `json:"country,omitempty"` // of residence, ISO 3166-1 alpha-2
	Control string `json:"control,omitempty"` // how: shares, votes, agreement
	PEP     bool   `json:"pep,omitempty"`     // politically exposed
}

// A Signatory may sign for the organisation.
type Signatory struct {
	Name  string `json:"name,omitempty"`
	Born  string `json:"born,omitempty"` // date
	Role  string `json:"role,omitempty"`
	Email string `json:"email,omitempty"`
	// Confirmed says that the signatory has confirmed that the answers are true.
	Confirmed bool `json:"confirmed,omitempty"`
}

// purpose is what the answers of a case are sealed for.
func (c *Case) purpose() string { return "kyc answers " + c.ID }

// answers opens the answers of a case; empty if there are none.
func (s *Service) answers(c *Case) (Answers, error) {
	var a Answers
	if c.Sealed == nil {
		return a, nil
	}
	plain, err := s.Sealer.Open(c.purpose(), c.Sealed)
	if err != nil {
		return a, fmt.Errorf("open KYC answers: %w", err)
	}
	if err := json.Unmarshal(plain, &a); err != nil {
		return a, fmt.Errorf("read KYC answers: %w", err)
	}
	return a, nil
}

// seal keeps the answers with a case.
func (s *Service) seal(c *Case, a *Answers) error {
	plain, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write KYC answers: %w", err)
	}
	c.Sealed = s.Sealer.Seal(c.purpose(), plain)
	return nil
}

// take replaces the part of a that belongs to a step by that of b.
func (a *Answers) take(step Step, b *Answers) {
	switch step {
	case StepCompany:
		a.Company = b.Company
	case StepOwners:
		a.Owners = b.Owners
	case StepBeneficial:
		a.Beneficial, a.NobodyBeneficial = b.Beneficial, b.NobodyBeneficial
	case StepSignatory:
		a.Signatory = b.Signatory
	}
}

// Check returns what is wrong with a step at now, by field: "name" of the
// company and of the signatory, "owners-0-name" of the first owner. A fault
// says in words for its reader what to do.
func (a *Answers) Check(step Step, now time.Time) []*problem.Error {
	c := &checker{now: now}
	switch step {
	case StepCompany:
		c.company(&a.Company)
	case StepOwners:
		c.owners(a.Owners)
	case StepBeneficial:
		c.beneficial(a.Beneficial, a.NobodyBeneficial)
	case StepSignatory:
		c.signatory(&a.Signatory)
	}
	return c.faults
}

// TooLong returns the faults of a step that keep it from being stored even as
// a draft.
func (a *Answers) TooLong(step Step) []*problem.Error {
	c := &checker{draft: true}
	switch step {
	case StepCompany:
		c.company(&a.Company)
	case StepOwners:
		c.owners(a.Owners)
	case StepBeneficial:
		c.beneficial(a.Beneficial, a.NobodyBeneficial)
	case StepSignatory:
		c.signatory(&a.Signatory)
	}
	return c.faults
}

// Missing returns the first step that is not complete at now, empty if all are.
func (a *Answers) Missing(now time.Time) Step {
	for _, step := range Steps() {
		if len(a.Check(step, now)) > 0 {
			return step
		}
	}
	return ""
}
