package payment_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/banktest"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/store/testdb"
)

// BenchmarkLook has payments become ACSC that nobody looks at but the jobs: what
// it costs until their apps are to be told.
func BenchmarkLook(b *testing.B) {
	urls := map[string]string{"sqlite": "sqlite:" + filepath.Join(b.TempDir(), "sluss.db")}
	if os.Getenv("SLUSS_TEST_POSTGRES") != "" {
		urls["postgres"] = storetest.Postgres(b)
	}
	for name, url := range urls {
		db := testdb.Open(b, url)
		b.Run(name, func(b *testing.B) { benchmarkLook(b, db) })
	}
}

func benchmarkLook(b *testing.B, db *store.DB) {
	payer := banktest.NewPayer("ESSESESS")
	banks, err := bank.NewRegistry(payer)
	if err != nil {
		b.Fatal(err)
	}
	c := clock.NewFrozen(noon)
	s := &payment.Service{Store: db, Banks: banks, Apps: oneApp{}, Clock: c}
	made := executing(b, db, payer)
	r := &jobrun.Runner{
		Store: db, Clock: c, Log: slog.New(slog.DiscardHandler), Inserted: db.JobsInserted(),
		Handlers: map[job.Kind]jobrun.Handler{payment.LookJob: {Outside: s.RunLook, Workers: 8}},
	}
	c.Advance(time.Minute)
	b.ResetTimer()
	for left := made; left > 0; {
		if err := r.Settle(b.Context()); err != nil {
			b.Fatal(err)
		}
		jobs, err := db.Jobs(b.Context(), job.Filter{Limit: made})
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
