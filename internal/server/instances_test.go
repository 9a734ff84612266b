package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/server"
)

// soon is how long another instance may take to learn of a change: a second,
// and as long for a machine that is busy with other tests.
const soon = 2 * time.Second

// TestTwoInstances changes things on one instance and looks at the other.
func TestTwoInstances(t *testing.T) {
	t.Parallel()
	eachShared(t, func(t *testing.T, url string) {
		instance := func() *running {
			return run(t, func(c *config.Config, _ *server.Deps) {
				c.Database, c.Audit.Spool = url, t.TempDir()
				c.Token.Policy, c.Token.Quota = "enforce", 2
			})
		}
		here, there := instance(), instance()
		ask := func(r *running, id, secret string) (int, string) {
			t.Helper()
			form := "grant_type=client_credentials&client_id=" + id + "&client_secret=" + secret + "&scope=accountinformation+private"
			status, body, _ := r.do("POST", r.auth+"/connect/token", form, "Content-Type", "application/x-www-form-urlencoded")
			return status, body
		}
		id, secret := here.newApp()
		within(t, "the other instance knows the app", func() bool { status, _ := ask(there, id, secret); return status == http.StatusOK })
		if status, body := ask(here, id, secret); status != http.StatusOK {
			t.Errorf("the second token = %d %s", status, body)
		}
		// One token on each: the quota is used up everywhere once that is merged.
		for name, r := range map[string]*running{"here": here, "there": there} {
			within(t, "the counts are merged "+name, func() bool {
				status, body := ask(r, id, secret)
				return status == http.StatusTooManyRequests && strings.Contains(body, "temporarily_unavailable")
			})
		}

		id, secret = here.newApp()
		within(t, "the other instance knows the second app", func() bool { status, _ := ask(there, id, secret); return status == http.StatusOK })
		status, body, _ := here.do("GET", here.auth+"/_sluss/control/v1/apps/"+id, "")
		var made struct{ Secrets []struct{ ID string } }
		if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusOK || len(made.Secrets) != 1 {
			t.Fatalf("the app = %d %s", status, body)
		}
		if status, body, _ := here.do("DELETE", here.auth+"/_sluss/control/v1/apps/"+id+"/secrets/"+made.Secrets[0].ID, "", "Sluss-Control", "1"); status != http.StatusNoContent {
			t.Fatalf("remove the secret = %d %s", status, body)
		}
		if status, _ := ask(here, id, secret); status != http.StatusBadRequest {
			t.Errorf("a secret that was removed here just now = %d", status)
		}
		within(t, "the other instance refuses the secret", func() bool {
			status, body := ask(there, id, secret)
			return status == http.StatusBadRequest && strings.Contains(body, "invalid_client")
		})
	})
}

// newApp makes an app and returns its credentials.
func (r *running) newApp() (id, secret string) {
	r.Helper()
	status, body, _ := r.do("POST", r.auth+"/_sluss/control/v1/apps", `{"name": "Two"}`, "Content-Type", "application/json")
	var made struct{ ClientID, ClientSecret string }
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusCreated {
		r.Fatalf("create an app = %d %s", status, body)
	}
	return made.ClientID, made.ClientSecret
}
