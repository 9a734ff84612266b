package account

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/problem"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// keyView returns a view that can make and read continuation keys.
func keyView(consentID string, now time.Time) *view {
	return &view{svc: &Service{Keys: Keys{Continuation: [32]byte{7}}}, consent: consent.Consent{ID: consentID}, now: now}
}

func TestContinuation(t *testing.T) {
	t.Parallel()
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
	tests := []struct {
		name string
		st   state
	}{
		{"dates", state{Page: 2, Cursor: "c1", Query: Query{Status: Both, From: day(8, 25), To: day(11, 23), WithBalance: true}}},
		{"entry", state{Page: 1000, Cursor: "☃", Query: Query{Status: Booked, After: "E-1", Delta: true}}},
		{"back to the start", state{Page: 1, Query: Query{Status: Pending, From: day(1, 1), To: day(1, 1)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			key := keyView("k1", noon).seal("a1", accountRows, tt.st)
			got, err := keyView("k1", noon.Add(continuationLife)).unseal(key, "a1", accountRows)
			if diff := cmp.Diff(tt.st, got); diff != "" || err != nil {
				t.Errorf("unseal(seal) reports %v (-want +got)\n%s", err, diff)
			}
		})
	}
}

func TestContinuationRefused(t *testing.T) {
	t.Parallel()
	key := keyView("k1", noon).seal("a1", accountRows, state{Page: 2, Cursor: "c"})
	otherKeys := keyView("k1", noon)
	otherKeys.svc.Keys.Continuation[0]++
	tests := []struct {
		name    string
		v       *view
		key     string
		account string
		rows    rowKinds
		want    problem.Reason
	}{
		{"too old", keyView("k1", noon.Add(continuationLife+time.Second)), key, "a1", accountRows, problem.ResourceExpired},
		{"other consent", keyView("k2", noon), key, "a1", accountRows, problem.FormatInvalid},
		{"other account", keyView("k1", noon), key, "a2", accountRows, problem.FormatInvalid},
		{"other kind of rows", keyView("k1", noon), key, "a1", cardRows, problem.FormatInvalid},
		{"other installation", otherKeys, key, "a1", accountRows, problem.FormatInvalid},
		{"shortened", keyView("k1", noon), key[:len(key)-1], "a1", accountRows, problem.FormatInvalid},
		{"lengthened", keyView("k1", noon), key + "A", "a1", accountRows, problem.FormatInvalid},
		{"very short", keyView("k1", noon), "AAAA", "a1", accountRows, problem.FormatInvalid},
		{"not base64", keyView("k1", noon), "ä", "a1", accountRows, problem.FormatInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := tt.v.unseal(tt.key, tt.account, tt.rows); !problem.Is(err, tt.want) {
				t.Errorf("unseal reports %v, want %s", err, tt.want)
			}
		})
	}
	for i := range len(key) {
		b := []byte(key)
		if b[i]++; b[i] == key[i] {
			continue
		}
		if _, err := keyView("k1", noon).unseal(string(b), "a1", accountRows); !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("unseal of a key changed at %d reports %v", i, err)
		}
	}
}

// FuzzContinuation looks for a key that is not of ours and yet accepted, or
// that breaks the parser.
func FuzzContinuation(f *testing.F) {
	v := keyView("k1", noon)
	// The nonce is random, so that each process of the fuzzer makes another key;
	// what they say is the same.
	ours := state{Page: 2, Cursor: "c", Query: Query{Status: Booked, From: noon, To: noon}}
	f.Add(v.seal("a1", accountRows, ours))
	f.Add("")
	f.Add("eyJ0IjoxfQ")
	f.Fuzz(func(t *testing.T, key string) {
		st, err := v.unseal(key, "a1", accountRows)
		if err == nil && st != ours {
			t.Errorf("unseal(%q) = %+v", key, st)
		}
		if err != nil && !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("unseal(%q) reports %v", key, err)
		}
	})
}

func BenchmarkContinuation(b *testing.B) {
	b.ReportAllocs()
	v := keyView("6f0c1a52-6c0e-4d0e-9a35-0f8e7d2a1b11", noon)
	st := state{Page: 2, Cursor: "MTIzNDU2Nzg5MA", Query: Query{Status: Booked, From: noon, To: noon}}
	for b.Loop() {
		key := v.seal("a1", accountRows, st)
		if _, err := v.unseal(key, "a1", accountRows); err != nil {
			b.Fatal(err)
		}
	}
}
