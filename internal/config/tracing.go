package config

import "net/url"

// A TracingConfig says where traces go.
type TracingConfig struct {
	// Endpoint is the base URL of a collector that takes OTLP over HTTP, such
	// as "http://localhost:4318". No default: nothing is traced.
	Endpoint string
	// SamplePercent is how many of a hundred requests are traced. Defaults to
	// 100.
	SamplePercent int
}

// check reports the faults.
func (t TracingConfig) check(report func(key, text string)) {
	if u, err := url.Parse(t.Endpoint); t.Endpoint != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		report("tracing.endpoint", "is no URL; write such as \"http://localhost:4318\"")
	}
	report("tracing.samplePercent", checkRange(t.SamplePercent, 0, 100))
}
