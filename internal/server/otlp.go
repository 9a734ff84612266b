package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// An exporter sends spans by OTLP over HTTP, as JSON (OTLP 1.x section
// "OTLP/HTTP"). The exporter of OpenTelemetry itself would bring gRPC along,
// which is as large as half of this program. It implements
// [sdktrace.SpanExporter].
type exporter struct {
	url    string
	client *http.Client
	log    *slog.Logger
	failed atomic.Bool // the last try failed
}

// exportTime bounds one try to send spans.
const exportTime = 10 * time.Second

// newExporter returns an exporter to the base URL of a collector.
func newExporter(endpoint string, log *slog.Logger) *exporter {
	return &exporter{url: strings.TrimSuffix(endpoint, "/") + "/v1/traces", client: &http.Client{Timeout: exportTime}, log: log}
}

// ExportSpans implements [sdktrace.SpanExporter]. What cannot be sent is
// dropped: traces are worth no memory.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.send(ctx, spans)
	switch {
	case err != nil && !e.failed.Swap(true):
		e.log.Warn("cannot send traces; they are dropped", "error", err)
	case err == nil && e.failed.Swap(false):
		e.log.Info("can send traces again")
	}
	return nil
}

// Shutdown implements [sdktrace.SpanExporter].
func (e *exporter) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

func (e *exporter) send(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	body, err := json.Marshal(otlpOf(spans))
	if err != nil {
		return fmt.Errorf("encode traces: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := e.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answers %s", res.Status)
	}
	return nil
}

// The messages of OTLP, in its mapping to JSON: ids are hexadecimal, and
// numbers of 64 bits are strings.
type (
	otlpRequest struct {
		ResourceSpans []otlpResourceSpans `json:"resourceSpans"`
	}
	otlpResourceSpans struct {
		Resource   otlpResource     `json:"resource"`
		ScopeSpans []otlpScopeSpans `json:"scopeSpans"`
	}
	otlpResource struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpScopeSpans struct {
		Scope otlpScope  `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpScope struct {
		Name string `json:"name"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		ParentID   string          `json:"parentSpanId,omitempty"`
		State      string          `json:"traceState,omitempty"`
		Name       string          `json:"name"`
		Kind       int             `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
		Status     otlpStatus      `json:"status"`
	}
	otlpStatus struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpValue struct {
		String string `json:"stringValue,omitempty"`
		Int    string `json:"intValue,omitempty"`
	}
)

// otlpError is STATUS_CODE_ERROR.
const otlpError = 2

func otlpOf(spans []sdktrace.ReadOnlySpan) otlpRequest {
	out := otlpScopeSpans{Scope: otlpScope{Name: "sluss"}}
	for _, s := range spans {
		x := otlpSpan{
			TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(),
			State: s.SpanContext().TraceState().String(), Name: s.Name(), Kind: int(s.SpanKind()),
			Start: nanos(s.StartTime()), End: nanos(s.EndTime()), Attributes: otlpAttributes(s.Attributes()),
		}
		if p := s.Parent(); p.IsValid() {
			x.ParentID = p.SpanID().String()
		}
		if s.Status().Code == codes.Error {
			x.Status = otlpStatus{otlpError, s.Status().Description}
		}
		out.Spans = append(out.Spans, x)
	}
	return otlpRequest{[]otlpResourceSpans{{
		Resource: otlpResource{otlpAttributes(spans[0].Resource().Attributes())}, ScopeSpans: []otlpScopeSpans{out},
	}}}
}

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

func otlpAttributes(all []attribute.KeyValue) []otlpAttribute {
	out := make([]otlpAttribute, len(all))
	for i, a := range all {
		out[i].Key = string(a.Key)
		if a.Value.Type() == attribute.INT64 {
			out[i].Value.Int = strconv.FormatInt(a.Value.AsInt64(), 10)
		} else {
			out[i].Value.String = a.Value.String()
		}
	}
	return out
}
