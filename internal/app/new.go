package app

import (
	"crypto/rand"
	"encoding/base32"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

const (
	maxName         = 100 // characters of a name or label
	maxRedirectURIs = 50
	maxURI          = 2000 // bytes
)

// New returns an app as it is created at now: a copy of a with an id, unless
// it has one, with both PSU contexts, unless it names some, without secrets.
// It reports problem.FormatInvalid with every fault that it finds.
func New(a App, now time.Time) (App, error) {
	a = a.clone()
	if a.ID == "" {
		a.ID = ident.NewUUID()
	}
	a.ID = strings.ToLower(a.ID)
	if len(a.Contexts) == 0 {
		a.Contexts = scope.Contexts()
	}
	a.Secrets, a.CreatedAt, a.Version = nil, now, 1
	return a, a.Check()
}

// Check checks what can be said of an app by itself. It reports
// problem.FormatInvalid with every fault that it finds.
func (a *App) Check() error {
	var faults []*problem.Error
	report := func(field string, err *problem.Error) {
		if err != nil {
			faults = append(faults, err.At(field))
		}
	}
	report("id", checkID(a.ID))
	report("name", checkText(a.Name, 1))
	if a.Environment != Sandbox && a.Environment != Production {
		report("environment", invalid("must be %s or %s", Sandbox, Production))
	}
	report("scopes", checkWords(a.Scopes, scope.APIs()))
	report("contexts", checkWords(a.Contexts, scope.Contexts()))
	if slices.Contains(a.Scopes, scope.BankgiroInformation) &&
		(!slices.Contains(a.Scopes, scope.AccountInformation) || !slices.Contains(a.Contexts, scope.Corporate)) {
		report("scopes", invalid("bankgiroinformation needs accountinformation and the context corporate"))
	}
	if p := a.Extensions.TokenPolicy; p != "" && !slices.Contains([]string{"advise", "reuse", "enforce"}, p) {
		report("tokenPolicy", invalid("must be advise, reuse or enforce"))
	}
	if s := a.Extensions.TokenAlgorithm; s != "" && !slices.Contains(jose.Algorithms(), s) {
		report("tokenAlgorithm", invalid("must be RS256, PS256, ES256 or EdDSA"))
	}
	if f := a.Extensions.TokenForm; f != "" && !slices.Contains(jose.Types(), f) {
		report("tokenForm", invalid("must be %s or %s", jose.TypeJWT, jose.TypeATJWT))
	}
	if a.Extensions.TokenQuota < 0 {
		report("tokenQuota", invalid("must not be negative"))
	}
	a.Extensions.check(report)
	a.checkSecurity(report)
	if len(a.RedirectURIs) > maxRedirectURIs {
		report("redirectUris", invalid("at most %d", maxRedirectURIs))
	}
	for i, uri := range a.RedirectURIs {
		report("redirectUris", checkRedirectURI(uri))
		if slices.Contains(a.RedirectURIs[:i], uri) {
			report("redirectUris", invalid("named twice: %s", uri))
		}
	}
	return problem.Join(faults)
}

func invalid(format string, args ...any) *problem.Error {
	return problem.New(problem.FormatInvalid, format, args...)
}

func checkID(id string) *problem.Error {
	for i := range len(id) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if (id[i] == '-') != hyphen || !hyphen && !strings.Contains("0123456789abcdef", id[i:i+1]) {
			return invalid("must be a UUID")
		}
	}
	if len(id) != 36 {
		return invalid("must be a UUID")
	}
	return nil
}

// checkText checks a name or label of at least atLeast characters.
func checkText(s string, atLeast int) *problem.Error {
	n := utf8.RuneCountInString(s)
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return invalid("must be printable text")
	case n < atLeast || strings.TrimSpace(s) != s:
		return invalid("must not be empty, nor begin or end with a space")
	case n > maxName:
		return invalid("at most %d characters", maxName)
	}
	return nil
}

// checkWords checks that there is at least one word, and no word that is not
// known or comes twice.
func checkWords[T ~string](words, known []T) *problem.Error {
	if len(words) == 0 {
		return invalid("must not be empty")
	}
	for i, w := range words {
		if !slices.Contains(known, w) {
			return invalid("unknown: '%s'", w)
		}
		if slices.Contains(words[:i], w) {
			return invalid("named twice: %s", w)
		}
	}
	return nil
}

// checkRedirectURI checks that uri is absolute, without fragment (RFC 6749
// section 3.1.2) and user, and https, or http on a loopback host (RFC 8252
// section 7.3). There are no wildcards.
func checkRedirectURI(uri string) *problem.Error {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || len(uri) > maxURI:
		return invalid("not an absolute URI: %.100q", uri)
	case strings.Contains(uri, "#"):
		return invalid("a redirect URI has no fragment: %.100q", uri)
	case u.User != nil:
		return invalid("a redirect URI has no user: %.100q", uri)
	case strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' || r == '*' }):
		return invalid("a redirect URI is plain ASCII without spaces and wildcards: %.100q", uri)
	case u.Scheme == "https" && u.Hostname() != "", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return invalid("a redirect URI is https, or http on localhost, 127.0.0.1 or [::1]: %.100q", uri)
}

func isLoopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// AddSecret makes a secret for a at now, which expires at expires, never if
// that is zero. It drops secrets that have expired. It reports
// problem.FormatInvalid for a bad label or a time that has passed, and
// problem.StatusInvalid if there are [MaxSecrets] already.
func (a *App) AddSecret(label string, now, expires time.Time) (SecretText, error) {
	text := NewSecret()
	if err := a.PutSecret(text, label, now, expires); err != nil {
		return "", err
	}
	return text, nil
}

// PutSecret is AddSecret with a secret that exists.
func (a *App) PutSecret(text SecretText, label string, now, expires time.Time) error {
	if err := checkText(label, 0); err != nil {
		return err.At("label")
	}
	if !expires.IsZero() && !expires.After(now) {
		return invalid("must be in the future").At("expires")
	}
	live := slices.DeleteFunc(slices.Clone(a.Secrets), func(s Secret) bool { return !s.Live(now) })
	if len(live) >= MaxSecrets {
		return problem.New(problem.StatusInvalid, "the application has %d secrets; remove one first", len(live))
	}
	id := newSecretID()
	for slices.ContainsFunc(a.Secrets, func(s Secret) bool { return s.ID == id }) {
		id = newSecretID()
	}
	a.Secrets = append(live, Secret{ID: id, Label: label, Hash: text.Hash(), CreatedAt: now, ExpiresAt: expires})
	return nil
}

// newSecretID returns a short random id.
func newSecretID() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails; see crypto/rand
	return "s_" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// RemoveSecret removes the secret with the id. It may be the last one: the app
// then cannot log in until it gets another. It reports problem.ResourceUnknown.
func (a *App) RemoveSecret(id string) error {
	i := slices.IndexFunc(a.Secrets, func(s Secret) bool { return s.ID == id })
	if i < 0 {
		return problem.New(problem.ResourceUnknown, "the application has no secret %.20q", id)
	}
	a.Secrets = slices.Delete(slices.Clone(a.Secrets), i, i+1)
	return nil
}
