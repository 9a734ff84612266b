package payment_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/banktest"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/store"
)

// BenchmarkLook has payments become ACSC that nobody looks at but the jobs: what
// it costs until their apps are to be told.
func BenchmarkLook(b *testing.B) { benchmarkEach(b, benchmarkLook) }

func benchmarkLook(b *testing.B, w *bench) {
	made := executing(b, w.db, w.payer)
	r := &jobrun.Runner{
		Store: w.db, Clock: w.clock, Log: slog.New(slog.DiscardHandler), Inserted: w.db.JobsInserted(),
		Handlers: map[job.Kind]jobrun.Handler{payment.LookJob: {Outside: w.RunLook, Workers: 8}},
	}
	w.clock.Advance(time.Minute)
	b.ResetTimer()
	for left := made; left > 0; {
		if err := r.Settle(b.Context()); err != nil {
			b.Fatal(err)
		}
		jobs, err := w.db.Jobs(b.Context(), job.Filter{Limit: made})
		if left = len(jobs); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(made)/b.Elapsed().Seconds(), "payments/s")
}

// executing stores b.N payments that the bank has carried out meanwhile, with a
// job for each.
func executing(b *testing.B, db *store.DB, payer *banktest.Payer) int {
	b.Helper()
	for done := 0; done < b.N; done += 500 {
		err := db.JobTx(b.Context(), func(tx job.RunTx) error {
			for i := done; i < min(done+500, b.N); i++ {
				id := fmt.Sprintf("%s-%d-%d", b.Name(), b.N, i)
				p := payment.Payment{
					ID: id, Owner: app.Owner(anna()), BICFI: "ESSESESS", Order: bank.PaymentOrder{Product: payment.Domestic, CreditorName: "Leverantör AB"},
					Status: payment.ACSP, StatusAt: noon, SignedAt: noon, CreatedAt: noon, ExpiresAt: noon.AddDate(0, 0, 30), ExecutionDate: noon, BankRef: id,
				}
				payer.Say(id, bank.PaymentState{Status: payment.ACSC})
				if err := tx.(payment.Tx).InsertPayment(b.Context(), &p); err != nil {
					return err
				}
				if err := tx.InsertJob(b.Context(), job.New(payment.LookJob, id, noon.Add(5*time.Second))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return b.N
}
