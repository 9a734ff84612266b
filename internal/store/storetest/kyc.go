package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
)

// newKYC returns an open case whose link works until so many minutes.
func newKYC(id string, expires int) kyc.Case {
	return kyc.Case{
		ID: id, Instance: [32]byte([]byte(fmt.Sprintf("%-32s", id))), ClientID: "client", Organisation: "9999990051", Country: "SE",
		Status: kyc.Open, CreatedAt: at(0), ExpiresAt: at(expires), Version: 1,
	}
}

func insertKYC(t *testing.T, s Store, cases ...kyc.Case) {
	t.Helper()
	for _, c := range cases {
		err := s.KYCTx(t.Context(), func(tx kyc.Tx) error {
			return tx.InsertKYCCase(t.Context(), c, happened("kyc."+string(c.Status), c.ID, 0))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func testKYC(t *testing.T, s Store) {
	want := newKYC("a", 10)
	insertKYC(t, s, newKYC("b", 10), want)
	same := func(what string, got kyc.Case, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s reports %v (-want +got)\n%s", what, err, diff)
		}
	}
	got, err := s.KYCCase(t.Context(), "a")
	same("KYCCase", got, err)
	got, err = s.KYCCaseByInstance(t.Context(), want.Instance)
	same("KYCCaseByInstance", got, err)

	want.Status, want.Sealed, want.SubmittedAt, want.DecidedAt = kyc.Approved, []byte{1, 0, 2}, at(1), at(2)
	want.ValidUntil, want.RetryAt, want.Note = time.Date(2027, 11, 23, 0, 0, 0, 0, time.UTC), at(3), "note"
	failed := errors.New("no")
	for _, end := range []error{failed, nil} {
		c := want
		err := s.KYCTx(t.Context(), func(tx kyc.Tx) error {
			return errors.Join(tx.SaveKYCCase(t.Context(), &c, happened("kyc.approved", "a", 1)), end)
		})
		if !errors.Is(err, end) {
			t.Errorf("KYCTx reports %v, want %v", err, end)
		}
	}
	want.Version++
	got, err = s.KYCCase(t.Context(), "a")
	same("KYCCase after SaveKYCCase", got, err)
	wantTrail(t, s, "a", "kyc.open", "kyc.approved")

	_, err = s.KYCCase(t.Context(), "c")
	wantReason(t, "KYCCase", err, problem.ResourceUnknown)
	_, err = s.KYCCaseByInstance(t.Context(), [32]byte{})
	wantReason(t, "KYCCaseByInstance", err, problem.ResourceUnknown)
}

func testKYCFound(t *testing.T, s Store) {
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	with := func(c kyc.Case, status kyc.Status, change func(*kyc.Case)) kyc.Case {
		c.Status = status
		if change != nil {
			change(&c)
		}
		return c
	}
	insertKYC(t, s,
		newKYC("open early", 10), newKYC("open late", 20),
		with(newKYC("of other", 30), kyc.Open, func(c *kyc.Case) { c.ClientID = "other" }),
		with(newKYC("of another", 30), kyc.Open, func(c *kyc.Case) { c.Organisation = "5560160681" }),
		with(newKYC("sent", 5), kyc.Submitted, func(c *kyc.Case) { c.CreatedAt, c.RetryAt = at(1), at(7) }),
		with(newKYC("review", 4), kyc.Submitted, func(c *kyc.Case) { c.CreatedAt = at(2) }),
		with(newKYC("short", 5), kyc.Approved, func(c *kyc.Case) { c.ValidUntil = day(22) }),
		with(newKYC("long", 4), kyc.Approved, func(c *kyc.Case) { c.ValidUntil = day(23) }),
		with(newKYC("void", 3), kyc.Void, nil), with(newKYC("was valid", 3), kyc.Expired, func(c *kyc.Case) { c.ValidUntil = day(1) }),
	)
	for status, want := range map[kyc.Status]string{kyc.Open: "open late", kyc.Approved: "long", kyc.Submitted: "sent"} {
		c, err := s.KYCLatest(t.Context(), "client", "9999990051", status)
		if err != nil || c.ID != want {
			t.Errorf("KYCLatest(%s) = %q, %v, want %q", status, c.ID, err, want)
		}
	}
	_, err := s.KYCLatest(t.Context(), "client", "9999990051", kyc.Rejected)
	wantReason(t, "KYCLatest", err, problem.ResourceUnknown)

	all, err := s.KYCCases(t.Context(), "", 2)
	if ids := idsOf(all); err != nil || !slices.Equal(ids, []string{"review", "sent"}) {
		t.Errorf("KYCCases = %q, %v", ids, err)
	}
	all, err = s.KYCCases(t.Context(), kyc.Approved, 10)
	if ids := idsOf(all); err != nil || !slices.Equal(ids, []string{"long", "short"}) {
		t.Errorf("KYCCases(approved) = %q, %v", ids, err)
	}
	for minutes, want := range map[int][]string{
		6: {"short"}, 7: {"sent", "short"}, 10: {"open early", "sent", "short"},
		30: {"of another", "of other", "open early", "open late", "sent", "short"},
	} {
		ids, err := s.KYCDue(t.Context(), at(minutes), 10)
		slices.Sort(ids)
		if err != nil || !slices.Equal(ids, want) {
			t.Errorf("KYCDue after %d minutes = %q, %v, want %q", minutes, ids, err, want)
		}
	}
	err = s.KYCTx(t.Context(), func(tx kyc.Tx) error {
		all, err = tx.KYCUnsettled(t.Context(), "client", "9999990051")
		return err
	})
	if ids := idsOf(all); err != nil || !slices.Equal(ids, []string{"review", "sent", "open early", "open late"}) {
		t.Errorf("KYCUnsettled = %q, %v", ids, err)
	}
	if err := s.DeleteKYCCases(t.Context(), at(100)); err != nil {
		t.Error(err)
	}
	_, err = s.KYCCase(t.Context(), "void")
	wantReason(t, "KYCCase of one that was deleted", err, problem.ResourceUnknown)
	if all, err = s.KYCCases(t.Context(), "", 100); err != nil || len(all) != 9 {
		t.Errorf("%d cases are left, %v", len(all), err)
	}
}

func idsOf(cases []kyc.Case) []string {
	var ids []string
	for _, c := range cases {
		ids = append(ids, c.ID)
	}
	return ids
}

// testKYCConcurrent: no change is lost.
func testKYCConcurrent(t *testing.T, s Store) {
	insertKYC(t, s, newKYC("a", 10))
	together(t, 8, func(int) error { return addNote(t.Context(), s) })
	c, err := s.KYCCase(t.Context(), "a")
	if err != nil || c.Note != "xxxxxxxx" || c.Version != 9 {
		t.Errorf("after 8 changes at once: %+v, %v", c, err)
	}
}

func addNote(ctx context.Context, s Store) error {
	return s.KYCTx(ctx, func(tx kyc.Tx) error {
		c, err := tx.KYCCase(ctx, "a")
		if err != nil {
			return err
		}
		c.Note += "x"
		return tx.SaveKYCCase(ctx, &c)
	})
}
