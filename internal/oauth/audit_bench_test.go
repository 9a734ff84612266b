package oauth_test

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/store/storetest"
	"sluss.example/sluss/internal/store/testdb"
)

// BenchmarkTokenRecorded is 32 apps that ask for tokens at once, without a
// record and with one on each engine.
func BenchmarkTokenRecorded(b *testing.B) {
	urls := map[string]string{"off": "", "file": "sqlite:" + filepath.Join(b.TempDir(), "sluss.db")}
	if os.Getenv("SLUSS_TEST_POSTGRES") != "" {
		urls["postgres"] = storetest.Postgres(b)
	}
	for name, url := range urls {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			h := &oauth.Handler{Tokens: w.tokens, Keys: w.tokens.Keys, Exchanger: w.codes}
			if url != "" {
				h.Audit = newLog(b, url)
			}
			mux := http.NewServeMux()
			h.Mount(mux)
			w.handler = mux
			body := post("scope", "accountinformation private")
			b.ReportAllocs()
			b.SetParallelism(max(1, 32/runtime.GOMAXPROCS(0)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if rec := w.do(b, call{body: body}); rec.Code != http.StatusOK {
						b.Error(rec.Body)
						return
					}
				}
			})
		})
	}
}

// newLog returns an audit log on a database of its own.
func newLog(b *testing.B, url string) *audit.Log {
	b.Helper()
	db := testdb.Open(b, url)
	l := &audit.Log{Store: db, Clock: clock.Real{}}
	l.Start(b.Context())
	b.Cleanup(func() {
		_ = l.Close()
		_ = db.Close()
	})
	return l
}
