package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
)

// operatorPath is where the pages of operators are.
const operatorPath = Path + "/operator"

// A Desk is what operators of the platform work with. All fields are needed.
type Desk struct {
	Keys     Keys
	KeepKeys time.Duration // how long a retired key is published
	Trail    Trail
	Jobs     job.Admin
	KYC      *kyc.Service
	// AllApps returns the apps of all organisations by name. They must not be
	// changed.
	AllApps  func(ctx context.Context) ([]*app.App, error)
	Settings []Setting
	Started  time.Time // real time

	reading sync.Mutex // held while the trail is read as a whole, which is dear
}

// A Setting is a key of the configuration with its value, which is no secret.
type Setting struct {
	Key, Value string
	Usual      bool // the default
}

// Keys are the signing keys.
type Keys interface {
	Stored() []keyring.StoredKey
	// RotateNow makes a successor in the chain of an algorithm, the platform's
	// if that is empty.
	RotateNow(ctx context.Context, a jose.Algorithm, atOnce bool) error
}

// Trail is the audit trail.
type Trail interface {
	AuditRows(ctx context.Context, f audit.Filter) ([]event.Event, error)
	// ReadAudit runs fn, once, on one state of the trail.
	ReadAudit(ctx context.Context, fn func(audit.Reader) error) error
	// Note stores an event that goes with no change of a resource.
	Note(ctx context.Context, e event.Event) error
}

// operatorRoutes are the pages of operators. What they do wants a fresh proof.
func operatorRoutes() []route {
	show := func(path, page string, serve func(*Handler, *visit) error) route {
		return route{pattern: "GET " + operatorPath + path, access: operators, page: page, serve: serve}
	}
	do := func(path, page string, serve func(*Handler, *visit) error) route {
		return route{pattern: "POST " + operatorPath + path, access: operators, fresh: true, page: page, serve: serve}
	}
	return []route{
		show("", "operator", (*Handler).operator),
		show("/organisations", "operator-organisations", (*Handler).allOrganisations),
		show("/organisations/{organisation}", "operator-organisation", (*Handler).anyOrganisation),
		do("/organisations/{organisation}/access", "operator-organisation", (*Handler).decideAccess),
		show("/access", "operator-access", (*Handler).accessQueue),
		show("/users", "operator-users", (*Handler).allUsers),
		show("/users/{user}", "operator-user", (*Handler).anyUser),
		do("/users/{user}", "operator-user", (*Handler).changeUser),
		show("/apps", "operator-apps", (*Handler).allApps),
		show("/apps/{id}", "operator-app", (*Handler).anyApp),
		do("/apps/{id}", "operator-app", (*Handler).switchApp),
		show("/keys", "operator-keys", (*Handler).keys),
		do("/keys", "operator-keys", (*Handler).rotateKeys),
		show("/audit", "operator-audit", (*Handler).auditTrail),
		do("/audit", "operator-audit", (*Handler).verifyAudit),
		do("/audit/export", "", (*Handler).exportAudit),
		show("/banks", "operator-banks", (*Handler).allBanks),
		show("/kyc", "operator-kyc", (*Handler).kycCases),
		show("/kyc/{case}", "operator-kyc-case", (*Handler).kycCase),
		do("/kyc/{case}", "operator-kyc-case", (*Handler).decideKYC),
		show("/jobs", "operator-jobs", (*Handler).deadJobs),
		do("/jobs", "operator-jobs", (*Handler).changeJob),
		show("/settings", "operator-settings", (*Handler).settings),
	}
}

// record puts on record that the operator does something, before it is done:
// nothing is done without. What came of it is in the trail of the thing itself.
func (v *visit) record(kind, subject string) error {
	return v.h.Desk.Trail.Note(v.r.Context(), event.Event{
		ID: ident.NewUUID(), Type: "operator." + kind, Subject: subject, At: v.h.Clock.Now().Truncate(time.Millisecond), Detail: "by " + v.user.ID,
	})
}

// unknownAction is what a form of ours never asks for.
func unknownAction() error {
	return problem.New(problem.FormatInvalid, "The form asks for something that there is not.")
}

// more returns the link to the page after the last row, empty if there is none.
func (v *visit) more(there bool, last string) string {
	if !there {
		return ""
	}
	query := v.r.URL.Query()
	query.Set("after", last)
	return v.r.URL.Path + "?" + query.Encode()
}

// onePage returns the rows of a page, of which one too many was read, and
// whether it was there.
func onePage[T any](rows []T) ([]T, bool) {
	if len(rows) > pageSize {
		return rows[:pageSize], true
	}
	return rows, false
}

// operator serves GET /portal/operator: what waits for somebody, and what
// runs.
func (h *Handler) operator(v *visit) error {
	ctx := v.r.Context()
	asking, err := h.People.Store.OrganisationsAsking(ctx)
	if err != nil {
		return err
	}
	cases, err := h.Desk.KYC.Store.KYCCases(ctx, kyc.Submitted, mostListed)
	if err != nil {
		return err
	}
	dead, err := h.Desk.Jobs.Jobs(ctx, job.Filter{Dead: true, Limit: mostListed})
	if err != nil {
		return err
	}
	apps, err := h.Desk.AllApps(ctx)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "operator", "Operator", map[string]any{
		"Asking": len(asking), "Cases": len(cases), "Dead": len(dead), "Apps": len(apps), "Banks": len(h.Banks.Entries()), "Most": mostListed,
		"Environment": h.Environment, "Started": h.Desk.Started, "Up": upFor(clock.Real{}.Since(h.Desk.Started)), "Now": h.Clock.Now(), "Version": h.Version,
	})
}

// mostListed bounds lists that are not paged: what waits for an operator.
const mostListed = 200

// upFor writes how long something has been running: its two largest units.
func upFor(d time.Duration) string {
	d = d.Truncate(time.Second)
	days, hours := int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour)
	switch {
	case days > 0:
		return strings.TrimSpace(plural(days, "day") + " " + plural(hours, "hour"))
	case hours > 0:
		return plural(hours, "hour") + " " + plural(int(d%time.Hour/time.Minute), "minute")
	}
	return plural(int(d/time.Minute), "minute") + " " + plural(int(d%time.Minute/time.Second), "second")
}

// settings serves GET /portal/operator/settings.
func (h *Handler) settings(v *visit) error {
	return v.show(http.StatusOK, "operator-settings", "Settings", map[string]any{"Settings": h.Desk.Settings})
}

// banker is a bank with whether it can be reached.
type banker struct {
	BICFI, Name, Country, City string
	Can                        []string
}

// allBanks serves GET /portal/operator/banks.
func (h *Handler) allBanks(v *visit) error {
	var all []banker
	for _, e := range h.Banks.Entries() {
		b := banker{BICFI: string(e.BICFI), Name: e.Name, Country: e.CountryCode, City: e.City}
		for _, c := range []struct {
			has  bool
			name string
		}{{e.OAuth, "redirect"}, {e.Decoupled, "decoupled"}, {e.Baskets, "baskets"}} {
			if c.has {
				b.Can = append(b.Can, c.name)
			}
		}
		b.Can = append(b.Can, e.Products...)
		all = append(all, b)
	}
	return v.show(http.StatusOK, "operator-banks", "Banks", map[string]any{"List": all})
}

// operatorSide is the part of the menu that operators have.
func (v *visit) operatorSide() []menuItem {
	return []menuItem{
		{"At a glance", operatorPath, true},
		{"Production access", operatorPath + "/access", false},
		{"KYC", operatorPath + "/kyc", false},
		{"Dead jobs", operatorPath + "/jobs", false},
		{"All organisations", operatorPath + "/organisations", false},
		{"Users", operatorPath + "/users", false},
		{"All applications", operatorPath + "/apps", false},
		{"Signing keys", operatorPath + "/keys", false},
		{"Audit trail", operatorPath + "/audit", false},
		{"Banks", operatorPath + "/banks", false},
		{"Settings", operatorPath + "/settings", false},
	}
}

// A menuItem is a link of a menu; if it is alone, no page below it counts as it.
type menuItem struct {
	text, path string
	alone      bool
}

// thingPath returns the path of a thing's page.
func thingPath(kind, id string) string { return operatorPath + "/" + kind + "/" + url.PathEscape(id) }
