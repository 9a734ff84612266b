package config

import (
	"fmt"
	"net/url"
	"strings"
)

// An SSOConfig says by which OpenID Connect provider operators get in.
type SSOConfig struct {
	// Issuer is the provider, such as "https://login.example.com". No default:
	// then there is no single sign-on.
	Issuer string
	// ClientID is ours at the provider. No default; needed with an issuer.
	ClientID string
	// ClientSecretFile names the file with our secret there. No default; not
	// needed if SLUSS_SSO_CLIENT_SECRET in the environment is the secret itself.
	ClientSecretFile string
	// Domains are those of the e-mail addresses that are let in. Defaults to any;
	// Domains or OperatorClaim is needed with an issuer.
	Domains []string
	// OperatorClaim is a claim and the value that it must have or contain, such
	// as "groups=sluss-operators". Defaults to none.
	OperatorClaim string
}

// check returns the faults by key.
func (s *SSOConfig) check() map[string]string {
	faults := map[string]string{}
	if s.Issuer == "" {
		for key, given := range map[string]bool{
			"sso.clientId": s.ClientID != "", "sso.clientSecretFile": s.ClientSecretFile != "", "sso.domains": len(s.Domains) > 0, "sso.operatorClaim": s.OperatorClaim != "",
		} {
			if given {
				faults[key] = "needs sso.issuer, which is missing"
			}
		}
		return faults
	}
	u, err := url.Parse(s.Issuer)
	secure := err == nil && (u.Scheme == "https" || u.Scheme == "http" && IsLoopback(u.Hostname()))
	if !secure || u.Host == "" || u.RawQuery != "" || u.User != nil {
		faults["sso.issuer"] = fmt.Sprintf("%q is no issuer; write such as \"https://login.example.com\"", s.Issuer)
	}
	if s.ClientID == "" {
		faults["sso.clientId"] = "is missing; sso.issuer needs it"
	}
	if len(s.Domains) == 0 && s.OperatorClaim == "" {
		faults["sso.operatorClaim"] = "is missing: without it and sso.domains everybody at the provider would be an operator"
	}
	if name, value, ok := strings.Cut(s.OperatorClaim, "="); s.OperatorClaim != "" && (!ok || name == "" || value == "") {
		faults["sso.operatorClaim"] = fmt.Sprintf("%q must be CLAIM=VALUE, such as \"groups=sluss-operators\"", s.OperatorClaim)
	}
	for _, d := range s.Domains {
		if d == "" || strings.ContainsAny(d, "@*/ ") || !strings.Contains(d, ".") {
			faults["sso.domains"] = fmt.Sprintf("%q is no domain; write such as \"example.com\"", d)
		}
	}
	return faults
}

// SSOSecret returns our secret at the identity provider: that of
// SLUSS_SSO_CLIENT_SECRET if it is set, else that of SSO.ClientSecretFile. It is
// empty if there is no provider.
func (c *Config) SSOSecret(getenv func(string) string) (string, error) {
	if c.SSO.Issuer == "" {
		return "", nil
	}
	return secret("SLUSS_SSO_CLIENT_SECRET", "sso.clientSecretFile", "client secret", c.SSO.ClientSecretFile, getenv)
}
