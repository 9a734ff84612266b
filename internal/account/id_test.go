package account

import (
	"regexp"
	"strings"
	"testing"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/scope"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	keys := &Keys{ResourceID: [32]byte{1}}
	anna := app.Owner{ClientID: "app1", Context: scope.Private, PSU: "199002092386"}
	firm := app.Owner{ClientID: "app1", Context: scope.Corporate, Organisation: "5560160680", PSU: "199002092386"}
	of := func(k *Keys, o app.Owner, b ident.BICFI, id string) string { return newIDs(k, o, b).id(id) }
	id := of(keys, anna, "ESSESESS", "acc-1")
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("id = %q, want a UUID", id)
	}
	both := newIDs(keys, anna, "ESSESESS")
	if both.id("acc-1") != id || both.id("acc-2") == id || both.id("acc-1") != id {
		t.Error("an id depends on those made before")
	}
	if !sameID(id, strings.ToUpper(id)) {
		t.Error("an id in upper case is another")
	}
	other := firm
	other.PSU = "99990101000"
	if of(keys, firm, "ESSESESS", "acc-1") != of(keys, other, "ESSESESS", "acc-1") {
		t.Error("two PSUs of an organisation know an account by two ids")
	}
	tests := []struct {
		name   string
		keys   *Keys
		owner  app.Owner
		bicfi  ident.BICFI
		bankID string
	}{
		{"account", keys, anna, "ESSESESS", "acc-2"},
		{"bank", keys, anna, "HANDSESS", "acc-1"},
		{"app", keys, app.Owner{ClientID: "app2", Context: anna.Context, PSU: anna.PSU}, "ESSESESS", "acc-1"},
		{"PSU", keys, app.Owner{ClientID: "app1", Context: anna.Context, PSU: "1"}, "ESSESESS", "acc-1"},
		{"context", keys, firm, "ESSESESS", "acc-1"},
		{"key", &Keys{ResourceID: [32]byte{2}}, anna, "ESSESESS", "acc-1"},
		{"shifted border", keys, app.Owner{ClientID: "app1", Context: anna.Context, PSU: anna.PSU + "a"}, "ESSESESS", "cc-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if of(tt.keys, tt.owner, tt.bicfi, tt.bankID) == id {
				t.Errorf("another %s has the same id", tt.name)
			}
		})
	}
}

func BenchmarkIDs(b *testing.B) {
	b.ReportAllocs()
	keys := &Keys{}
	for b.Loop() {
		ids := newIDs(keys, app.Owner{ClientID: "0f7f2f5c-2a1e-4a9f-8a34-5e0d6a6f3f10", PSU: "199002092386"}, "ESSESESS")
		for range 4 {
			_ = ids.id("acc-1")
		}
	}
}
