package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/keyring"
)

func testKeysChanged(t *testing.T, s Store) {
	ctx := t.Context()
	first, second := newKey("A", "RS256", 0), newKey("B", "RS256", 60)
	putKeys(t, s, first)
	retired := first
	retired.RetiredAt = second.SignsFrom
	steps := []struct {
		change keyring.Change
		sees   []keyring.StoredKey
		want   []keyring.StoredKey
	}{
		{keyring.Change{Put: []keyring.StoredKey{second, retired}}, []keyring.StoredKey{first}, []keyring.StoredKey{retired, second}},
		{keyring.Change{}, []keyring.StoredKey{retired, second}, []keyring.StoredKey{retired, second}},
		{keyring.Change{Delete: []string{"A", "gone"}}, []keyring.StoredKey{retired, second}, []keyring.StoredKey{second}},
	}
	for i, st := range steps {
		err := s.UpdateKeys(ctx, func(keys []keyring.StoredKey) (keyring.Change, error) {
			if diff := cmp.Diff(st.sees, keys); diff != "" {
				t.Errorf("step %d sees other keys (-want +got)\n%s", i, diff)
			}
			return st.change, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Keys(ctx)
		if diff := cmp.Diff(st.want, got); diff != "" || err != nil {
			t.Errorf("after step %d Keys reports %v (-want +got)\n%s", i, err, diff)
		}
	}
}

// testKeysChangedConcurrent lets many find the same step due.
func testKeysChangedConcurrent(t *testing.T, s Store) {
	putKeys(t, s, newKey("A", "RS256", 0))
	together(t, 8, func(i int) error {
		return s.UpdateKeys(t.Context(), func(keys []keyring.StoredKey) (keyring.Change, error) {
			if len(keys) > 1 {
				return keyring.Change{}, nil
			}
			return keyring.Change{Put: []keyring.StoredKey{newKey(string(rune('B'+i)), "RS256", 60)}}, nil
		})
	})
	if keys, err := s.Keys(t.Context()); err != nil || len(keys) != 2 {
		t.Errorf("Keys returns %d keys (%v), want 2", len(keys), err)
	}
}

func testReplays(t *testing.T, s Store) {
	first := make([]bool, 8)
	together(t, len(first), func(i int) (err error) {
		first[i], err = s.UseOnce(t.Context(), [32]byte{1}, at(5))
		return err
	})
	n := 0
	for _, f := range first {
		if f {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of %d uses at once were the first", n, len(first))
	}
	if ok, err := s.UseOnce(t.Context(), [32]byte{2}, at(5)); !ok || err != nil {
		t.Errorf("UseOnce of another key = %v, %v, want true", ok, err)
	}
}

func testUses(t *testing.T, s Store) {
	ctx := t.Context()
	a := newApp()
	if err := s.InsertApp(ctx, a); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		at   time.Time
		from string
	}{{at(7), "192.0.2.0/24"}, {at(6), "older"}, {at(8), "2001:db8::/48"}}
	for _, st := range steps {
		err := s.RecordUses(ctx, []app.Use{
			{AppID: a.ID, SecretID: "s_1", At: st.at, Network: st.from},
			{AppID: a.ID, SecretID: "gone", At: st.at, Network: st.from},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	a.Secrets[1].LastUsedAt, a.Secrets[1].LastUsedFrom = at(8), "2001:db8::/48"
	got, err := s.App(ctx, a.ID)
	if diff := cmp.Diff(a, got); diff != "" || err != nil {
		t.Errorf("App reports %v (-want +got)\n%s", err, diff)
	}
}
