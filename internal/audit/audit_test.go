package audit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/event"
)

func TestBody(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 12, 0, 0, 123e6, time.UTC)
	var e encoder
	for _, want := range [][]Entry{
		nil,
		{{At: at, Kind: "token.issued", ClientID: "c", TokenID: "j", Scope: "s", Detail: "å\n\"<"}},
		{{At: at, Kind: "a"}, {At: at.Add(time.Hour), Kind: "b"}},
	} {
		body, err := e.encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := (&Block{Body: body}).Entries()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Entries reports %v (-want +got)\n%s", err, diff)
		}
	}
	if _, err := (&Block{Body: []byte("damaged")}).Entries(); err == nil {
		t.Error("Entries of a damaged body reports nothing")
	}
}

// TestSums: every field of a block and of a row counts, and no two are one.
func TestSums(t *testing.T) {
	t.Parallel()
	at := time.Unix(1, 0)
	blocks := []Block{
		{},
		{Head: Head{Chain: "a"}},
		{Head: Head{Position: 1}},
		{Batch: "a"},
		{At: at},
		{Body: []byte("a")},
		{Rows: Hash{1}},
		{Anchor: Head{Chain: "a"}},
		{Anchor: Head{Position: 1}},
		{Anchor: Head{Hash: Hash{1}}},
	}
	seen := map[Hash]bool{(&Block{}).sum(Hash{1}): true}
	for i := range blocks {
		h := blocks[i].sum(Hash{})
		if seen[h] {
			t.Errorf("block %d has the hash of another", i)
		}
		seen[h] = true
	}
	rows := [][]event.Event{
		nil, {{}}, {{}, {}}, {{ID: "a"}}, {{Type: "a"}}, {{Subject: "a"}}, {{ClientID: "a"}}, {{Detail: "a"}}, {{At: at}}, {{ID: "a"}, {}}, {{}, {ID: "a"}},
	}
	for i, r := range rows {
		h := sumRows(r)
		if seen[h] {
			t.Errorf("rows %d have the hash of others", i)
		}
		seen[h] = true
	}
}

func TestSpool(t *testing.T) {
	t.Parallel()
	s := Spool{Folder: filepath.Join(t.TempDir(), "a", "spool")}
	if n := s.Waiting(); n != 0 {
		t.Errorf("Waiting without a folder = %d", n)
	}
	for _, batch := range []string{"1", "2"} {
		if err := s.put(batch, []byte("body "+batch)); err != nil {
			t.Fatal(err)
		}
	}
	if body, err := s.get("1"); string(body) != "body 1" || err != nil {
		t.Errorf("get = %q, %v", body, err)
	}
	if err := os.WriteFile(filepath.Join(s.Folder, "3.batch.part"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(s.Folder, "2.batch")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range []string{"", "short", strings.Replace(string(data), "body", "bodY", 1)} {
		if err := os.WriteFile(name, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.get("2"); err == nil {
			t.Errorf("get of the damaged file %q reports nothing", damaged)
		}
	}
	s.remove("1")
	if n := s.Waiting(); n != 1 {
		t.Errorf("Waiting = %d, want 1: the damaged one stays, the half one does not count", n)
	}
}
