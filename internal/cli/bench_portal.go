package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/benchmark"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/portal"
	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/usage"
)

// A benchPortalCmd measures the pages of people.
type benchPortalCmd struct {
	benchFlags
	benchBooksFlags
}

// Help returns the examples of the command.
func (benchPortalCmd) Help() string {
	return `The first byte of every page of the portal, for a developer, an operator and a stranger, and of every guide, with 10,000
apps and 1,000,000 logged requests, half of them of the app that is looked at. Then the memory that sign-ins take which come
at once. On SQLite in a file, and on PostgreSQL. It needs some 1 GB on the disk for each, and five minutes.

Examples:
  sluss bench portal --database postgres://sluss@localhost/sluss
  sluss bench portal --only sqlite --short`
}

// Run implements the command.
func (c *benchPortalCmd) Run(ctx context.Context, env *Env) error {
	return c.measure(ctx, env, &c.benchFlags, func(ctx context.Context, o *benchmark.Options) ([]benchmark.Row, error) {
		o.Pages, o.Fill = portal.Pages(), fillPortal
		return benchmark.Portal(ctx, o)
	})
}

const (
	appsEach      = 5    // of an organisation that is not looked at
	shareOwn      = 20   // one app in so many is of the organisation that is looked at
	membersOwn    = 20   // of that organisation
	requestsFirst = 1000 // requests that are made; the others are copies of them
)

// A crowd fills a database for the measurement of the portal.
type crowd struct {
	benchmark.Crowd
	db     *store.DB
	people store.Developers
	now    time.Time
	hash   string // of everybody's password
	own    developer.Organisation
	others []string // ids of apps
	names  map[string]string
}

// fillPortal puts people, organisations, apps and requests into the database at
// a URL.
func fillPortal(ctx context.Context, url string, size benchmark.Crowd) (names map[string]string, err error) {
	err = with(ctx, url, func(db *store.DB) error {
		c := &crowd{Crowd: size, db: db, people: store.Developers{DB: db}, now: clock.Real{}.Now().Truncate(time.Millisecond), names: map[string]string{}}
		if c.hash, err = developer.NewHasher().Hash(ctx, size.Password); err != nil {
			return err
		}
		for _, fill := range []func(context.Context) error{c.persons, c.apps, c.counts, c.requests, c.kyc, db.Settled} {
			if err := fill(ctx); err != nil {
				return err
			}
		}
		names = c.names
		return nil
	})
	return names, err
}

func (c *crowd) user(ctx context.Context, u developer.User) (developer.User, error) {
	u.ID, u.Name, u.CreatedAt, u.VerifiedAt, u.Version = ident.NewUUID(), "Somebody", c.now, c.now, 1
	return u, c.people.InsertUser(ctx, u, c.event("user.created", u.ID))
}

func (c *crowd) event(kind, subject string) event.Event {
	return event.Event{ID: ident.NewUUID(), Type: kind, Subject: subject, At: c.now}
}

// organisation makes one with its owner.
func (c *crowd) organisation(ctx context.Context, name string, owner *developer.User) (developer.Organisation, error) {
	o := developer.Organisation{ID: ident.NewUUID(), Name: name, Number: "5560160680", Country: "SE", CreatedAt: c.now, Version: 1}
	m := developer.Member{OrganisationID: o.ID, UserID: owner.ID, Role: developer.Owner, Since: c.now}
	return o, c.people.InsertOrganisation(ctx, o, m, c.event("organisation.created", o.ID))
}

// persons makes who signs in, and the organisation that is looked at.
func (c *crowd) persons(ctx context.Context) error {
	owner, err := c.user(ctx, developer.User{Email: c.Developer, Password: c.hash})
	if err != nil {
		return err
	}
	if c.own, err = c.organisation(ctx, "Bench AB", &owner); err != nil {
		return err
	}
	if _, err := c.user(ctx, developer.User{Email: c.Operator, Password: c.hash, Operator: true}); err != nil {
		return err
	}
	if _, err := c.user(ctx, developer.User{Email: c.Half, Password: c.hash, TOTP: []byte("sealed")}); err != nil {
		return err
	}
	c.names["organisation"], c.names["user"], c.names["invitation"] = c.own.ID, owner.ID, ident.NewUUID()
	for i := range membersOwn {
		u, err := c.user(ctx, developer.User{Email: fmt.Sprintf("member%d@bench.example", i)})
		if err != nil {
			return err
		}
		if err := c.people.ChangeMembers(ctx, c.own.ID, func(all []developer.Member) ([]developer.Member, []event.Event, error) {
			return append(all, developer.Member{OrganisationID: c.own.ID, UserID: u.ID, Role: developer.Developer, Since: c.now}), nil, nil
		}); err != nil {
			return err
		}
	}
	return c.people.InsertInvitation(ctx, developer.Invitation{
		Hash: developer.HashOf(c.names["invitation"]), ID: ident.NewUUID(), OrganisationID: c.own.ID, Email: "new@bench.example", Role: developer.Viewer,
		InvitedBy: owner.ID, CreatedAt: c.now, ExpiresAt: c.now.Add(24 * time.Hour),
	})
}

// apps makes apps, and an organisation with an owner for every few of them.
func (c *crowd) apps(ctx context.Context) error {
	apps := server.Apps{Store: c.db, Environment: app.Sandbox, Clock: clock.Real{}}
	if _, err := apps.Update(ctx, c.ClientID, "app.changed", func(a *app.App) error { a.Extensions.OrganisationID = c.own.ID; return nil }); err != nil {
		return err
	}
	var other developer.Organisation
	for i := range c.Apps {
		if i%appsEach == 0 {
			owner, err := c.user(ctx, developer.User{Email: fmt.Sprintf("owner%d@bench.example", i)})
			if err != nil {
				return err
			}
			if other, err = c.organisation(ctx, fmt.Sprintf("Organisation %d AB", i), &owner); err != nil {
				return err
			}
		}
		draft := app.App{Name: fmt.Sprintf("App %d", i), RedirectURIs: []string{"https://app.example/callback"}}
		draft.Extensions.OrganisationID = other.ID
		if i%shareOwn == 0 {
			draft.Extensions.OrganisationID = c.own.ID
		}
		made, _, err := apps.Make(ctx, draft)
		if err != nil {
			return err
		}
		c.others = append(c.others, made.ID)
		if (i+1)%2000 == 0 {
			c.Log("%d of %d apps made", i+1, c.Apps)
		}
	}
	return nil
}

// counts makes tokens of a day, minute by minute.
func (c *crowd) counts(ctx context.Context) error {
	var all []usage.Count
	for minute := c.now.Unix()/60 - 24*60; minute < c.now.Unix()/60; minute++ {
		for _, x := range scope.Contexts() {
			all = append(all, usage.Count{Key: usage.Key{ClientID: c.ClientID, Context: x}, Minute: minute, N: 3})
		}
	}
	_, err := c.db.AddUsage(ctx, all, c.now.Unix()/60)
	return err
}

// benchRequests are kinds of requests, as the log has them.
func benchRequests() []reqlog.Entry {
	return []reqlog.Entry{
		{Method: "POST", Route: "POST /connect/token", Path: "/connect/token", Status: 200},
		{Method: "GET", Route: "GET /psd2/aspspinformation/v1/aspsps", Path: "/psd2/aspspinformation/v1/aspsps", Status: 200},
		{Method: "POST", Route: "POST /psd2/consent/v1/consents", Path: "/psd2/consent/v1/consents", BICFI: "ESSESESS", Status: 201},
		{Method: "GET", Route: "GET /psd2/accountinformation/v1/accounts", Path: "/psd2/accountinformation/v1/accounts?withBalance=true", BICFI: "ESSESESS", Status: 200},
		{Method: "GET", Route: "GET /psd2/accountinformation/v1/accounts", Path: "/psd2/accountinformation/v1/accounts", BICFI: "HANDSESS", Status: 200},
	}
}

// requests makes requests of the last hour, which are then copied into the days
// before. Half are of the app that is looked at; one in forty failed.
func (c *crowd) requests(ctx context.Context) error {
	first := min(requestsFirst, c.Requests)
	step := time.Hour / time.Duration(first)
	kinds := benchRequests()
	all := make([]reqlog.Entry, first)
	for i := range all {
		e := kinds[i%len(kinds)]
		e.At, e.ClientID, e.RequestID, e.Took = c.now.Add(-time.Duration(i)*step), c.others[i%len(c.others)], ident.NewUUID(), 12*time.Millisecond
		e.Headers = []reqlog.Header{{Name: "Accept", Value: "application/json"}, {Name: "X-Request-ID", Value: e.RequestID}}
		if i%2 == 0 {
			e.ClientID = c.ClientID
		}
		if i%40 == 38 {
			e.Status, e.Code, e.Reason, e.Detail = 401, "CONSENT_INVALID", "consent_invalid", "The consent does not cover the account."
		}
		all[i] = e
	}
	if err := c.db.InsertRequests(ctx, all); err != nil {
		return err
	}
	if err := c.db.CopyRequests(ctx, c.Requests-first, time.Hour, func(n int) { c.Log("%d of %d requests logged", n, c.Requests) }); err != nil {
		return err
	}
	some, err := c.db.Requests(ctx, reqlog.Filter{ClientID: c.ClientID, Class: 4, Limit: 1})
	if err != nil || len(some) == 0 {
		return errors.Join(err, errors.New("no request is logged that failed"))
	}
	middle := c.now.Add(-time.Duration(c.Requests/first/2) * time.Hour)
	c.names["request"], c.names["middle"] = strconv.FormatInt(some[0].ID, 10), strconv.FormatInt(middle.UnixMicro()<<10, 10)
	return nil
}

// kyc makes a case with answers.
func (c *crowd) kyc(ctx context.Context) error {
	key, err := keyring.ParseSealingKey(c.SealingKey)
	if err != nil {
		return err
	}
	s := &kyc.Service{Store: c.db, Provider: kyc.Manual{}, Sealer: keyring.NewSealer(key), Clock: clock.Real{}, Base: "http://localhost"}
	made, err := s.Open(ctx, c.ClientID, "SE", "5560160680")
	if err != nil {
		return err
	}
	link, err := url.Parse(s.URL(&made))
	if err != nil {
		return err
	}
	c.names["case"] = made.ID
	return s.Save(ctx, link.Query().Get("instanceId"), kyc.StepCompany, &kyc.Answers{Company: kyc.Company{Name: "Bench AB", City: "Sundsvall", Country: "SE"}})
}
