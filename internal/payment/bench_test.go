package payment_test

import (
	"os"
	"path/filepath"
	"testing"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/banktest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
)

// BenchmarkPayment takes whole payments from their creation to ACSC: what five
// calls of the API cost without HTTP and without the bank's own work.
func BenchmarkPayment(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, w *bench) {
		b.ReportAllocs()
		b.SetParallelism(8)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := whole(b, w.Service, w.payer); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "payments/s")
	})
}

// A bench is a service to measure, on a database of its own.
type bench struct {
	*payment.Service
	db    *store.DB
	payer *banktest.Payer
	clock *clock.Virtual
}

// benchmarkEach runs f on every engine that keeps what it is given.
func benchmarkEach(b *testing.B, f func(b *testing.B, w *bench)) {
	b.Helper()
	urls := map[string]string{"sqlite": "sqlite:" + filepath.Join(b.TempDir(), "sluss.db")}
	if os.Getenv("SLUSS_TEST_POSTGRES") != "" {
		urls["postgres"] = storetest.Postgres(b)
	}
	for name, url := range urls {
		db, err := store.Open(b.Context(), store.Options{URL: url, MaxConns: 16})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		if err := db.Migrate(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			w := &bench{db: db, payer: banktest.NewPayer("ESSESESS"), clock: clock.NewFrozen(noon)}
			banks, err := bank.NewRegistry(w.payer)
			if err != nil {
				b.Fatal(err)
			}
			w.Service = &payment.Service{Store: db, Banks: banks, Apps: oneApp{}, Clock: w.clock}
			f(b, w)
		})
	}
}

// whole takes one payment through its life.
func whole(b *testing.B, s *payment.Service, payer *banktest.Payer) error {
	ctx := b.Context()
	c, err := s.Create(ctx, anna(), request())
	if err != nil {
		return err
	}
	ref := payment.Ref{BICFI: "ESSESESS", Product: payment.Domestic, PaymentID: c.ID}
	o, err := s.StartAuthorisation(ctx, anna(), ref, payment.OfPayment, signing.Choice{})
	if err != nil {
		return err
	}
	ref.AuthorisationID = o.Authorisation.ID
	if o, err = s.ChooseMethod(ctx, anna(), ref, payment.OfPayment, signing.Choice{Method: sca.MBID}); err != nil {
		return err
	}
	payer.SignRun(o.Authorisation.BankRef, "1")
	if _, err = s.Poll(ctx, anna(), ref, payment.OfPayment); err != nil {
		return err
	}
	payer.Say(c.BankRef, bank.PaymentState{Status: payment.ACSC})
	v, err := s.Payment(ctx, anna(), ref)
	if err == nil && v.Shown != payment.ACSC {
		b.Errorf("it ends as %s", v.Shown)
	}
	return err
}
