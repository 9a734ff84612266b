package server

import (
	"context"
	"crypto/sha256"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// A Sandbox is what a sandbox has beside an installation.
type Sandbox struct {
	Clock *clock.Virtual
	// ClientID and Secret are those of the app with all grants, which is made
	// if it is not there.
	ClientID string
	Secret   app.SecretText
	// OnOrigin serves the control API on the public listener too. It answers
	// loopback hosts only.
	OnOrigin bool
	// HistoryDays is how far back the accounts' histories go; the simulated
	// banks' default if 0. Tests have less to make.
	HistoryDays int
	// Version is what the control API tells of the program.
	Version string
}

// sandboxClientID is the client id of the app that every sandbox has. Its
// first group is made up; the rest marks it as a test id.
const sandboxClientID = "5a4db0c5-0000-4000-8000-000000000001"

// WellKnown sets credentials that are the same in every sandbox, and so known
// to everybody.
func (s *Sandbox) WellKnown() {
	s.ClientID, s.Secret = sandboxClientID, app.SecretOf(sha256.Sum256([]byte("the sandbox's client secret is no secret")))
}

// Fresh sets credentials that nobody knows yet.
func (s *Sandbox) Fresh() { s.ClientID, s.Secret = ident.NewUUID(), app.NewSecret() }

// sandboxRedirectURIs are those of the sandbox's app. On loopback hosts the
// port is free.
func sandboxRedirectURIs() []string {
	return []string{"http://localhost/callback", "http://127.0.0.1/callback"}
}

// seedApp makes the sandbox's app unless it is there.
func (s *Sandbox) seedApp(ctx context.Context, apps *Apps) error {
	_, err := apps.App(ctx, s.ClientID)
	if !problem.Is(err, problem.ResourceUnknown) {
		return err
	}
	_, err = apps.insert(ctx, app.App{
		ID: s.ClientID, Name: "Sandbox app", RedirectURIs: sandboxRedirectURIs(), Extensions: app.Extensions{OrganisationID: demoOrganisationID},
	}, s.Secret)
	return err
}
