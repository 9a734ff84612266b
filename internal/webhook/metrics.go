package webhook

import "github.com/prometheus/client_golang/prometheus"

// Metrics are the metrics of the sending. A nil one counts nothing.
type Metrics struct {
	attempts *prometheus.CounterVec
	seconds  prometheus.Histogram
}

// NewMetrics registers the metrics of the sending.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluss_webhook_attempts_total", Help: "Attempts to send a message, by what came of it: ok, refused (an answer other than 2xx), failed (none).",
		}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sluss_webhook_seconds", Help: "Time that receivers took.", Buckets: []float64{.01, .05, .25, 1, 3, 10},
		}),
	}
	reg.MustRegister(m.attempts, m.seconds)
	return m
}

func (m *Metrics) attempt(a *Attempt) {
	if m == nil {
		return
	}
	outcome := "refused"
	switch {
	case a.OK():
		outcome = "ok"
	case a.StatusCode == 0:
		outcome = "failed"
	}
	m.attempts.WithLabelValues(outcome).Inc()
	m.seconds.Observe(a.Duration.Seconds())
}
