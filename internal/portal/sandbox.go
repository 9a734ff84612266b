package portal

import (
	"context"
	"net/http"
	"strings"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/scope"
)

// A Sandbox is what the portal has in a sandbox alone. All fields are needed.
type Sandbox struct {
	Clock *clock.Virtual
	// Settle does what is due on the clock, for some seconds at most.
	Settle func(ctx context.Context) error
	Banks  SimulatedBanks
	// SCA says who answers when something is to be signed.
	SCA               string
	People, Companies []Person
	// API serves the open banking APIs and nothing else, below the prefixes.
	API      http.Handler
	Base     string // base URL of the APIs, without a trailing slash
	Prefixes []string
	Tokens   Tokens
}

// A Person is a test person, or a company with the person who signs for it.
type Person struct {
	PSU, Organisation string // the latter empty for a private customer
	Name, Note        string
}

// SimulatedBanks are the banks of a sandbox.
type SimulatedBanks interface {
	// Pending returns the runs of SCA that wait for a person, oldest first.
	Pending(ctx context.Context) ([]PendingRun, error)
	// Decide answers a run in the person's place. It reports
	// problem.ResourceUnknown, and problem.StatusInvalid for one that has ended.
	Decide(ctx context.Context, ref string, approve bool) error
}

// A PendingRun is a run of SCA that waits for a person.
type PendingRun struct {
	Ref, Bank, PSU, Subject, App, Approach string
	StartedAt                              time.Time
}

// A Token is an access token, which never leaves the server.
type Token struct {
	Text      string
	Scope     string
	ExpiresAt time.Time
}

// Tokens gets tokens for the applications of those who try the API.
type Tokens interface {
	// Token issues a token under the rule for the app's tokens. It reports
	// problem.AccessExceeded.
	Token(ctx context.Context, a *app.App, set scope.Set) (Token, error)
	// Exchange spends a code that a browser came back with. It reports
	// problem.GrantInvalid.
	Exchange(ctx context.Context, a *app.App, code, redirectURI string, r redirect.Resource) error
}

// sandboxRoutes are those that a sandbox alone has.
func sandboxRoutes() []route {
	all := []route{
		{pattern: "GET /portal/sandbox", access: member, page: "sandbox", serve: (*Handler).sandbox},
		{pattern: "POST /portal/sandbox/clock", access: member, page: "sandbox", serve: (*Handler).setClock},
		{pattern: "POST /portal/sandbox/sca", access: member, serve: (*Handler).decide},
	}
	all = append(all, tryRoutes()...)
	for i := range all {
		all[i].sandbox = true
	}
	return all
}

// A bankRow is a bank as the sandbox plays it.
type bankRow struct {
	BICFI, Name, Country string
	bank.Profile
}

func (h *Handler) sandboxData(v *visit) (map[string]any, error) {
	sb := h.Sandbox
	pending, err := sb.Banks.Pending(v.r.Context())
	if err != nil {
		return nil, err
	}
	entries := h.Banks.Entries()
	rows, names := make([]bankRow, len(entries)), map[string]string{}
	for i := range entries {
		b, _ := h.Banks.Bank(entries[i].BICFI)
		rows[i] = bankRow{string(entries[i].BICFI), entries[i].Name, entries[i].CountryCode, b.Info().Profile}
		names[rows[i].BICFI] = entries[i].Name
	}
	return map[string]any{
		"Time": sb.Clock.Now(), "Frozen": sb.Clock.Frozen(), "SCA": sb.SCA, "Pending": pending, "Names": names, "People": sb.People, "Companies": sb.Companies,
		"Rows": rows, "By": v.form("by"),
	}, nil
}

// sandbox serves GET /portal/sandbox.
func (h *Handler) sandbox(v *visit) error {
	data, err := h.sandboxData(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "sandbox", "The sandbox", data)
}

// maxAdvance bounds one step of the clock.
const maxAdvance = 10 * 366 * 24 * time.Hour

// setClock serves POST /portal/sandbox/clock: it advances the clock, stops it,
// or lets it run.
func (h *Handler) setClock(v *visit) error {
	c := h.Sandbox.Clock
	switch v.form("do") {
	case "freeze":
		c.Freeze()
	case "resume":
		c.Resume()
	default:
		by, err := parseSpan(v.form("by"))
		if err != nil {
			data, dataErr := h.sandboxData(v)
			if dataErr != nil {
				return dataErr
			}
			return v.again(err, "sandbox", "The sandbox", data)
		}
		c.Advance(by)
		if err := h.Sandbox.Settle(v.r.Context()); err != nil {
			return err
		}
	}
	v.tell("clock-set")
	return v.see(Path + "/sandbox")
}

// parseSpan parses a span of time: a duration of Go, or one that begins with
// days, such as "90d" or "1d12h". It reports problem.FormatInvalid at by.
func parseSpan(s string) (time.Duration, error) {
	fault := problem.New(problem.FormatInvalid, "Write how long, such as 90s, 36h or 30d. Time does not go back.").At("by")
	days, rest, found := strings.Cut(s, "d")
	var total time.Duration
	if found {
		n, err := time.ParseDuration(days + "h")
		if err != nil || n < 0 || n > maxAdvance/24 {
			return 0, fault
		}
		total, s = n*24, rest
	}
	if s != "" || !found {
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 || d > maxAdvance {
			return 0, fault
		}
		total += d
	}
	if total > maxAdvance {
		return 0, fault
	}
	return total, nil
}

// decide serves POST /portal/sandbox/sca: it answers a run of SCA.
func (h *Handler) decide(v *visit) error {
	approve := v.form("answer") == "approve"
	if !approve && v.form("answer") != "decline" {
		return problem.New(problem.FormatInvalid, "Approve it or decline it.")
	}
	if err := h.Sandbox.Banks.Decide(v.r.Context(), v.form("ref"), approve); err != nil {
		return err
	}
	v.tell("sca-answered")
	if v.form("to") == Path+"/try" {
		return v.see(Path + "/try#now")
	}
	return v.see(Path + "/sandbox")
}
