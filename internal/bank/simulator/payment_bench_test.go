package simulator_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/store/storetest"
)

// benchRigs runs f on each engine.
func benchRigs(b *testing.B, f func(b *testing.B, r *rig)) {
	b.Helper()
	urls := map[string]string{"file": "sqlite:" + b.TempDir() + "/sluss.db"}
	if os.Getenv("SLUSS_TEST_POSTGRES") != "" {
		urls["postgres"] = storetest.Postgres(b)
	}
	for name, url := range urls {
		b.Run(name, func(b *testing.B) {
			f(b, newRigOn(b, url, func(o *simulator.Options) { o.HistoryDays = 5 }))
		})
	}
}

// benchOrder is a payment from one of many accounts, to nobody here.
func benchOrder(n, accounts int64) bank.PaymentOrder {
	psu := fmt.Sprintf("1990%08d", n%accounts)
	return bank.PaymentOrder{
		Customer: private(psu), PaymentID: fmt.Sprintf("payment-%d", n), ClientID: "app", Product: "domestic",
		Amount: money.Amount{Minor: 100 + n%900, Currency: "SEK"}, CreditorName: "Somebody",
		Debtor:   bank.Party{Reference: bank.Reference{IBAN: fmt.Sprintf("SE9950000000%012d", n%accounts)}},
		Creditor: bank.Party{Reference: bank.Reference{IBAN: "SE7280000810340009783242"}},
	}
}

// BenchmarkPayment is what the bank does for a payment: opened, signed and
// carried out, from 200 accounts.
func BenchmarkPayment(b *testing.B) {
	benchRigs(b, func(b *testing.B, r *rig) {
		at := r.bank("ESSESESS")
		for n := range int64(200) {
			r.submit(at, benchOrder(n, 200))
		}
		var n atomic.Int64
		b.ReportAllocs()
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				o := benchOrder(n.Add(1), 200)
				p, err := at.OpenPayment(b.Context(), o)
				if err != nil {
					b.Error(err)
					return
				}
				st, err := at.StartSCA(b.Context(), bank.SCAOrder{
					Customer: o.Customer, Subject: bank.SubjectPayment, SubjectRef: p.Ref, Payments: []bank.PaymentOrder{o},
					Approach: sca.Decoupled, Method: sca.MBID,
				})
				if err == nil {
					_, err = at.SCA(b.Context(), st.Ref)
				}
				if err == nil {
					_, err = at.SubmitPayment(b.Context(), p.Ref, o)
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "payments/s")
	})
}

// BenchmarkDue carries out payments of a thousand accounts that are due on one
// day: what is reserved at its start is debited some seconds later.
func BenchmarkDue(b *testing.B) {
	benchRigs(b, func(b *testing.B, r *rig) {
		at := r.bank("ESSESESS")
		for n := range int64(b.N) {
			o := benchOrder(n, 1000)
			o.ExecutionDate = start.AddDate(0, 0, 1).Truncate(24 * time.Hour)
			r.submit(at, o)
		}
		r.clock.Advance(24 * time.Hour)
		b.ReportAllocs()
		b.ResetTimer()
		for {
			n, err := r.RunDue(b.Context(), r.clock.Now())
			if err != nil {
				b.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "payments/s")
	})
}
