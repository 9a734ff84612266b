package app_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/event"
)

func TestUses(t *testing.T) {
	t.Parallel()
	db, ctx := openStore(t), t.Context()
	a := newApp(t)
	if err := db.InsertApp(ctx, a); err != nil {
		t.Fatal(err)
	}
	_, version, err := db.Apps(ctx)
	if err != nil {
		t.Fatal(err)
	}
	u := app.NewUses(db)
	id := a.Secrets[0].ID
	later := noon().Add(time.Minute)
	steps := []struct {
		name string
		uses []app.Use
		want time.Time
		from string
	}{
		{"nothing", nil, time.Time{}, ""},
		{"the last of a batch", []app.Use{{a.ID, id, noon(), "192.0.2.0/24"}, {a.ID, id, later, "198.51.100.0/24"}}, later, "198.51.100.0/24"},
		{"an older one of another instance", []app.Use{{a.ID, id, noon(), "192.0.2.0/24"}}, later, "198.51.100.0/24"},
		{"of a secret that is gone", []app.Use{{a.ID, "s_gone", later, ""}, {"gone", id, later, ""}}, later, "198.51.100.0/24"},
	}
	for _, s := range steps {
		for _, use := range s.uses {
			u.Note(use)
		}
		if err := u.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		got, err := db.App(ctx, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Secrets[0].LastUsedAt.Equal(s.want) || got.Secrets[0].LastUsedFrom != s.from {
			t.Errorf("%s: the secret is %+v, want its last use at %s from %s", s.name, got.Secrets[0], s.want, s.from)
		}
	}
	if v, err := db.AppsVersion(ctx); err != nil || v != version {
		t.Errorf("the version is %d, %v, want %d: a use is no change", v, err, version)
	}
	// A change of the app keeps it.
	changed, err := db.UpdateApp(ctx, a.ID, func(a *app.App) ([]event.Event, error) {
		a.Name = "y"
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := db.App(ctx, a.ID)
	if diff := cmp.Diff(changed, stored); diff != "" || err != nil || !stored.Secrets[0].LastUsedAt.Equal(later) {
		t.Errorf("after a change the app is %+v, %v (-want +got):\n%s", stored, err, diff)
	}
}

// brokenUses fails until it is mended.
type brokenUses struct {
	err error
	got []app.Use
}

func (b *brokenUses) RecordUses(_ context.Context, uses []app.Use) error {
	if b.err == nil {
		b.got = append(b.got, uses...)
	}
	return b.err
}

func TestUsesKept(t *testing.T) {
	t.Parallel()
	b := &brokenUses{err: errors.New("away")}
	u := app.NewUses(b)
	use := app.Use{AppID: "a", SecretID: "s", At: noon()}
	u.Note(use)
	if err := u.Flush(t.Context()); err == nil {
		t.Error("Flush to a store that is away reports nothing")
	}
	b.err = nil
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	u.Run(ctx) // writes what is left
	if diff := cmp.Diff([]app.Use{use}, b.got); diff != "" {
		t.Errorf("what was written differs (-want +got):\n%s", diff)
	}
	(*app.Uses)(nil).Note(use)
}

func TestNetworkOf(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.0.2.77":             "192.0.2.0/24",
		"::ffff:192.0.2.77":      "192.0.2.0/24",
		"2001:db8:1:2:3:4:5:6":   "2001:db8:1::/48",
		"fe80::1%eth0":           "fe80::/48",
		"127.0.0.1":              "127.0.0.0/24",
		"2001:db8:1:2:3:4:5:6%1": "2001:db8:1::/48",
	} {
		if got := app.NetworkOf(netip.MustParseAddr(in)); got != want {
			t.Errorf("NetworkOf(%s) = %q, want %q", in, got, want)
		}
	}
	if got := app.NetworkOf(netip.Addr{}); got != "" {
		t.Errorf("NetworkOf of none = %q", got)
	}
}
