package config

import (
	"fmt"
	"net/url"
	"strings"
)

// A Setting is a key and its value, for operators to look at. It has no
// secrets.
type Setting struct {
	Key   string
	Value string // empty if it is not set
	// Usual says that the value is the default.
	Usual bool
}

// Settings returns all keys in their order. Of a file with a secret they say
// only whether it is named, and of a URL they leave out the password and the
// query.
func (c *Config) Settings() []Setting {
	usual := Default()
	usual.Environment, usual.Listen, usual.TLS = c.Environment, c.Listen, c.TLS
	usual.SetDefaults()
	defaults := usual.keys()
	all := make([]Setting, 0, len(defaults))
	for i, k := range c.keys() {
		value := shown(k)
		all = append(all, Setting{Key: k.name, Value: value, Usual: value == shown(defaults[i])})
	}
	for i, k := range all { // they were made equal above
		if first := Default(); k.Key == "environment" || k.Key == "listen" {
			all[i].Usual = k.Value == map[string]string{"environment": first.Environment, "listen": first.Listen}[k.Key]
		}
		if strings.HasPrefix(k.Key, "tls.") {
			all[i].Usual = k.Value == ""
		}
	}
	return all
}

// shown returns the value of a key as it may be shown.
func shown(k key) string {
	switch f := k.field.(type) {
	case *string:
		if isSecretFile(k.name) {
			if *f == "" {
				return ""
			}
			return "set"
		}
		return withoutPassword(*f)
	case *bool:
		return fmt.Sprint(*f)
	case *int:
		return fmt.Sprint(*f)
	case *uint64:
		return fmt.Sprint(*f)
	case *Duration:
		return f.String()
	case *[]string:
		return strings.Join(*f, ", ")
	}
	return ""
}

// isSecretFile reports whether a key names a file with a secret.
func isSecretFile(name string) bool {
	switch name {
	case "certificates.issuerFile", "tls.certFile", "fx.file":
		return false
	}
	return strings.HasSuffix(name, "File")
}

// withoutPassword returns s, or what of a URL may be shown.
func withoutPassword(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	u, err := url.Parse(s)
	if err != nil {
		return "set"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	u.RawQuery, u.Fragment = "", ""
	return u.String()
}
