package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/trace"
)

// A Line is the one line that the log has for a request. Handlers fill it in
// along the way; it is written at the end. It holds no personal data: not the
// path, which may contain some, and no body.
type Line struct {
	RequestID string // the client's X-Request-ID if it is a UUID, else a fresh one
	// RequestIDGiven says that the client sent a well-formed X-Request-ID.
	RequestIDGiven bool
	ClientID       string
	// Claimed is the client_id that a caller gave who could not prove it.
	Claimed string
	BICFI   string
	Code    string // code of the error answer, such as FORMAT_ERROR
	Err     error
}

type lineKey struct{}

// LineOf returns the line of a request. Outside of [Observe] it returns one
// that nobody reads.
func LineOf(ctx context.Context) *Line {
	if l, ok := ctx.Value(lineKey{}).(*Line); ok {
		return l
	}
	return &Line{}
}

// NoteError puts err, and the code that it is answered with, on the line.
func NoteError(ctx context.Context, err error, code string) {
	l := LineOf(ctx)
	l.Err, l.Code = err, code
}

// A Seen is a request that was answered.
type Seen struct {
	Request *http.Request
	Line    *Line
	Status  int
	At      time.Time // real time
	Took    time.Duration
}

// An Observer sees every request. Its fields may be nil.
type Observer struct {
	Log     *slog.Logger
	Metrics *Metrics
	Tracer  trace.Tracer
	// Tell is told of each request once it is answered. It must not wait.
	Tell func(Seen)
}

// Observe returns a handler that serves by next, with an X-Request-ID on every
// answer, one line in the log and the metrics for each request.
func (o Observer) Observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := clock.Real{}.Now() // latency is real, also where business time is set
		line := newLine(r)
		ctx, span := trace.Request(r.Context(), o.Tracer, r.Header.Get("Traceparent"), r.Header.Get("Tracestate"))
		r = r.WithContext(context.WithValue(ctx, lineKey{}, line))
		rec := &recorder{ResponseWriter: w}
		rec.Header().Set("X-Request-ID", line.RequestID)
		defer func() {
			p := recover()
			if err, ok := p.(error); p != nil && (!ok || !errors.Is(err, http.ErrAbortHandler)) {
				line.Err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				if rec.status == 0 {
					http.Error(rec, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
				}
			}
			took := clock.Real{}.Since(start)
			o.Metrics.observe(r, rec.status, took)
			line.trace(span, r, rec.status)
			o.write(r, rec, line, took)
			if o.Tell != nil {
				o.Tell(Seen{r, line, rec.status, start, took})
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

func newLine(r *http.Request) *Line {
	id := r.Header.Get("X-Request-ID")
	another := func(v string) bool { return v != id }
	if ident.IsUUID(id) && !slices.ContainsFunc(r.Header.Values("X-Request-ID"), another) {
		return &Line{RequestID: id, RequestIDGiven: true}
	}
	return &Line{RequestID: ident.NewUUID()}
}

// write writes the line. Only an error that is ours to mend is told in full;
// of a problem the reason is enough, since its cause may quote the request.
func (o Observer) write(r *http.Request, rec *recorder, line *Line, took time.Duration) {
	level := slog.LevelInfo
	if o.Log == nil || line.Err == nil && !o.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("id", line.RequestID),
		slog.String("method", r.Method),
		slog.String("route", routeOf(r)),
		slog.Int("status", rec.status),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.Int64("bytes", rec.bytes),
	}
	for _, a := range []slog.Attr{slog.String("app", line.ClientID), slog.String("bank", line.BICFI), slog.String("code", line.Code)} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	if p, ok := errors.AsType[*problem.Error](line.Err); ok {
		attrs = append(attrs, slog.String("reason", string(p.Reason)))
		if p.Err != nil && rec.status >= http.StatusInternalServerError {
			level, attrs = slog.LevelWarn, append(attrs, slog.String("error", p.Err.Error()))
		}
	} else if line.Err != nil {
		level, attrs = slog.LevelError, append(attrs, slog.String("error", line.Err.Error()))
	}
	o.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// routeOf returns the pattern that the request matched. It is bounded, unlike
// the path, and holds no ids.
func routeOf(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}
