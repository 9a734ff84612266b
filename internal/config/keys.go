package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A key is a setting that the file and the environment can give. Field points
// to it, in a Config.
type key struct {
	name  string // as in the file, such as "token.lifetime"
	field any
}

// keys returns all settings of c. A test holds it complete.
func (c *Config) keys() []key {
	return append([]key{
		{"environment", &c.Environment},
		{"listen", &c.Listen},
		{"control", &c.Control},
		{"database", &c.Database},
		{"sealingKeyFile", &c.SealingKeyFile},
		{"migrate", &c.Migrate},
		{"strict", &c.Strict},
		{"base.auth", &c.Base.Auth},
		{"base.api", &c.Base.API},
		{"base.kyc", &c.Base.KYC},
		{"base.mtls", &c.Base.MTLS},
		{"banks.simulator", &c.Banks.Simulator},
		{"banks.seed", &c.Banks.Seed},
		{"banks.sca", &c.Banks.SCA},
		{"banks.accounts", &c.Banks.Accounts},
		{"banks.waits", &c.Banks.Waits},
		{"banks.profiles", &c.Banks.Profiles},
		{"token.lifetime", &c.Token.Lifetime},
		{"token.algorithm", &c.Token.Algorithm},
		{"token.form", &c.Token.Form},
		{"token.rotateEvery", &c.Token.RotateEvery},
		{"token.policy", &c.Token.Policy},
		{"token.quota", &c.Token.Quota},
		{"token.reusePercent", &c.Token.ReusePercent},
		{"token.offlineGrace", &c.Token.OfflineGrace},
		{"keys.signer", &c.Keys.Signer},
		{"keys.module", &c.Keys.Module},
		{"keys.token", &c.Keys.Token},
		{"keys.pinFile", &c.Keys.PinFile},
		{"tls.certFile", &c.TLS.CertFile},
		{"tls.keyFile", &c.TLS.KeyFile},
		{"proxy.trusted", &c.Proxy.Trusted},
		{"proxy.certFrom", &c.Proxy.CertFrom},
		{"proxy.certHeader", &c.Proxy.CertHeader},
		{"certificates.issuerFile", &c.Certificates.IssuerFile},
		{"certificates.revocationFiles", &c.Certificates.RevocationFiles},
		{"certificates.blocked", &c.Certificates.Blocked},
		{"limit.perSecond", &c.Limit.PerSecond},
		{"limit.burst", &c.Limit.Burst},
		{"limit.tokensPerSecond", &c.Limit.TokensPerSecond},
		{"limit.tokenBurst", &c.Limit.TokenBurst},
		{"limit.tokensPerDay", &c.Limit.TokensPerDay},
		{"limit.failedPerNetwork", &c.Limit.FailedPerNetwork},
		{"limit.failedTotal", &c.Limit.FailedTotal},
		{"timeout.header", &c.Timeout.Header},
		{"timeout.read", &c.Timeout.Read},
		{"timeout.write", &c.Timeout.Write},
		{"timeout.idle", &c.Timeout.Idle},
		{"timeout.stop", &c.Timeout.Stop},
		{"log.level", &c.Log.Level},
		{"log.format", &c.Log.Format},
	}, c.partKeys()...)
}

// partKeys returns the settings of single parts.
func (c *Config) partKeys() []key {
	return []key{
		{"fx.source", &c.FX.Source},
		{"fx.file", &c.FX.File},
		{"fx.url", &c.FX.URL},
		{"fx.refresh", &c.FX.Refresh},
		{"fx.maxAge", &c.FX.MaxAge},
		{"fx.fee", &c.FX.Fee},
		{"fx.spread", &c.FX.Spread},
		{"fx.account", &c.FX.Account},
		{"fx.holder", &c.FX.Holder},
		{"fx.country", &c.FX.Country},
		{"audit.tokens", &c.Audit.Tokens},
		{"audit.spool", &c.Audit.Spool},
		{"webhooks.allow", &c.Webhooks.Allow},
		{"portal.keepRequests", &c.Portal.KeepRequests},
		{"mail.server", &c.Mail.Server},
		{"mail.from", &c.Mail.From},
		{"mail.user", &c.Mail.User},
		{"mail.passwordFile", &c.Mail.PasswordFile},
		{"mail.tls", &c.Mail.TLS},
		{"sso.issuer", &c.SSO.Issuer},
		{"sso.clientId", &c.SSO.ClientID},
		{"sso.clientSecretFile", &c.SSO.ClientSecretFile},
		{"sso.domains", &c.SSO.Domains},
		{"sso.operatorClaim", &c.SSO.OperatorClaim},
		{"kyc.provider", &c.KYC.Provider},
		{"kyc.watchman", &c.KYC.Watchman},
		{"kyc.threshold", &c.KYC.Threshold},
		{"kyc.onHit", &c.KYC.OnHit},
		{"audit.keep", &c.Audit.Keep},
		{"tracing.endpoint", &c.Tracing.Endpoint},
		{"tracing.samplePercent", &c.Tracing.SamplePercent},
	}
}

// env returns the key's name in the environment: SLUSS_TLS_CERT_FILE for
// tls.certFile.
func (k key) env() string {
	var b strings.Builder
	b.WriteString("SLUSS_")
	for _, r := range k.name {
		switch {
		case r == '.':
			b.WriteByte('_')
		case unicode.IsUpper(r):
			b.WriteByte('_')
			b.WriteRune(r)
		default:
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

// A fault is a value that does not fit its key.
type fault struct{ key, text string }

// Error implements error.
func (f *fault) Error() string { return f.key + ": " + f.text }

// flatten returns the leaves of a decoded file by their full name. An empty
// table has none.
func flatten(prefix string, tree map[string]any) map[string]any {
	leaves := map[string]any{}
	for name, v := range tree {
		if sub, ok := v.(map[string]any); ok {
			maps.Copy(leaves, flatten(prefix+name+".", sub))
			continue
		}
		leaves[prefix+name] = v
	}
	return leaves
}

// assign sets the keys that the file has. Names are compared without regard to
// case.
func assign(keys []key, leaves map[string]any) []error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(leaves)) {
		i := slices.IndexFunc(keys, func(k key) bool { return strings.EqualFold(k.name, name) })
		if i < 0 {
			errs = append(errs, &fault{name, "unknown key" + suggest(keys, name)})
			continue
		}
		if text := set(keys[i].field, leaves[name]); text != "" {
			errs = append(errs, &fault{keys[i].name, text})
		}
	}
	return errs
}

// overrule sets the keys that the environment has.
func overrule(keys []key, getenv func(string) string) []error {
	var errs []error
	for _, k := range keys {
		s := getenv(k.env())
		if s == "" {
			continue
		}
		if text := setText(k.field, s); text != "" {
			errs = append(errs, &fault{k.name, text + " (from " + k.env() + ")"})
		}
	}
	return errs
}

// Set sets single keys, given as "token.lifetime=30m", and checks them. It
// reports every fault that it finds.
func (c *Config) Set(pairs []string) error {
	var errs []error
	given := map[string]bool{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		i := slices.IndexFunc(c.keys(), func(k key) bool { return strings.EqualFold(k.name, name) })
		if i < 0 {
			errs = append(errs, &fault{name, "unknown key" + suggest(c.keys(), name)})
			continue
		}
		k := c.keys()[i]
		given[k.name] = true
		if text := setText(k.field, value); text != "" {
			errs = append(errs, &fault{k.name, text})
		}
	}
	for _, err := range c.check(failed(errs)) {
		if f, ok := errors.AsType[*fault](err); ok && given[f.key] {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// set sets a field to a value as TOML has it, and returns what is wrong with
// it.
func set(field, v any) string {
	switch f := field.(type) {
	case *string:
		return setAs(f, v, "must be a string in quotes")
	case *bool:
		return setAs(f, v, "must be true or false, without quotes")
	case *Duration:
		var s string
		if text := setAs(&s, v, "must be a duration in quotes, such as \"1h\" or \"30s\""); text != "" {
			return text
		}
		return setText(f, s)
	case *int, *uint64:
		var n int64
		if text := setAs(&n, v, "must be a whole number, without quotes"); text != "" {
			return text
		}
		return setText(f, strconv.FormatInt(n, 10))
	case *[]string:
		var list []any
		if text := setAs(&list, v, "must be a list of strings, such as [\"a\", \"b\"]"); text != "" {
			return text
		}
		*f = nil
		for _, item := range list {
			s, ok := item.(string)
			if !ok {
				return "must be a list of strings, such as [\"a\", \"b\"]"
			}
			*f = append(*f, s)
		}
		return ""
	}
	panic(fmt.Sprintf("config: no way to set a %T", field))
}

func setAs[T any](field *T, v any, otherwise string) string {
	t, ok := v.(T)
	if !ok {
		return otherwise
	}
	*field = t
	return ""
}

// setText sets a field to a value as the environment has it, and returns what
// is wrong with it.
func setText(field any, s string) string {
	switch f := field.(type) {
	case *string:
		*f = s
	case *bool:
		if s != "true" && s != "false" {
			return fmt.Sprintf("%q must be true or false", s)
		}
		*f = s == "true"
	case *Duration:
		d, err := time.ParseDuration(s)
		if err != nil {
			return fmt.Sprintf("%q is no duration; write such as 1h, 90s or 1h30m", s)
		}
		*f = Duration(d)
	case *int:
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Sprintf("%q is no whole number", s)
		}
		*f = n
	case *uint64:
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return fmt.Sprintf("%q is no whole number of 0 or more", s)
		}
		*f = n
	case *[]string:
		*f = strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return ""
}

// suggest returns the known key that name was likely meant to be.
func suggest(keys []key, name string) string {
	last := func(s string) string { return strings.ToLower(s[strings.LastIndexByte(s, '.')+1:]) }
	best := slices.MinFunc(keys, func(a, b key) int {
		return cmp.Compare(distance(strings.ToLower(a.name), strings.ToLower(name)), distance(strings.ToLower(b.name), strings.ToLower(name)))
	})
	if distance(strings.ToLower(best.name), strings.ToLower(name)) <= 1+len(name)/5 {
		return "; did you mean " + best.name + "?"
	}
	for _, k := range keys { // the right word in the wrong table
		if last(k.name) == strings.ReplaceAll(last(name), "_", "") {
			return "; did you mean " + k.name + "?"
		}
	}
	return "; take it out, or see docs/operating.md for the keys that there are"
}

// distance is the number of letters to add, drop or change to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
