package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/sca"
)

func newVisit(handle string) redirect.Visit {
	return redirect.Visit{
		Handle: handle, Resource: redirect.Resource{Kind: "consent", ID: "c", AuthorisationID: "a"},
		ClientID: "client", RedirectURI: "https://x/y?z=1", NokRedirectURI: "https://x/nok", State: "å ", HasState: true,
		Scope: "accountinformation private", CodeChallenge: "ch", Kind: sca.OAuthRedirect, StartedAt: at(0),
	}
}

func testVisits(t *testing.T, s Store) {
	first, second, other := newVisit("h1"), newVisit("h2"), newVisit("h3")
	second.HasState, second.State, second.Kind = false, "", sca.PlainRedirect
	other.Resource.AuthorisationID = "b"
	for _, v := range []redirect.Visit{first, other, second} {
		err := s.RedirectTx(t.Context(), func(tx redirect.Tx) error { return tx.PutVisit(t.Context(), v) })
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Visit(t.Context(), "h1")
	wantReason(t, "Visit of one that was replaced", err, problem.ResourceUnknown)
	for _, want := range []redirect.Visit{second, other} {
		got, err := s.Visit(t.Context(), want.Handle)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Visit reports %v (-want +got)\n%s", err, diff)
		}
	}
}

func newCode(b byte) redirect.Code {
	return redirect.Code{
		Hash: [32]byte{b, 31: 255}, Resource: redirect.Resource{Kind: "consent", ID: "c", AuthorisationID: "a"},
		ClientID: "client", RedirectURI: "https://x/y", Scope: "accountinformation private", CodeChallenge: "ch", ExpiresAt: at(10),
	}
}

func testCodes(t *testing.T, s Store) {
	want := newCode(1)
	err := s.RedirectTx(t.Context(), func(tx redirect.Tx) error {
		return errors.Join(tx.InsertCode(t.Context(), newCode(2)), tx.InsertCode(t.Context(), want))
	})
	if err != nil {
		t.Fatal(err)
	}
	read := func() (c redirect.Code, err error) {
		err = s.RedirectTx(t.Context(), func(tx redirect.Tx) error {
			c, err = tx.Code(t.Context(), want.Hash)
			return err
		})
		return c, err
	}
	got, err := read()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Code reports %v (-want +got)\n%s", err, diff)
	}
	want.UsedAt, want.TokenID = at(1), "jti"
	if err := s.RedirectTx(t.Context(), func(tx redirect.Tx) error { return tx.SpendCode(t.Context(), want) }); err != nil {
		t.Error(err)
	}
	got, err = read()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Code after SpendCode reports %v (-want +got)\n%s", err, diff)
	}
	err = s.RedirectTx(t.Context(), func(tx redirect.Tx) error {
		_, err := tx.Code(t.Context(), [32]byte{9})
		return err
	})
	wantReason(t, "Code", err, problem.GrantInvalid)
}

func testCodeConcurrent(t *testing.T, s Store) {
	code := newCode(1)
	if err := s.RedirectTx(t.Context(), func(tx redirect.Tx) error { return tx.InsertCode(t.Context(), code) }); err != nil {
		t.Fatal(err)
	}
	var spent atomic.Int32
	together(t, 8, func(i int) error {
		used := problem.New(problem.GrantInvalid, "used")
		err := s.RedirectTx(t.Context(), func(tx redirect.Tx) error {
			c, err := tx.Code(t.Context(), code.Hash)
			if err != nil {
				return err
			}
			if !c.UsedAt.IsZero() {
				return used
			}
			c.UsedAt, c.TokenID = at(i), fmt.Sprint("jti", i)
			return tx.SpendCode(t.Context(), c)
		})
		if err == nil {
			spent.Add(1)
		}
		if problem.Is(err, problem.GrantInvalid) {
			return nil
		}
		return err
	})
	if n := spent.Load(); n != 1 {
		t.Errorf("the code was spent %d times", n)
	}
}

// testRedirectRollback: the code and the consent change together or not at
// all.
func testRedirectRollback(t *testing.T, s Store) {
	c, code := NewConsent(), newCode(1)
	insert(t, s, c)
	exchange := func(end error) error {
		return s.RedirectTx(t.Context(), func(tx redirect.Tx) error {
			got, err := tx.Consent(t.Context(), c.ID)
			if err != nil {
				return err
			}
			got.Status = consent.Expired
			return errors.Join(
				tx.InsertCode(t.Context(), code), tx.PutVisit(t.Context(), newVisit("h")),
				tx.SaveConsent(t.Context(), &got, happened("consent.expired", c.ID, 0)), end)
		})
	}
	failed := errors.New("no")
	if err := exchange(failed); !errors.Is(err, failed) {
		t.Errorf("RedirectTx reports %v, want %v", err, failed)
	}
	got, err := s.Consent(t.Context(), c.ID)
	if diff := cmp.Diff(c, got); diff != "" || err != nil {
		t.Errorf("Consent reports %v (-want +got)\n%s", err, diff)
	}
	_, err = s.Visit(t.Context(), "h")
	wantReason(t, "Visit", err, problem.ResourceUnknown)
	wantTrail(t, s, c.ID)
	if err := exchange(nil); err != nil {
		t.Error(err)
	}
	wantTrail(t, s, c.ID, "consent.expired")
}
