package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/config"
)

const sealingKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

var update = flag.Bool("update", false, "write the golden files")

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestParseDefaults(t *testing.T) {
	t.Parallel()
	got, err := config.Parse("", env("SLUSS_SEALING_KEY", sealingKey))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Base = config.BaseConfig{Auth: "http://localhost:8480", API: "http://localhost:8480", KYC: "http://localhost:8480"}
	want.KYC.Provider = "sandbox"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse(\"\") (-want +got):\n%s", diff)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	c := config.Default()
	if err := c.Set([]string{"token.algorithm=ES256", "Token.Lifetime=30m", "banks.profiles=A=b,C=d"}); err != nil {
		t.Error(err)
	}
	if c.Token.Algorithm != "ES256" || c.Token.Lifetime != config.Duration(30*time.Minute) || len(c.Banks.Profiles) != 2 {
		t.Errorf("Set makes %+v", c.Token)
	}
	err := c.Set([]string{"token.algoritm=ES256", "token.lifetime=1y", "token.algorithm=ES512", "keys.signer"})
	const want = `token.algoritm: unknown key; did you mean token.algorithm?
token.lifetime: "1y" is no duration; write such as 1h, 90s or 1h30m
keys.signer: "" must be "builtin", "libcrypto" or "pkcs11"
token.algorithm: "ES512" must be "RS256", "PS256", "ES256" or "EdDSA"`
	if err == nil || err.Error() != want {
		t.Errorf("Set reports %v, want\n%s", err, want)
	}
}

func TestPIN(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pin")
	if err := os.WriteFile(file, []byte("8246 17\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, signer, file, env string
		want                    string
		wantErr                 string
	}{
		{"not needed", "builtin", "", "", "", ""},
		{"file", "pkcs11", file, "", "8246 17", ""},
		{"environment", "pkcs11", file, "1234", "1234", ""},

		{"missing", "pkcs11", "", "", "", "keys.pinFile: is missing"},
		{"no file", "pkcs11", file + "x", "", "", "cannot be read: no such file"},
		{"empty", "pkcs11", empty, "", "", "is empty"},
	}
	for _, tt := range tests {
		c := config.Default()
		c.Keys = config.KeysConfig{Signer: tt.signer, PinFile: tt.file}
		got, err := c.PIN(env("SLUSS_KEYS_PIN", tt.env))
		if got != tt.want || (err == nil) != (tt.wantErr == "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
			t.Errorf("%s: PIN = %q, %v, want %q, %q", tt.name, got, err, tt.want, tt.wantErr)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := config.Parse(string(text), env(
		"SLUSS_SEALING_KEY", sealingKey,
		"SLUSS_TOKEN_LIFETIME", "30m", "SLUSS_BANKS_SEED", "7", "SLUSS_PROXY_TRUSTED", "192.0.2.7, 10.0.0.0/8", "SLUSS_STRICT", "true",
	))
	if err != nil {
		t.Fatal(err)
	}
	seconds := func(n time.Duration) config.Duration { return config.Duration(n * time.Second) }
	want := config.Config{
		Environment: "production", Listen: ":8080", Control: "off", Database: "postgres://sluss@db/sluss",
		SealingKeyFile: "/run/secrets/sealing", Migrate: true, Strict: true,
		Base:  config.BaseConfig{Auth: "https://auth.example.com", API: "https://api.example.com", KYC: "https://kyc.example.com", MTLS: "https://mtls.example.com"},
		Banks: config.BanksConfig{Simulator: true, Seed: 7, SCA: "manual", Accounts: "strict", Waits: "none", Profiles: []string{"HANDSESS=two-rounds"}},
		FX: config.FXConfig{
			Source: "ecb", File: "/var/lib/rates.xml", URL: "https://rates.example.com/daily.xml", Refresh: seconds(600), MaxAge: seconds(96 * 3600),
			Fee: "0", Spread: 40, Account: "SE4550000000058398257466", Holder: "Client funds of Example AB", Country: "SE",
		},
		Token:        config.TokenConfig{Algorithm: "ES256", Form: "at+jwt", Lifetime: seconds(1800), RotateEvery: seconds(480 * 3600), Policy: "enforce", Quota: 4, ReusePercent: 25, OfflineGrace: seconds(60)},
		Keys:         config.KeysConfig{Signer: "libcrypto", Module: "/usr/lib/softhsm/libsofthsm2.so", Token: "sluss", PinFile: "/run/secrets/pin"},
		Proxy:        config.ProxyConfig{Trusted: []string{"192.0.2.7", "10.0.0.0/8"}, CertFrom: []string{"192.0.2.8"}, CertHeader: "X-Client-Cert"},
		Certificates: config.CertificatesConfig{IssuerFile: "testdata/issuers.pem", RevocationFiles: []string{"testdata/issuers.crl"}, Blocked: []string{"0a1b"}},
		Limit:        config.LimitConfig{PerSecond: 50, Burst: 100, TokensPerSecond: 10, TokenBurst: 20, TokensPerDay: 1000, FailedPerNetwork: 30},
		Timeout:      config.TimeoutConfig{Header: seconds(1), Read: seconds(2), Write: seconds(3), Idle: seconds(4), Stop: seconds(5)},
		Log:          config.LogConfig{Level: "debug", Format: "text"},
		Audit:        config.AuditConfig{Tokens: true, Spool: "/var/spool/sluss", Keep: seconds(48 * 3600)},
		Tracing:      config.TracingConfig{Endpoint: "http://collector:4318", SamplePercent: 10},
		KYC:          config.KYCConfig{Provider: "watchman", Watchman: "http://watchman:8084", Threshold: 90, OnHit: "reject"},
		Portal:       config.PortalConfig{KeepRequests: config.Duration(48 * time.Hour)},
		Mail:         config.MailConfig{Server: "smtp.example.com:465", From: "sluss <noreply@example.com>", User: "mailer", PasswordFile: "testdata/password", TLS: "implicit"},
		SSO: config.SSOConfig{
			Issuer: "https://login.example.com", ClientID: "sluss", ClientSecretFile: "testdata/password", Domains: []string{"example.com"}, OperatorClaim: "groups=sluss-operators",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse(full.toml) (-want +got):\n%s", diff)
	}
}

// TestParseFaults holds the text of every fault: an operator reads it.
func TestParseFaults(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/faults/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var pairs []string
			for line := range strings.Lines(string(text)) {
				if kv, ok := strings.CutPrefix(line, "#env "); ok {
					k, v, _ := strings.Cut(strings.TrimSpace(kv), "=")
					pairs = append(pairs, k, v)
				}
			}
			_, err = config.Parse(string(text), env(pairs...))
			if err == nil {
				t.Fatalf("Parse(%s) reports nothing", file)
			}
			golden := strings.TrimSuffix(file, ".toml") + ".golden"
			got := err.Error() + "\n"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("Parse(%s) (-want +got):\n%s", file, diff)
			}
		})
	}
}

func TestRatesSource(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ environment, source, want string }{
		{"sandbox", "", "sandbox"},
		{"production", "", "off"},
		{"sandbox", "ecb", "ecb"},
		{"production", "ecb", "ecb"},
	} {
		c := config.Config{Environment: tt.environment, FX: config.FXConfig{Source: tt.source}}
		if got := c.RatesSource(); got != tt.want {
			t.Errorf("RatesSource of %q in %s = %q, want %q", tt.source, tt.environment, got, tt.want)
		}
	}
}

// TestKeysComplete sets every field of a Config by the environment, so that
// none is without a key.
func TestKeysComplete(t *testing.T) {
	t.Parallel()
	var asked []string
	_, _ = config.Parse("", func(name string) string { asked = append(asked, name); return "" })
	var walk func(prefix string, typ reflect.Type)
	walk = func(prefix string, typ reflect.Type) {
		for field := range typ.Fields() {
			name := prefix + "_" + snake(field.Name)
			if field.Type.Kind() == reflect.Struct {
				walk(name, field.Type)
			} else if !slices.Contains(asked, name) {
				t.Errorf("no key for %s", name)
			}
		}
	}
	walk("SLUSS", reflect.TypeFor[config.Config]())
}

// TestKeysDocumented looks for every key in the operator's guide.
func TestKeysDocumented(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	var walk func(prefix string, typ reflect.Type)
	walk = func(prefix string, typ reflect.Type) {
		for field := range typ.Fields() {
			name := prefix + lowerFirst(field.Name)
			if field.Type.Kind() == reflect.Struct {
				walk(name+".", field.Type)
			} else if !strings.Contains(string(guide), "`"+name+"`") {
				t.Errorf("docs/operating.md does not tell of %s", name)
			}
		}
	}
	walk("", reflect.TypeFor[config.Config]())
}

// lowerFirst returns the key of a field: certFile for CertFile, api for API.
func lowerFirst(name string) string {
	if strings.ToUpper(name) == name {
		return strings.ToLower(name)
	}
	if bare, ok := strings.CutSuffix(name, "ID"); ok {
		name = bare + "Id"
	}
	return strings.ToLower(name[:1]) + name[1:]
}

func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		upper := strings.ToUpper(string(r)) == string(r)
		if upper && i > 0 && strings.ToLower(name[i-1:i]) == name[i-1:i] {
			b.WriteByte('_')
		}
		b.WriteString(strings.ToUpper(string(r)))
	}
	return b.String()
}

func TestSealingKeyFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(sealingKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("", env("SLUSS_SEALING_KEY_FILE", file))
	if err != nil {
		t.Fatal(err)
	}
	key, err := c.SealingKey(env())
	if err != nil || key[31] != 0x1f {
		t.Errorf("SealingKey = %x, %v", key, err)
	}
}

func TestFaultsHideSecrets(t *testing.T) {
	t.Parallel()
	_, err := config.Parse(`database = "postgres://u:hunter2@"`, env("SLUSS_SEALING_KEY", "c2VjcmV0"))
	if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "c2VjcmV0") {
		t.Errorf("Parse reports %v", err)
	}
}

func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.8.9.1": true, "::1": true, "[::1]": true, "a.localhost": true,
		"": false, "0.0.0.0": false, "::": false, "192.0.2.1": false, "localhost.example.com": false, "evil.com": false,
	} {
		if got := config.IsLoopback(host); got != want {
			t.Errorf("IsLoopback(%q) = %v, want %v", host, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("a.b.c = [1, {x = 2}]\n[[banks]]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := config.Parse(text, env("SLUSS_SEALING_KEY", sealingKey)); err == nil && c.Listen == "" {
			t.Error("no fault and no address")
		}
	})
}
