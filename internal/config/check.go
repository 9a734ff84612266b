package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setDefaults fills in the base URLs, and takes a trailing slash off.
func (b *BaseConfig) setDefaults(listen string, secure bool) {
	if b.Auth == "" {
		host, port, err := net.SplitHostPort(listen)
		if err == nil {
			if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsUnspecified() || ip.IsLoopback()) {
				host = "localhost"
			}
			b.Auth = "http://" + net.JoinHostPort(host, port)
			if secure {
				b.Auth = "https://" + net.JoinHostPort(host, port)
			}
		}
	}
	b.Auth = strings.TrimSuffix(b.Auth, "/")
	if b.API == "" {
		b.API = b.Auth
	}
	b.API = strings.TrimSuffix(b.API, "/")
	b.MTLS = strings.TrimSuffix(b.MTLS, "/")
	if b.KYC == "" {
		b.KYC = b.Auth
	}
	b.KYC = strings.TrimSuffix(b.KYC, "/")
}

// setDefaults fills in who decides.
func (k *KYCConfig) setDefaults(environment string) {
	if k.Provider != "" {
		return
	}
	k.Provider = "sandbox"
	if environment == "production" {
		k.Provider = "manual"
	}
}

// check returns the faults of the KYC provider by key.
func (k *KYCConfig) check(environment string) map[string]string {
	faults := map[string]string{
		"kyc.provider":  oneOf(k.Provider, "sandbox", "manual", "watchman"),
		"kyc.threshold": checkRange(k.Threshold, 1, 100),
		"kyc.onHit":     oneOf(k.OnHit, "review", "reject"),
	}
	if k.Provider == "sandbox" && environment == "production" {
		faults["kyc.provider"] = "\"sandbox\" approves everybody and is not for production; write \"manual\" or \"watchman\""
	}
	u, err := url.Parse(k.Watchman)
	switch {
	case k.Watchman == "" && k.Provider == "watchman":
		faults["kyc.watchman"] = "is missing; the provider \"watchman\" needs it, such as \"http://localhost:8084\""
	case k.Watchman != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https"):
		faults["kyc.watchman"] = "is no URL of a server; write such as \"http://localhost:8084\""
	}
	return faults
}

// failed returns the keys that faults are known of already, so that a value
// that could not be read is not complained of twice.
func failed(errs []error) map[string]bool {
	keys := map[string]bool{}
	for _, err := range errs {
		if f, ok := errors.AsType[*fault](err); ok {
			keys[f.key] = true
		}
	}
	return keys
}

// check returns the faults of the values, but those of the keys in skip.
func (c *Config) check(skip map[string]bool) []error {
	var errs []error
	report := func(key, text string) {
		if text != "" && !skip[key] {
			errs = append(errs, &fault{key, text})
		}
	}
	report("environment", oneOf(c.Environment, "sandbox", "production"))
	report("listen", checkAddress(c.Listen))
	if c.Control != "off" {
		report("control", checkAddress(c.Control))
	}
	if c.Control == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
		report("control", "is the same address as listen; give it another port")
	}
	report("database", checkDatabase(c.Database))
	report("base.auth", checkBase(c.Base.Auth, c.Environment))
	if c.Base.API != c.Base.Auth {
		report("base.api", checkBase(c.Base.API, c.Environment))
	}
	if c.Base.MTLS != "" {
		report("base.mtls", checkBase(c.Base.MTLS, c.Environment))
	}
	if c.Base.KYC != c.Base.Auth {
		report("base.kyc", checkBase(c.Base.KYC, c.Environment))
	}
	for _, faults := range []map[string]string{c.KYC.check(c.Environment), c.Keys.check(), c.Mail.check(), c.SSO.check()} {
		for _, key := range slices.Sorted(maps.Keys(faults)) {
			report(key, faults[key])
		}
	}
	report("banks.sca", oneOf(c.Banks.SCA, "auto", "manual"))
	report("banks.accounts", oneOf(c.Banks.Accounts, "open", "strict"))
	report("banks.waits", oneOf(c.Banks.Waits, "usual", "none"))
	report("banks.profiles", checkProfiles(c.Banks.Profiles))
	report("portal.keepRequests", checkDuration(c.Portal.KeepRequests, time.Hour, 365*24*time.Hour))
	c.Token.check(report)
	c.checkKinds(report)
	if _, err := c.Log.level(); err != nil {
		report("log.level", oneOf(c.Log.Level, "debug", "info", "warn", "error"))
	}
	c.Tracing.check(report)
	c.Audit.check(report)
	report("log.format", oneOf(c.Log.Format, "json", "text"))
	c.checkRanges(report)
	c.FX.check(c.Environment, report)
	c.checkCertificates(report)
	return append(errs, c.TLS.check()...)
}

// check reports the faults of how tokens are made.
func (t *TokenConfig) check(report func(key, text string)) {
	report("token.lifetime", checkDuration(t.Lifetime, time.Minute, 24*time.Hour))
	report("token.algorithm", oneOf(t.Algorithm, "RS256", "PS256", "ES256", "EdDSA"))
	report("token.form", oneOf(t.Form, "JWT", "at+jwt"))
	report("token.rotateEvery", checkDuration(t.RotateEvery, 48*time.Hour, 5*365*24*time.Hour))
	report("token.policy", oneOf(t.Policy, "advise", "reuse", "enforce"))
	report("token.quota", checkRange(t.Quota, 1, 1_000_000))
	report("token.reusePercent", checkRange(t.ReusePercent, 1, 99))
	report("token.offlineGrace", checkDuration(t.OfflineGrace, time.Second, 24*time.Hour))
}

// AcceptsCertificates reports whether client certificates can come in: in our
// own TLS handshake, or told of by a proxy.
func (c *Config) AcceptsCertificates() bool { return c.TLS.CertFile != "" || len(c.Proxy.CertFrom) > 0 }

// checkFiles looks that there are the files that are named.
func checkFiles(files ...string) string {
	for _, file := range files {
		if file == "" {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			return fmt.Sprintf("%q cannot be read: %s", file, reasonOf(err))
		}
	}
	return ""
}

// checkCertificates checks what client certificates need.
func (c *Config) checkCertificates(report func(key, text string)) {
	if _, err := c.Proxy.CertPrefixes(); err != nil {
		report("proxy.certFrom", strings.TrimPrefix(err.Error(), "proxy.certFrom: "))
	}
	if h := c.Proxy.CertHeader; h == "" || strings.ContainsFunc(h, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }) {
		report("proxy.certHeader", fmt.Sprintf("%q is no name of a header; write such as \"Client-Cert\"", h))
	}
	report("certificates.issuerFile", checkFiles(c.Certificates.IssuerFile))
	report("certificates.revocationFiles", checkFiles(c.Certificates.RevocationFiles...))
	if c.Certificates.IssuerFile == "" && len(c.Certificates.RevocationFiles) > 0 {
		report("certificates.issuerFile", "is missing; certificates.revocationFiles needs it")
	}
	if c.Environment == "production" && !c.AcceptsCertificates() {
		report("tls.certFile", "is missing: in production client certificates must be able to come in; set it and tls.keyFile, or proxy.certFrom")
	}
}

// checkRanges reports addresses and ranges of addresses that are none.
func (c *Config) checkRanges(report func(key, text string)) {
	if _, err := c.Proxy.Prefixes(); err != nil {
		report("proxy.trusted", strings.TrimPrefix(err.Error(), "proxy.trusted: "))
	}
	if _, err := c.Webhooks.Prefixes(); err != nil {
		report("webhooks.allow", strings.TrimPrefix(err.Error(), "webhooks.allow: "))
	}
}

// checkKinds checks the keys that are alike.
func (c *Config) checkKinds(report func(key, text string)) {
	for _, k := range c.keys() {
		if d, ok := k.field.(*Duration); ok && strings.HasPrefix(k.name, "timeout.") {
			report(k.name, checkDuration(*d, time.Second/10, time.Hour))
		}
		if n, ok := k.field.(*int); ok && strings.HasPrefix(k.name, "limit.") {
			report(k.name, checkCount(*n))
		}
	}
}

func (t TLSConfig) check() []error {
	if t == (TLSConfig{}) {
		return nil
	}
	var errs []error
	for _, k := range []struct{ key, other, file string }{
		{"tls.certFile", "tls.keyFile", t.CertFile}, {"tls.keyFile", "tls.certFile", t.KeyFile},
	} {
		if k.file == "" {
			errs = append(errs, &fault{k.key, "is missing; " + k.other + " needs it"})
		} else if f, err := os.Open(k.file); err != nil {
			errs = append(errs, &fault{k.key, "cannot be read: " + reasonOf(err)})
		} else {
			_ = f.Close()
		}
	}
	return errs
}

// oneOf returns what is wrong with s unless it is one of the words.
func oneOf(s string, words ...string) string {
	if slices.Contains(words, s) {
		return ""
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	last := len(quoted) - 1
	return fmt.Sprintf("%q must be %s or %s", s, strings.Join(quoted[:last], ", "), quoted[last])
}

func checkAddress(s string) string {
	_, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Sprintf("%q is no address to listen on; write host:port, such as \"127.0.0.1:8480\" or \":8480\"", s)
	}
	return ""
}

func checkDatabase(s string) string {
	scheme, rest, _ := strings.Cut(s, ":")
	switch {
	case scheme == "sqlite" && rest != "":
		return ""
	case scheme == "postgres" || scheme == "postgresql":
		// The error would quote the password.
		if u, err := url.Parse(s); err == nil && u.Path != "" && u.Path != "/" {
			return ""
		}
		return "is no PostgreSQL URL; write postgres://user:password@host:5432/name"
	}
	return "must be \"sqlite:FILE\" or a URL that begins with postgres://"
}

func checkBase(s, environment string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Sprintf("%q is no base URL; write such as \"https://auth.example.com\"", s)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return fmt.Sprintf("%q must be scheme and host alone, such as \"https://auth.example.com\"", s)
	case environment == "production" && u.Scheme == "http" && !IsLoopback(u.Hostname()):
		return fmt.Sprintf("%q must begin with https:// in production; credentials and tokens travel there", s)
	}
	return ""
}

func checkDuration(d Duration, least, most time.Duration) string {
	if time.Duration(d) < least || time.Duration(d) > most {
		return fmt.Sprintf("%s must be between %s and %s", d, least, most)
	}
	return ""
}

// checkProfiles checks the form; which banks and profiles there are the
// simulator knows.
func checkProfiles(profiles []string) string {
	for _, p := range profiles {
		if bicfi, name, ok := strings.Cut(p, "="); !ok || bicfi == "" || name == "" {
			return fmt.Sprintf("%q must be BIC=PROFILE, such as \"HANDSESS=two-rounds\"", p)
		}
	}
	return ""
}

// checkRange checks a whole number.
func checkRange(n, least, most int) string {
	if n < least || n > most {
		return fmt.Sprintf("must be %d to %d", least, most)
	}
	return ""
}

func checkCount(n int) string {
	if n < 0 {
		return fmt.Sprintf("%d must be 0 (no limit) or more", n)
	}
	return ""
}

// IsLoopback reports whether host, a name or an address without a port, is
// this machine alone.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// SealingKey returns the key that seals secrets at rest: that of
// SLUSS_SEALING_KEY if it is set, else that of SealingKeyFile.
func (c *Config) SealingKey(getenv func(string) string) ([32]byte, error) {
	if text := getenv("SLUSS_SEALING_KEY"); text != "" {
		return parseSealingKey("SLUSS_SEALING_KEY", text)
	}
	if c.SealingKeyFile == "" {
		return [32]byte{}, &fault{"sealingKeyFile", "is missing: run \"sluss key new-sealing > sealing.key\", keep the file safe, " +
			"and name it here (or set SLUSS_SEALING_KEY to its content)"}
	}
	text, err := os.ReadFile(c.SealingKeyFile)
	if err != nil {
		return [32]byte{}, &fault{"sealingKeyFile", fmt.Sprintf("%q cannot be read: %s; \"sluss key new-sealing\" makes a key", c.SealingKeyFile, reasonOf(err))}
	}
	return parseSealingKey("sealingKeyFile", string(text))
}

func parseSealingKey(key, text string) (k [32]byte, err error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != len(k) {
		return k, &fault{key, "is no sealing key: it must be 32 bytes in base64, as \"sluss key new-sealing\" makes them"}
	}
	return [32]byte(b), nil
}

// reasonOf returns what the system says is wrong with a file, without its
// name.
func reasonOf(err error) string {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
