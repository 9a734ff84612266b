package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// tokenMetrics count what the token service does. It implements
// oauth.Observer.
type tokenMetrics struct {
	tokens, refused, denied *prometheus.CounterVec
}

func newTokenMetrics(reg prometheus.Registerer) *tokenMetrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		reg.MustRegister(c)
		return c
	}
	return &tokenMetrics{
		tokens:  counter("sluss_tokens_total", "Requests for a token, by scope set and outcome: issued, or why not.", "scope", "outcome"),
		refused: counter("sluss_authentications_failed_total", "Apps that did not prove who they are, by the way they tried.", "method"),
		denied:  counter("sluss_limited_total", "Requests refused because of a limit, by limit.", "limit"),
	}
}

// Token implements oauth.Observer.
func (m *tokenMetrics) Token(scopes, outcome string) { m.tokens.WithLabelValues(scopes, outcome).Inc() }

// Refused implements oauth.Observer.
func (m *tokenMetrics) Refused(method string) { m.refused.WithLabelValues(method).Inc() }

// Denied implements oauth.Observer.
func (m *tokenMetrics) Denied(limit string) { m.denied.WithLabelValues(limit).Inc() }

// register registers the metrics that are read when somebody asks for them.
func (p *parts) register(reg prometheus.Registerer) {
	gauge := func(name, help string, read func() float64) {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
	}
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), keyAges{p})
	gauge("sluss_apps", "Applications known.", func() float64 { return float64(p.apps.Len()) })
	gauge("sluss_tokens_revoked", "Tokens that are revoked and have not expired.", func() float64 { return float64(p.denied.Len()) })
	gauge("sluss_token_queue", "Token requests that wait for a signature.", func() float64 { return float64(p.tokens.Gate.Waiting()) })
	gauge("sluss_store_away_seconds", "For how long the database has not answered; 0 if it did at the last look.",
		func() float64 { return p.apps.Away().Seconds() })
	gauge("sluss_audit_waiting", "Records of tokens that wait to be stored.", func() float64 { return float64(p.audit.Waiting()) })
	gauge("sluss_audit_lag_seconds", "Age of the oldest change that no block of the audit trail seals.", func() float64 { return p.auditLag().Seconds() })
	gauge("sluss_audit_spool_batches", "Batches of records of tokens that wait on disk for the database.",
		func() float64 { n, _ := p.audit.Spool.Size(); return float64(n) })
	gauge("sluss_audit_spool_bytes", "Their size.", func() float64 { _, n := p.audit.Spool.Size(); return float64(n) })
	wait := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "sluss_token_queue_wait_seconds", Help: "How long token requests waited for their turn to be signed.",
		Buckets: []float64{.0001, .0005, .001, .005, .01, .05, .1, .25, .5, 1},
	})
	reg.MustRegister(wait)
	p.tokens.Gate.Observe = func(d time.Duration) { wait.Observe(d.Seconds()) }
}

// lagTime bounds how long a scrape waits for the database.
const lagTime = time.Second

// auditLag returns the age of the oldest change that is not sealed. It is 0
// while the database is away: sluss_store_away_seconds tells of that.
func (p *parts) auditLag() time.Duration {
	ctx, cancel := context.WithTimeout(context.Background(), lagTime)
	defer cancel()
	oldest, err := p.db.OldestUnsealed(ctx)
	if err != nil || oldest.IsZero() {
		return 0
	}
	return max(p.clock.Now().Sub(oldest), 0)
}

// keyAges collects the ages of the signing keys.
type keyAges struct{ p *parts }

// Describe implements [prometheus.Collector].
func (keyAges) Describe(ch chan<- *prometheus.Desc) { ch <- keyAge() }

func keyAge() *prometheus.Desc {
	return prometheus.NewDesc("sluss_key_age_seconds",
		"Age of the youngest key in each state, by algorithm: published, signing or retired.", []string{"state", "alg"}, nil)
}

// Collect implements [prometheus.Collector].
func (k keyAges) Collect(ch chan<- prometheus.Metric) {
	now := k.p.clock.Now()
	type kind struct{ state, alg string }
	ages := map[kind]time.Duration{}
	for _, key := range k.p.ring.Stored() {
		of := kind{string(key.State(now, k.p.keepKeys)), string(key.Algorithm)}
		age := now.Sub(key.CreatedAt)
		if youngest, ok := ages[of]; !ok || age < youngest {
			ages[of] = age
		}
	}
	for of, age := range ages {
		ch <- prometheus.MustNewConstMetric(keyAge(), prometheus.GaugeValue, age.Seconds(), of.state, of.alg)
	}
}
