// Package trace marks what takes time within a request: a span for the request
// and one for each thing that it waits for. Domain packages start spans without
// knowing who keeps them; package server does, if the operator wants it.
//
// Where nobody traces, a span is nothing: to start and to end it costs a look
// at the context and no memory. A span holds names of ours and no data: no
// personal data, no secrets, and of an error its reason alone.
package trace

import (
	"context"
	"errors"

	"sluss.example/sluss/internal/problem"
)

// A Tracer keeps spans. It is safe for concurrent use.
type Tracer interface {
	// Request starts the span of a request, as a child of the one that the
	// headers traceparent and tracestate name (W3C Trace Context), if they do.
	Request(ctx context.Context, traceparent, tracestate string) (context.Context, Recorder)
	// Child starts a span within that of ctx.
	Child(ctx context.Context, name string) (context.Context, Recorder)
}

// A Recorder takes in what is known of a span. Its methods are called by one
// goroutine, and End last.
type Recorder interface {
	Name(name string)
	Set(key, value string)
	SetInt(key string, value int)
	// End ends the span; fault is empty unless it failed.
	End(fault string)
}

// A Span is a time within a request. The zero value is one that nobody keeps.
type Span struct{ r Recorder }

type tracerKey struct{}

// Request starts the span of a request. Nobody keeps it if t is nil.
func Request(ctx context.Context, t Tracer, traceparent, tracestate string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, r := t.Request(context.WithValue(ctx, tracerKey{}, t), traceparent, tracestate)
	return ctx, Span{r}
}

// Start starts a span within that of ctx, such as "bank.StartSCA". What it
// returns is for what takes the time.
func Start(ctx context.Context, name string) (context.Context, Span) {
	t, ok := ctx.Value(tracerKey{}).(Tracer)
	if !ok {
		return ctx, Span{}
	}
	ctx, r := t.Child(ctx, name)
	return ctx, Span{r}
}

// Name changes the name of the span.
func (s Span) Name(name string) {
	if s.r != nil {
		s.r.Name(name)
	}
}

// Set sets an attribute, unless the value is empty.
func (s Span) Set(key, value string) {
	if s.r != nil && value != "" {
		s.r.Set(key, value)
	}
}

// SetInt sets an attribute.
func (s Span) SetInt(key string, value int) {
	if s.r != nil {
		s.r.SetInt(key, value)
	}
}

// End ends the span. Of err its reason is kept.
func (s Span) End(err error) {
	if s.r == nil {
		return
	}
	fault := ""
	if p, ok := errors.AsType[*problem.Error](err); ok {
		fault = string(p.Reason)
	} else if err != nil {
		fault = "error"
	}
	s.r.End(fault)
}
