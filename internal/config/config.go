// Package config is the configuration of a server: what can be set, its
// defaults and its checks.
//
// It comes from one TOML file, in which every key may be left out, and from
// the environment, which overrules single keys: token.lifetime is
// SLUSS_TOKEN_LIFETIME. Secrets are in neither of them but in files that a key
// names; the sealing key alone may also be in the environment. Every fault is
// found at once, and says what to do.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/BurntSushi/toml"
)

// A Config is the configuration of a server. Secrets are never in it: a field
// whose name ends in File names the file that holds one.
type Config struct {
	// Environment is "sandbox" or "production": an installation is one of them,
	// and apps of the other cannot log in. Defaults to "sandbox".
	Environment string

	// Listen and Control are the addresses of the public and of the control
	// listener, as in net.Listen. The control listener has metrics and health;
	// "off" leaves it out. They default to "127.0.0.1:8480" and
	// "127.0.0.1:8481".
	Listen, Control string

	// Database is "sqlite:FILE" or a PostgreSQL URL. Defaults to
	// "sqlite:sluss.db". A URL with a password is better given as
	// SLUSS_DATABASE.
	Database string

	// SealingKeyFile names the file with the key that seals secrets at rest, as
	// "sluss key new-sealing" makes it. No default; not needed if
	// SLUSS_SEALING_KEY in the environment is the key itself.
	SealingKeyFile string

	// Migrate brings the database up to date at the start. Defaults to false:
	// run "sluss db migrate" first.
	Migrate bool

	// Strict refuses what the API description refuses, where the default is to
	// accept every variant that clients are known to send. Defaults to false.
	Strict bool

	Base    BaseConfig
	Banks   BanksConfig
	FX      FXConfig
	Token   TokenConfig
	Keys    KeysConfig
	TLS     TLSConfig
	Proxy   ProxyConfig
	Limit   LimitConfig
	Timeout TimeoutConfig
	Log     LogConfig
	Audit   AuditConfig
	Tracing TracingConfig
	KYC     KYCConfig

	Certificates CertificatesConfig
	Webhooks     WebhooksConfig
	Portal       PortalConfig
	Mail         MailConfig
	SSO          SSOConfig
}

// A BaseConfig holds the base URL of each role, without trailing slash. Auth is
// also the "iss" of the tokens (RFC 8414 section 2) and defaults to "http://" +
// Listen, or "https://" with TLS; API and KYC, the page of the KYC form, default
// to Auth. MTLS is one more name of the token service, for clients with a
// certificate (RFC 8705 section 5); there is none by default.
type BaseConfig struct{ Auth, API, KYC, MTLS string }

// A BanksConfig says which banks there are.
type BanksConfig struct {
	// Simulator has the simulated banks. Defaults to false.
	Simulator bool
	// Seed makes the simulated banks' customers: the same seed, the same
	// customers. Defaults to 1.
	Seed uint64
	// SCA is how simulated customers sign: "auto", by themselves after two
	// seconds, or "manual". Defaults to "auto".
	SCA string
	// Accounts is "open", in which an account that the simulated banks do not
	// have is opened when it is first used, or "strict". Defaults to "open".
	Accounts string
	// Waits is "usual", in which customers take their time to sign and payments
	// settle some seconds later, or "none", to measure everything but that.
	// Defaults to "usual".
	Waits string
	// Profiles gives single banks another of the simulator's profiles, such as
	// "HANDSESS=two-rounds". Defaults to none: every bank behaves ideally.
	Profiles []string
}

// An FXConfig says where rates of exchange come from, and what a quote costs.
type FXConfig struct {
	// Source is "sandbox", rates that are made up from banks.seed and the day;
	// "ecb", the reference rates of the European Central Bank; or "off", which
	// offers no quotes. Defaults to "sandbox" in the environment sandbox and to
	// "off" in production.
	Source string
	// File names a file with the rates, as the bank's eurofxref-daily.xml; it
	// is read again at each Refresh. Defaults to none: URL is read.
	File string
	// URL is where the rates are. Defaults to the bank's own address.
	URL string
	// Refresh is how often the rates are read. Defaults to "1h"; at least "1m".
	Refresh Duration
	// MaxAge is how long after the end of their day rates are good; then quotes
	// are refused with 503. Defaults to "120h": five days, for long weekends.
	MaxAge Duration
	// Fee is added to what a quote costs, so many units of whichever currency
	// it is paid in. Defaults to "1.50".
	Fee string
	// Spread is what the rate of a quote is worse than the mid rate, in basis
	// points: 25 is a quarter of a percent. Defaults to 25; at most 1000.
	Spread int
	// Account is the IBAN of the account into which confirmed quotes are funded
	// (FX Connect), Holder its holder and Country the holder's country. The
	// operator pays out: "sluss fx". Default to none: quotes are not confirmed,
	// but for sandboxes with simulated banks, whose money is made up.
	Account, Holder, Country string
}

// A TokenConfig says how tokens are made.
type TokenConfig struct {
	// Lifetime is how long an access token is valid, such as "1h". Defaults to
	// one hour; at most a day.
	Lifetime Duration
	// Algorithm signs the tokens of apps that want none of their own: "RS256",
	// "PS256", "ES256" or "EdDSA". Defaults to "RS256".
	Algorithm string
	// Form is the typ of the tokens of apps that want none of their own: "JWT",
	// or "at+jwt" for the profile of RFC 9068. Defaults to "JWT".
	Form string
	// RotateEvery is how long a signing key signs. Its successor is in the
	// JWKS a day before it signs. Defaults to "720h", 30 days; at least "48h".
	RotateEvery Duration

	// Policy is what happens to an app that asks for more tokens than it needs,
	// which is one for each PSU context: "advise" counts them, "reuse" hands the
	// active one out again, "enforce" refuses beyond the quota. An app may have
	// a policy of its own. Defaults to "advise".
	Policy string

	// Quota is how many tokens an hour "enforce" lets an app have for each PSU
	// context. Defaults to 2.
	Quota int

	// ReusePercent is how much of a token's life must be left for "reuse" to
	// hand it out again. Defaults to 50, which makes two tokens an hour.
	ReusePercent int

	// OfflineGrace is how long tokens are issued and checked while the database
	// is away, from what was last read of it. After that they are refused with
	// 503. Defaults to "15m"; at most "24h".
	OfflineGrace Duration
}

// A TLSConfig has the certificate of the public listener. Without one it
// speaks plain HTTP, for a proxy in front of it.
type TLSConfig struct {
	// CertFile and KeyFile name PEM files: the certificate with its chain, and
	// its private key. No defaults; both or none.
	CertFile, KeyFile string
}

// A CertificatesConfig says which client certificates are trusted.
type CertificatesConfig struct {
	// IssuerFile names a PEM file with the certificates of further issuers. In
	// production the APIs want a client certificate with every call: of one of
	// them, or of the platform's own authority, which issues them in the portal.
	// No default.
	IssuerFile string
	// RevocationFiles name the issuers' revocation lists, PEM or DER. They are read
	// again when they change. Defaults to none.
	RevocationFiles []string
	// Blocked are serial numbers, in hexadecimal, of certificates that are not
	// let in. Defaults to none.
	Blocked []string
}

// A LimitConfig limits what an app may ask for, and how often anybody may guess.
type LimitConfig struct {
	// PerSecond is how many API requests an app may make in a second on
	// average, and Burst how many at once. Both default to 0: no limit.
	PerSecond, Burst int
	// TokensPerSecond, TokenBurst and TokensPerDay limit the requests of an app
	// for tokens in the same way, and those of a day (UTC). An app may have
	// limits of its own. They default to 0: no limit.
	TokensPerSecond, TokenBurst, TokensPerDay int
	// FailedPerNetwork and FailedTotal are how many requests with wrong
	// credentials there may be in a minute, from one network (24 bits of an
	// IPv4 address, 64 of an IPv6 address) and in all. Who guesses more is not
	// listened to for a while. They default to 60 and 6000; 0 is no limit.
	FailedPerNetwork, FailedTotal int
}

// A TimeoutConfig says how long the server waits, in real time.
type TimeoutConfig struct {
	// Header is how long a client may take to send the header of a request.
	// Defaults to 10s.
	Header Duration
	// Read is how long it may take to send all of it. Defaults to 30s.
	Read Duration
	// Write is how long serving a request may take, sending the answer
	// included. Defaults to 60s.
	Write Duration
	// Idle is how long a connection may wait for its next request. Defaults to
	// 2m.
	Idle Duration
	// Stop is how long a server that is told to stop lets requests finish.
	// Defaults to 30s.
	Stop Duration
}

// A LogConfig says what is logged, on standard error.
type LogConfig struct {
	// Level is "debug", "info", "warn" or "error". Defaults to "info", which
	// has one line for each request.
	Level string
	// Format is "json" or "text". Defaults to "json".
	Format string
}

// An AuditConfig says what the audit trail has beside the changes of apps,
// keys and consents, which it always has.
type AuditConfig struct {
	// Tokens records each token that is issued or refused; a token is handed
	// out once that is stored. Defaults to true. A database in memory keeps no
	// such records, since nobody could read them.
	Tokens bool
	// Spool names the folder where records of tokens wait while the database
	// is away; "off" is none, and then no token is issued while it is. Defaults
	// to the file of SQLite with ".spool" after it, and to "sluss.spool" in the
	// working folder for PostgreSQL. Instances of one database may share it.
	Spool string
	// Keep is how long the trail is kept. What is older is deleted. Defaults to
	// "9600h", 400 days; at least a day; "0s" keeps it forever.
	Keep Duration
}

// A KYCConfig says who decides whether an organisation may pay.
type KYCConfig struct {
	// Provider is "sandbox", which approves every form and knows organisations
	// with an even last digit without one, "manual", an operator, or
	// "watchman", a check against sanction lists. Defaults to "sandbox", and in
	// production, which does not have that one, to "manual".
	Provider string
	// Watchman is the base URL of a moov-io/watchman server. No default; for
	// that provider only.
	Watchman string
	// Threshold is how alike, in per cent, a name must be to one of a list to
	// be a hit. Defaults to 80.
	Threshold int
	// OnHit is what follows: "review", an operator decides, or "reject".
	// Defaults to "review".
	OnHit string
}

// A PortalConfig says what the developer portal keeps.
type PortalConfig struct {
	// KeepRequests is how long the log of requests, which developers see, keeps
	// them. Defaults to "168h", a week.
	KeepRequests Duration
}

// A WebhooksConfig says where webhooks may go.
type WebhooksConfig struct {
	// Allow are addresses that are not public and that webhooks may go to
	// nevertheless, such as "10.1.0.0/16". Defaults to none. In the environment
	// "sandbox" http is allowed there too.
	Allow []string
}

// Prefixes returns the ranges.
func (w WebhooksConfig) Prefixes() ([]netip.Prefix, error) {
	return prefixes("webhooks.allow", w.Allow)
}

// A Duration is a time.Duration, written as in time.ParseDuration.
type Duration time.Duration

// String returns the duration as it is written.
func (d Duration) String() string { return time.Duration(d).String() }

// Default returns the configuration with nothing set.
func Default() Config {
	return Config{
		Environment: "sandbox",
		Listen:      "127.0.0.1:8480",
		Control:     "127.0.0.1:8481",
		Database:    "sqlite:sluss.db",
		Proxy:       ProxyConfig{CertHeader: "Client-Cert"},
		Banks:       BanksConfig{Seed: 1, SCA: "auto", Accounts: "open", Waits: "usual"},
		FX:          FXConfig{URL: ecbURL, Refresh: Duration(time.Hour), MaxAge: Duration(120 * time.Hour), Fee: "1.50", Spread: 25},
		Token:       TokenConfig{Algorithm: "RS256", Form: "JWT", Policy: "advise", Quota: 2, ReusePercent: 50, OfflineGrace: Duration(15 * time.Minute), Lifetime: Duration(time.Hour), RotateEvery: Duration(30 * 24 * time.Hour)},
		Keys:        KeysConfig{Signer: "builtin"},
		Timeout: TimeoutConfig{
			Header: Duration(10 * time.Second), Read: Duration(30 * time.Second), Write: Duration(time.Minute),
			Idle: Duration(2 * time.Minute), Stop: Duration(30 * time.Second),
		},
		Log:     LogConfig{Level: "info", Format: "json"},
		Limit:   LimitConfig{FailedPerNetwork: 60, FailedTotal: 6000},
		Portal:  PortalConfig{KeepRequests: Duration(7 * 24 * time.Hour)},
		Mail:    MailConfig{TLS: "starttls"},
		KYC:     KYCConfig{Threshold: 80, OnHit: "review"},
		Tracing: TracingConfig{SamplePercent: 100},
		Audit:   AuditConfig{Tokens: true, Keep: Duration(400 * 24 * time.Hour)},
	}
}

// Parse decodes text, in which getenv overrules single keys, and fills in the
// defaults. It reports every fault it finds, a missing sealing key among them,
// as one error with a line for each.
func Parse(text string, getenv func(string) string) (Config, error) {
	c := Default()
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		if p, ok := errors.AsType[toml.ParseError](err); ok {
			return Config{}, fmt.Errorf("line %d: %s", p.Position.Line, p.Message)
		}
		return Config{}, err
	}
	keys := c.keys()
	errs := assign(keys, flatten("", tree))
	errs = append(errs, overrule(keys, getenv)...)
	c.SetDefaults()
	errs = append(errs, c.check(failed(errs))...)
	if _, err := c.SealingKey(getenv); err != nil {
		errs = append(errs, err)
	}
	if _, err := c.PIN(getenv); err != nil {
		errs = append(errs, err)
	}
	if _, err := c.MailPassword(getenv); err != nil {
		errs = append(errs, err)
	}
	if _, err := c.SSOSecret(getenv); err != nil {
		errs = append(errs, err)
	}
	return c, errors.Join(errs...)
}

// SetDefaults fills in what follows from other values, where it is empty: the
// base URLs, and who decides on KYC forms.
func (c *Config) SetDefaults() {
	c.Base.setDefaults(c.Listen, c.TLS.CertFile != "")
	c.KYC.setDefaults(c.Environment)
}

// level returns the level of the log.
func (l LogConfig) level() (slog.Level, error) {
	var level slog.Level
	err := level.UnmarshalText([]byte(l.Level))
	return level, err
}

// SlogLevel returns the level of the log; info if it is not a level.
func (l LogConfig) SlogLevel() slog.Level {
	level, err := l.level()
	if err != nil {
		return slog.LevelInfo
	}
	return level
}
