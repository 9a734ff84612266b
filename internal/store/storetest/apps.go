package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

func newApp() app.App {
	return app.App{
		ID: ident.NewUUID(), Name: "Räkna", Environment: "sandbox",
		Scopes:       []scope.API{scope.PaymentInitiation, scope.AccountInformation},
		Contexts:     []scope.Context{scope.Private, scope.Corporate},
		RedirectURIs: []string{"https://app.example/cb?x=1&y=\"2\"", "http://localhost/cb"},
		Secrets: []app.Secret{
			{ID: "s_2", Label: "first", Hash: [32]byte{1, 31: 9}, CreatedAt: at(0), ExpiresAt: at(60)},
			{ID: "s_1", Hash: [32]byte{2}, CreatedAt: at(1)},
		},
		CreatedAt: at(0), Version: 1,
		Extensions: app.Extensions{Organisation: "556677-8899", Security: &app.Security{
			Methods: []app.Method{app.BySelfSigned}, FAPI2: true, Subject: certificate.Subject{DN: `CN="ledger"`},
			Certificates: []app.Certificate{{Thumbprint: "x", Subject: "CN=å", NotAfter: at(9)}},
		}},
	}
}

func testApps(t *testing.T, s Store) {
	ctx := t.Context()
	first, second := newApp(), newApp()
	second.CreatedAt, second.Secrets, second.RedirectURIs, second.Disabled = at(5), nil, nil, true
	_, v0, err := s.Apps(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []app.App{second, first} {
		if err := s.InsertApp(ctx, a, happened("app.created", a.ID, 0)); err != nil {
			t.Fatal(err)
		}
	}
	apps, v2, err := s.Apps(ctx)
	if diff := cmp.Diff([]app.App{first, second}, apps); diff != "" || err != nil {
		t.Errorf("Apps reports %v (-want +got)\n%s", err, diff)
	}
	if v2 <= v0 {
		t.Errorf("version of the apps = %d after two inserts, was %d", v2, v0)
	}
	if err := s.InsertApp(ctx, first); err == nil {
		t.Error("InsertApp of an app that is there reports nothing")
	}
	changed := first
	changed.Name, changed.Disabled, changed.Version = "New", true, 2
	changed.Secrets = append([]app.Secret{{ID: "s_3", CreatedAt: at(2)}}, first.Secrets[1])
	got, err := s.UpdateApp(ctx, first.ID, func(a *app.App) ([]event.Event, error) {
		a.Name, a.Disabled, a.Secrets = changed.Name, true, changed.Secrets
		return []event.Event{happened("app.changed", a.ID, 1)}, nil
	})
	if diff := cmp.Diff(changed, got); diff != "" || err != nil {
		t.Errorf("UpdateApp reports %v (-want +got)\n%s", err, diff)
	}
	got, err = s.App(ctx, first.ID)
	if diff := cmp.Diff(changed, got); diff != "" || err != nil {
		t.Errorf("App reports %v (-want +got)\n%s", err, diff)
	}
	v3, err := s.AppsVersion(ctx)
	if err != nil || v3 <= v2 {
		t.Errorf("AppsVersion = %d, %v; want more than %d", v3, err, v2)
	}
	if err := s.DeleteApp(ctx, first.ID, happened("app.deleted", first.ID, 2)); err != nil {
		t.Error(err)
	}
	apps, v4, err := s.Apps(ctx)
	if diff := cmp.Diff([]app.App{second}, apps); diff != "" || err != nil || v4 <= v3 {
		t.Errorf("Apps after delete reports %v and version %d (-want +got)\n%s", err, v4, diff)
	}
	wantTrail(t, s, first.ID, "app.created", "app.changed", "app.deleted")
}

func testAppsUnknown(t *testing.T, s Store) {
	ctx := t.Context()
	id := ident.NewUUID()
	_, err := s.App(ctx, id)
	wantReason(t, "App", err, problem.ResourceUnknown)
	_, err = s.UpdateApp(ctx, id, func(*app.App) ([]event.Event, error) { return nil, nil })
	wantReason(t, "UpdateApp", err, problem.ResourceUnknown)
	wantReason(t, "DeleteApp", s.DeleteApp(ctx, id, happened("app.deleted", id, 0)), problem.ResourceUnknown)
	wantTrail(t, s, id)

	a := newApp()
	if err := s.InsertApp(ctx, a); err != nil {
		t.Fatal(err)
	}
	_, before, _ := s.Apps(ctx)
	failed := errors.New("no")
	_, err = s.UpdateApp(ctx, a.ID, func(a *app.App) ([]event.Event, error) {
		a.Name = "x"
		return []event.Event{happened("app.changed", a.ID, 0)}, failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("UpdateApp reports %v, want %v", err, failed)
	}
	got, after, err := s.Apps(ctx)
	if diff := cmp.Diff([]app.App{a}, got); diff != "" || err != nil || before != after {
		t.Errorf("Apps after a change that failed reports %v and version %d, was %d (-want +got)\n%s", err, after, before, diff)
	}
	wantTrail(t, s, a.ID)
}

func testAppsConcurrent(t *testing.T, s Store) {
	const n = 8
	a := newApp()
	a.Secrets = nil
	if err := s.InsertApp(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	together(t, n, func(i int) error {
		_, err := s.UpdateApp(t.Context(), a.ID, func(a *app.App) ([]event.Event, error) {
			a.Secrets = append(a.Secrets, app.Secret{ID: fmt.Sprint("s_", i), CreatedAt: at(i)})
			return []event.Event{happened("app.secret", a.ID, i)}, nil
		})
		return err
	})
	got, err := s.App(t.Context(), a.ID)
	if err != nil || len(got.Secrets) != n || got.Version != n+1 {
		t.Errorf("App has %d secrets and version %d (%v), want %d and %d", len(got.Secrets), got.Version, err, n, n+1)
	}
	trail, err := s.Trail(t.Context(), a.ID)
	if err != nil || len(trail) != n {
		t.Errorf("Trail has %d events (%v), want %d", len(trail), err, n)
	}
}

func newKey(id string, alg jose.Algorithm, minutes int) keyring.StoredKey {
	return keyring.StoredKey{
		KeyID: id, Algorithm: alg, Certificate: []byte{0, 1, 255}, Sealed: []byte("sealed\x00"),
		CreatedAt: at(minutes), PublishedAt: at(minutes + 1), SignsFrom: at(minutes + 2),
	}
}

// putKeys stores keys.
func putKeys(t *testing.T, s Store, keys ...keyring.StoredKey) {
	t.Helper()
	err := s.UpdateKeys(t.Context(), func([]keyring.StoredKey) (keyring.Change, error) { return keyring.Change{Put: keys}, nil })
	if err != nil {
		t.Fatal(err)
	}
}

func testKeys(t *testing.T, s Store) {
	first, other, away := newKey("B", jose.RS256, 0), newKey("A", jose.ES256, 5), newKey("C", jose.EdDSA, 7)
	other.PublishedAt, other.RetiredAt = other.RetiredAt, at(9)
	away.Sealed, away.Reference = nil, "pkcs11:token=a;id=%00"
	putKeys(t, s, other, away)
	putKeys(t, s, first)
	got, err := s.Keys(t.Context())
	if diff := cmp.Diff([]keyring.StoredKey{first, other, away}, got); diff != "" || err != nil {
		t.Errorf("Keys reports %v (-want +got)\n%s", err, diff)
	}
}

// testKeysConcurrent lets many make the first key.
func testKeysConcurrent(t *testing.T, s Store) {
	together(t, 8, func(i int) error {
		return s.UpdateKeys(t.Context(), func(keys []keyring.StoredKey) (keyring.Change, error) {
			if len(keys) > 0 {
				return keyring.Change{}, nil
			}
			return keyring.Change{Put: []keyring.StoredKey{newKey(fmt.Sprint("K", i), jose.RS256, 0)}}, nil
		})
	})
	if keys, err := s.Keys(t.Context()); err != nil || len(keys) != 1 {
		t.Errorf("Keys returns %d keys (%v), want 1", len(keys), err)
	}
}

func wantReason(t *testing.T, call string, err error, want problem.Reason) {
	t.Helper()
	if !problem.Is(err, want) {
		t.Errorf("%s reports %v, want %s", call, err, want)
	}
}

// wantTrail checks the types of the events of subject.
func wantTrail(t *testing.T, s Store, subject string, want ...string) {
	t.Helper()
	trail, err := s.Trail(t.Context(), subject)
	var got []string
	for _, e := range trail {
		got = append(got, e.Type)
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Trail reports %v (-want +got)\n%s", err, diff)
	}
}
