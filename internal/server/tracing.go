package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"

	"sluss.example/sluss/internal/trace"
)

// tracing keeps spans with OpenTelemetry. It implements [trace.Tracer].
type tracing struct {
	provider *sdktrace.TracerProvider
	tracer   oteltrace.Tracer
}

// flushTime is how long a server that stops waits for its last spans to be
// sent.
const flushTime = 2 * time.Second

// newTracing returns what sends spans to the endpoint; nil if there is none.
// How many requests are traced is decided here alone: a stranger who asks for
// a trace is given none for it.
func newTracing(endpoint string, percent int, log *slog.Logger) *tracing {
	if endpoint == "" {
		return nil
	}
	share := sdktrace.TraceIDRatioBased(float64(percent) / 100)
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(newExporter(endpoint, log)),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "sluss"))),
		sdktrace.WithSampler(sdktrace.ParentBased(share, sdktrace.WithRemoteParentSampled(share), sdktrace.WithRemoteParentNotSampled(share))),
	)
	return &tracing{provider, provider.Tracer("sluss")}
}

// tracer returns t as what a request is traced by: nil if t is.
func (t *tracing) asTracer() trace.Tracer {
	if t == nil {
		return nil
	}
	return t
}

// close sends what is left.
func (t *tracing) close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil // whoever collects spans is away; that holds nobody up
}

// Request implements [trace.Tracer].
func (t *tracing) Request(ctx context.Context, traceparent, tracestate string) (context.Context, trace.Recorder) {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent, "tracestate": tracestate})
	ctx, span := t.tracer.Start(ctx, "request", oteltrace.WithSpanKind(oteltrace.SpanKindServer))
	return ctx, recorder{span}
}

// Child implements [trace.Tracer].
func (t *tracing) Child(ctx context.Context, name string) (context.Context, trace.Recorder) {
	ctx, span := t.tracer.Start(ctx, name)
	return ctx, recorder{span}
}

// recorder implements [trace.Recorder].
type recorder struct{ span oteltrace.Span }

// Name implements [trace.Recorder].
func (r recorder) Name(name string) { r.span.SetName(name) }

// Set implements [trace.Recorder].
func (r recorder) Set(key, value string) { r.span.SetAttributes(attribute.String(key, value)) }

// SetInt implements [trace.Recorder].
func (r recorder) SetInt(key string, value int) { r.span.SetAttributes(attribute.Int(key, value)) }

// End implements [trace.Recorder].
func (r recorder) End(fault string) {
	if fault != "" {
		r.span.SetStatus(codes.Error, fault)
	}
	r.span.End()
}
