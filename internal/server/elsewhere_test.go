package server_test

import (
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate/certtest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/issuer"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/server"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/store/testdb"
)

// issuerName is the name under which several instances are one installation.
// It is a loopback name, since the control API answers under no other.
const issuerName = "http://localhost"

// instance runs a server that shares its database and the name of its issuer
// with others. It believes what its caller says of a client certificate, as if
// that were the proxy in front of all of them.
func instance(t *testing.T, database string, change func(*config.Config, *server.Deps)) *running {
	t.Helper()
	r := run(t, func(c *config.Config, d *server.Deps) {
		c.Database, c.Audit.Spool = database, t.TempDir()
		c.Base = config.BaseConfig{Auth: issuerName, API: issuerName}
		c.Proxy.CertFrom = []string{"127.0.0.1"}
		c.Limit.FailedPerNetwork, c.Limit.FailedTotal = 10_000, 10_000 // who waits for a refusal asks often
		if change != nil {
			change(c, d)
		}
	})
	r.auth, r.host = "http://"+r.addr, "localhost"
	return r
}

// eachShared runs f on every engine whose databases several servers can open.
func eachShared(t *testing.T, f func(t *testing.T, database string)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) {
		if url != testdb.Memory {
			f(t, url)
		}
	})
}

// A client is an app, by what it proves itself with.
type client struct {
	id, secret string
	cert       *certtest.Client // instead of the secret; nil without one
}

// post sends a form to the authorisation server of an instance.
func (c *client) post(r *running, path string, form url.Values) (int, string) {
	r.Helper()
	form.Set("client_id", c.id)
	header := []string{"Content-Type", "application/x-www-form-urlencoded"}
	if c.cert != nil {
		header = append(header, "Client-Cert", c.cert.Field())
	} else {
		form.Set("client_secret", c.secret)
	}
	status, body, _ := r.do(http.MethodPost, r.auth+path, form.Encode(), header...)
	return status, body
}

// ask asks an instance for a token.
func (c *client) ask(r *running) (status int, token string) {
	r.Helper()
	status, body := c.post(r, "/connect/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"aspspinformation private"}})
	var out struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		r.Fatalf("token = %d %s", status, body)
	}
	return status, out.Token
}

// refused reports whether an instance knows the client no more.
func (c *client) refused(r *running) bool {
	r.Helper()
	status, body := c.post(r, "/connect/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"aspspinformation private"}})
	introspected, answer := c.post(r, "/connect/introspect", url.Values{"token": {"x"}})
	return status >= 400 && strings.Contains(body, "invalid_client") && introspected >= 400 && strings.Contains(answer, "invalid_client")
}

// banks asks the APIs of an instance for the directory of banks.
func (c *client) banks(r *running, token string) (int, string) {
	r.Helper()
	header := []string{"Authorization", "Bearer " + token}
	if c.cert != nil {
		header = append(header, "Client-Cert", c.cert.Field())
	}
	status, body, _ := r.do(http.MethodGet, r.auth+"/psd2/aspspinformation/v1/aspsps", "", header...)
	return status, body
}

// active reports whether an instance says that a token is good.
func (c *client) active(r *running, token string) bool {
	r.Helper()
	status, body := c.post(r, "/connect/introspect", url.Values{"token": {token}})
	if status != http.StatusOK {
		r.Fatalf("introspect = %d %s", status, body)
	}
	return strings.Contains(body, `"active":true`)
}

// must makes a call of the control API.
func (r *running) must(want int, method, path, body string) string {
	r.Helper()
	status, answer, _ := r.do(method, r.auth+"/_sluss/control/v1"+path, body, "Content-Type", "application/json")
	if status != want {
		r.Fatalf("%s %s = %d %s", method, path, status, answer)
	}
	return answer
}

// within waits until f is true, which must be soon.
func within(t *testing.T, what string, f func() bool) {
	t.Helper()
	start := clock.Real{}.Now()
	until(t, what, f)
	took := clock.Real{}.Since(start)
	t.Logf("%v until %s", took.Round(time.Millisecond), what)
	if took > soon {
		t.Errorf("it took %v until %s", took, what)
	}
}

// TestTakenBackElsewhere gets tokens at one instance and takes back at another
// what they stand on. The first refuses them within a second.
func TestTakenBackElsewhere(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		byCert   bool
		takeBack func(here *running, c *client, token string)
		// stays says that a token of before stays good: only new ones are refused.
		stays, known bool // known: the client itself stays known
	}{
		{name: "a token", known: true, takeBack: func(here *running, c *client, token string) {
			if status, body := c.post(here, "/connect/revocation", url.Values{"token": {token}}); status != http.StatusOK {
				here.Errorf("revoke = %d %s", status, body)
			}
		}},
		{name: "a secret", stays: true, takeBack: func(here *running, c *client, _ string) {
			var a struct{ Secrets []struct{ ID string } }
			if err := json.Unmarshal([]byte(here.must(200, "GET", "/apps/"+c.id, "")), &a); err != nil || len(a.Secrets) != 1 {
				here.Fatalf("the app has the secrets %v, %v", a.Secrets, err)
			}
			here.must(204, "DELETE", "/apps/"+c.id+"/secrets/"+a.Secrets[0].ID, "")
		}},
		{name: "an app", takeBack: func(here *running, c *client, _ string) { here.must(204, "DELETE", "/apps/"+c.id, "") }},
		{name: "an app by its certificate", byCert: true, takeBack: func(here *running, c *client, _ string) {
			here.must(204, "DELETE", "/apps/"+c.id, "")
		}},
		{name: "a registered certificate", byCert: true, stays: true, takeBack: func(here *running, c *client, _ string) {
			here.must(200, "PATCH", "/apps/"+c.id+"/security", `{"unregister": ["`+c.cert.Thumbprint()+`"]}`)
		}},
	}
	eachShared(t, func(t *testing.T, database string) {
		here, there := instance(t, database, nil), instance(t, database, nil)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				here, there := here.in(t), there.in(t)
				c := here.newClient(tt.byCert)
				var token string
				within(t, "the other instance knows the app", func() (ok bool) {
					var status int
					status, token = c.ask(there)
					return status == http.StatusOK
				})
				for name, r := range map[string]*running{"here": here, "there": there} {
					if status, body := c.banks(r, token); status != http.StatusOK || !c.active(r, token) {
						t.Fatalf("%s the token is no good: %d %.200s", name, status, body)
					}
				}
				tt.takeBack(here, c, token)
				gone := func(r *running) bool {
					status, body := c.banks(r, token)
					good := status == http.StatusOK
					if !good && (status != http.StatusUnauthorized || !strings.Contains(body, "TOKEN_INVALID")) {
						t.Errorf("a token that was taken back = %d %.200s", status, body)
					}
					if tt.known {
						return !good && !c.active(r, token)
					}
					return good == tt.stays && c.refused(r)
				}
				if !gone(here) {
					t.Error("it is not refused where it was taken back")
				}
				within(t, tt.name+" is refused", func() bool { return gone(there) })
			})
		}
	})
}

// newClient makes an app, which proves itself with a certificate or a secret.
func (r *running) newClient(byCert bool) *client {
	r.Helper()
	id, secret := r.newApp()
	if !byCert {
		return &client{id: id, secret: secret}
	}
	now := clock.Real{}.Now()
	cert, next := certtest.SelfSigned(r.T, now, nil), certtest.SelfSigned(r.T, now, nil)
	change, err := json.Marshal(map[string]any{
		"methods": []app.Method{app.BySelfSigned}, "register": string(certtest.PEM(cert.Cert, next.Cert)),
	})
	if err != nil {
		r.Fatal(err)
	}
	r.must(200, "PATCH", "/apps/"+id+"/security", string(change))
	return &client{id: id, cert: cert}
}

// TestKeyRotatedElsewhere has another process rotate the signing key. What one
// instance signs with the new key the other takes from the first moment on, and
// tokens of the old key stay good.
func TestKeyRotatedElsewhere(t *testing.T) {
	t.Parallel()
	eachShared(t, func(t *testing.T, database string) {
		here, there := instance(t, database, nil), instance(t, database, nil)
		c := here.newClient(false)
		within(t, "the other instance knows the app", func() bool { status, _ := c.ask(there); return status == http.StatusOK })
		_, old := c.ask(here)
		db := testdb.Open(t, database)
		ring := keyring.NewRing(db, keyring.NewSealer(keyring.SealingKey{1}), clock.Real{}, time.Hour)
		if err := ring.RotateNow(t.Context(), jose.RS256, true); err != nil {
			t.Fatal(err)
		}
		within(t, "both publish the new key", func() bool {
			_, a, _ := here.do(http.MethodGet, here.auth+"/.well-known/openid-configuration/jwks", "")
			_, b, _ := there.do(http.MethodGet, there.auth+"/.well-known/openid-configuration/jwks", "")
			return a == b && strings.Count(a, `"kid"`) == 2
		})
		signed := map[string]bool{}
		until(t, "both sign with the new key", func() bool {
			for _, r := range []struct{ by, at *running }{{here, there}, {there, here}} {
				_, token := c.ask(r.by)
				if status, body := c.banks(r.at, token); status != http.StatusOK {
					t.Errorf("a token of the other instance = %d %s", status, body)
				}
				head, _, _ := strings.Cut(token, ".")
				signed[r.by.addr+head] = true
			}
			return len(signed) == 4
		})
		if status, body := c.banks(there, old); status != http.StatusOK {
			t.Errorf("a token of the old key = %d %s", status, body)
		}
	})
}

// TestCertificateWithdrawnElsewhere revokes a client certificate of the
// platform's own authority, of production, in another process.
func TestCertificateWithdrawnElsewhere(t *testing.T) {
	t.Parallel()
	eachShared(t, func(t *testing.T, database string) {
		ids, secret := makeProductionApps(t, database)
		there := instance(t, database, func(c *config.Config, d *server.Deps) {
			d.Sandbox, c.Environment, c.KYC.Provider = nil, "production", "manual"
			c.Base = config.BaseConfig{Auth: "https://localhost", API: "https://localhost"}
		})
		here := &issuer.Service{
			Store: testdb.Open(t, database), Sealer: keyring.NewSealer(keyring.SealingKey{1}), Clock: clock.Real{}, Name: "sluss production CA",
		}
		issued, err := here.Issue(t.Context(), issuer.Request{OrganisationID: "o", Organisation: "Example AB", By: "u"})
		if err != nil {
			t.Fatal(err)
		}
		c := &client{id: ids[0], secret: secret}
		_, token := c.ask(there)
		call := func() (int, string) {
			status, body, _ := there.do(http.MethodGet, there.auth+"/psd2/aspspinformation/v1/aspsps", "",
				"Authorization", "Bearer "+token, "Client-Cert", (&certtest.Client{Cert: &x509.Certificate{Raw: issued.DER}}).Field())
			return status, body
		}
		if status, body := call(); status != http.StatusOK {
			t.Fatalf("with a good certificate: %d %s", status, body)
		}
		if err := here.Revoke(t.Context(), "o", issued.Serial); err != nil {
			t.Fatal(err)
		}
		within(t, "the certificate is refused", func() bool {
			status, body := call()
			return status == http.StatusUnauthorized && strings.Contains(body, "CERTIFICATE_REVOKE")
		})
	})
}
