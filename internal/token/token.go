// Package token is the token service without HTTP: it authenticates apps,
// issues access tokens and checks them. It does no I/O on either path: apps
// and keys are immutable snapshots.
package token

import (
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/scope"
)

// An Access is what a checked access token grants.
type Access struct {
	App       *app.App // snapshot; read only
	Scope     scope.Set
	ID        string // jti
	ExpiresAt time.Time
}
