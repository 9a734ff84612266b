package jobrun

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/job"
)

// Metrics are the metrics of a runner. A nil one counts nothing.
type Metrics struct {
	ended   *prometheus.CounterVec
	lag     *prometheus.HistogramVec
	waiting *prometheus.GaugeVec
	due     *prometheus.GaugeVec
	dead    *prometheus.GaugeVec
	oldest  *prometheus.GaugeVec
}

// NewMetrics registers the metrics of a runner.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"kind"})
	}
	m := &Metrics{
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sluss_jobs_done_total",
			Help: "Attempts at jobs of this instance, by how they ended: done, failed, dead (given up), later (no room), lost, stopped.",
		}, []string{"kind", "outcome"}),
		lag: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "sluss_jobs_lag_seconds",
			Help:    "How late jobs were done, in business time.",
			Buckets: []float64{.05, .25, 1, 5, 30, 300, 3600, 86400},
		}, []string{"kind"}),
		waiting: gauge("sluss_jobs_waiting", "Jobs that wait, due or not."),
		due:     gauge("sluss_jobs_due", "Jobs that are due."),
		dead:    gauge("sluss_jobs_dead", "Jobs that were given up and are kept."),
		oldest:  gauge("sluss_jobs_oldest_seconds", "For how long the oldest job has been due, in business time."),
	}
	reg.MustRegister(m.ended, m.lag, m.waiting, m.due, m.dead, m.oldest)
	return m
}

// done counts an attempt that ended at the instant of business time.
func (m *Metrics) done(j job.Job, outcome string, now time.Time) {
	if m == nil {
		return
	}
	m.ended.WithLabelValues(string(j.Kind), outcome).Inc()
	if outcome == "done" {
		m.lag.WithLabelValues(string(j.Kind)).Observe(max(now.Sub(j.DueAt), 0).Seconds())
	}
}

// countEvery is how often the jobs are counted.
const countEvery = 15 * time.Second

// watch counts the jobs until ctx ends. Kinds without a handler, as another
// version of the program may have, are counted as one.
func (r *Runner) watch(ctx context.Context) {
	m := r.Metrics
	clock.Real{}.Poll(ctx, countEvery, nil, func(ctx context.Context) {
		now := r.Clock.Now()
		counts, err := r.Store.JobCounts(ctx, now)
		if err != nil {
			return // the other parts tell of a database that is away
		}
		for _, g := range []*prometheus.GaugeVec{m.waiting, m.due, m.dead, m.oldest} {
			g.Reset()
		}
		for _, c := range counts {
			kind := string(c.Kind)
			if _, known := r.Handlers[c.Kind]; !known {
				kind = "other"
			}
			m.waiting.WithLabelValues(kind).Add(float64(c.Waiting))
			m.due.WithLabelValues(kind).Add(float64(c.Due))
			m.dead.WithLabelValues(kind).Add(float64(c.Dead))
			if !c.Oldest.IsZero() {
				m.oldest.WithLabelValues(kind).Set(now.Sub(c.Oldest).Seconds())
			}
		}
	})
}
