package config_test

import (
	"strings"
	"testing"

	"sluss.example/sluss/internal/config"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Database, c.SealingKeyFile = "postgres://sluss:hunter2@db/sluss?sslpassword=hunter2", "/run/hunter2"
	c.KYC.Watchman = "http://user:hunter2@watchman:8084"
	c.Token.Quota = 4
	c.SetDefaults()
	got := map[string]config.Setting{}
	for _, s := range c.Settings() {
		if strings.Contains(s.Value, "hunter2") {
			t.Errorf("%s shows %q", s.Key, s.Value)
		}
		got[s.Key] = s
	}
	for key, want := range map[string]config.Setting{
		"database": {Value: "postgres://sluss@db/sluss"}, "sealingKeyFile": {Value: "set"}, "token.quota": {Value: "4"},
		"token.lifetime": {Value: "1h0m0s", Usual: true}, "listen": {Value: "127.0.0.1:8480", Usual: true}, "base.auth": {Value: "http://localhost:8480", Usual: true},
		"tls.keyFile": {Usual: true}, "webhooks.allow": {Usual: true},
	} {
		want.Key = key
		if got[key] != want {
			t.Errorf("%s is %+v, want %+v", key, got[key], want)
		}
	}
}
