// Package app has the applications (OAuth clients) that TPPs register: their
// grants, hashed secrets and redirect URIs, and the caller that a request is
// made for.
package app

import (
	"time"

	"sluss.example/sluss/internal/scope"
)

// An App is an application, an OAuth client.
type App struct {
	ID           string // client_id, a UUID in lower case
	Name         string
	Environment  string // "sandbox" or "production"
	Scopes       []scope.API
	Contexts     []scope.Context
	RedirectURIs []string
	Disabled     bool
	Secrets      []Secret
	CreatedAt    time.Time
	Version      int64 // counts the changes, from 1
}

// A Secret is a client secret as it is stored: never the secret itself.
type Secret struct {
	ID        string // short id to name it by, such as "s_7k2m"
	Label     string
	Hash      [32]byte // SHA-256 of the whole secret
	CreatedAt time.Time
	ExpiresAt time.Time // never if zero
}

// An Owner is what a stored resource belongs to. All of it is checked at every
// step (common.md section 8).
type Owner struct {
	ClientID     string
	Context      scope.Context
	Organisation string // normalised; empty in scope.Private
	PSU          string // normalised PSU-ID; empty until known
}

// A Caller is the app and the PSU that a request is made for. Its fields are
// those of an owner; an empty PSU was not sent and matches any.
type Caller Owner
