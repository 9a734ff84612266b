package trace_test

import (
	"context"
	"errors"
	"testing"

	"sluss.example/sluss/internal/trace"
)

// work is what a traced function does.
func work(ctx context.Context) {
	ctx, span := trace.Start(ctx, "work")
	span.Set("key", "value")
	span.SetInt("n", 7)
	span.End(ctx.Err())
}

// TestOff: without a tracer nothing is allocated.
func TestOff(t *testing.T) {
	ctx, request := trace.Request(t.Context(), nil, "", "")
	if n := testing.AllocsPerRun(100, func() { work(ctx) }); n != 0 {
		t.Errorf("a span that nobody keeps takes %v allocations", n)
	}
	request.Name("x")
	request.End(errors.New("x"))
}

func BenchmarkOff(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		work(b.Context())
	}
}
