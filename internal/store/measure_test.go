package store_test

import (
	"testing"
	"time"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

// TestCopyPayments has copies that are payments of their own, at the banks too,
// and makes all of them due.
func TestCopyPayments(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		ctx, db := t.Context(), open(t, url)
		p := storetest.NewPayment()
		p.Status, p.BankRef = payment.ACTC, "7e570000-0000-4000-8000-000000000000"
		if err := db.CopyPayments(ctx, string(p.Status), 7); err == nil {
			t.Error("CopyPayments of none reports no fault")
		}
		err := db.PaymentTx(ctx, func(tx payment.Tx) error { return tx.InsertPayment(ctx, &p) })
		if err != nil {
			t.Fatal(err)
		}
		at := simulator.Payment{
			Ref: p.BankRef, BICFI: p.BICFI, PaymentTerms: simulator.PaymentTerms{Order: p.Ordered()}, Status: iso20022.ACTC,
			At: p.CreatedAt, Step: simulator.StepStart, DueAt: p.CreatedAt.AddDate(0, 1, 0),
		}
		err = store.Simulator{DB: db}.Tx(ctx, func(tx simulator.Tx) error {
			_, err := tx.InsertPayment(ctx, &at)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.CopyPayments(ctx, string(p.Status), 7); err != nil {
			t.Fatal(err)
		}
		due := p.CreatedAt.Add(time.Hour)
		for range 2 { // again does nothing but one more job of the banks
			if err := db.MakeDue(ctx, due, simulator.Job, payment.LookJob, time.Second); err != nil {
				t.Fatal(err)
			}
		}
		list, err := store.Simulator{DB: db}.DuePayments(ctx, due, 100)
		if err != nil || len(list) != 8 {
			t.Fatalf("%d payments are due, %v, want 8", len(list), err)
		}
		for i := range list {
			copied, err := db.Payment(ctx, list[i].Order.PaymentID)
			if err != nil || copied.BankRef != list[i].Ref {
				t.Errorf("the bank has %s for %s (%v), the payment %s", list[i].Ref, list[i].Order.PaymentID, err, copied.BankRef)
			}
		}
		if any, err := db.AnyDue(ctx); err != nil || !any {
			t.Errorf("AnyDue = %t, %v", any, err)
		}
		if n, err := db.CountJobs(ctx, payment.LookJob); err != nil || n != 8 {
			t.Errorf("%d jobs look at payments, %v, want 8", n, err)
		}
	})
}

// TestFloor commits what payments are measured beside.
func TestFloor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		db := open(t, url)
		if err := db.MakeFloor(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := db.CommitFloor(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
