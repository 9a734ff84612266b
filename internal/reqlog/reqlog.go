// Package reqlog is the log of requests that developers look at: what their
// application asked for, how it was answered, and what to do if it was refused.
//
// It is not the log of the server, and it must cost a request nothing: an entry
// is put into a bounded queue, and a writer stores a batch of them every so
// often. If more come than can be written, entries are dropped and counted,
// and requests go on. It holds no secrets, no bodies, and personal data only
// masked: see [Headers].
package reqlog

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"sluss.example/sluss/internal/clock"
)

// An Entry is one request of an application.
type Entry struct {
	ID        int64 // grows with time; unique
	ClientID  string
	At        time.Time // real time
	Method    string
	Route     string // pattern, such as "GET /psd2/consent/v1/consents/{consentId}"
	Path      string // as it came, with its query, masked and cut short
	BICFI     string // none if empty
	Status    int
	Code      string // of the error answer, such as FORMAT_ERROR; none if empty
	Reason    string // ours, such as format_invalid
	Field     string // header, parameter or JSON field at fault
	Detail    string // what the answer said
	RequestID string
	Took      time.Duration
	Headers   []Header // those that matter, masked
}

// A Header is a header of a request.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Filter picks entries of one application, newest first.
type Filter struct {
	ClientID string
	Class    int    // 4 for statuses 400 to 499; any if 0
	Code     string // any if empty
	BICFI    string // any if empty
	Method   string // any if empty
	Before   int64  // only entries with a smaller ID; any if 0
	After    int64  // only entries with a greater ID; any if 0
	Limit    int
}

// A Store keeps entries.
type Store interface {
	// InsertRequests stores entries, whose IDs it does not look at.
	InsertRequests(ctx context.Context, entries []Entry) error
	Requests(ctx context.Context, f Filter) ([]Entry, error)
	// Request reports problem.ResourceUnknown for an entry that is not the
	// application's.
	Request(ctx context.Context, clientID string, id int64) (Entry, error)
	// DeleteRequests deletes at most limit entries of before the instant, and
	// reports how many.
	DeleteRequests(ctx context.Context, before time.Time, limit int) (int64, error)
}

const (
	// queueSize is how many entries wait to be written. Those that tell of
	// success, or of a server that has too much to do, may take calm places
	// only, so that they do not push out what went wrong, and of a flood of them
	// calmRate a second are written: a part is as good then.
	queueSize = 8192
	calm      = 1024
	calmRate  = 128
	tooBusy   = 503 // the status of a server that has too much to do
	// batchSize is how many are written at once.
	batchSize = 500
	// writeEvery is how long an entry waits at the most.
	writeEvery = 250 * time.Millisecond

	maxPath   = 400
	maxDetail = 300
	maxValue  = 200
)

// A Log writes entries off the path of requests. It is safe for concurrent use.
// It is of use once Run runs.
type Log struct {
	store   Store
	queue   chan *Entry   // not of entries: it would take two megabytes
	flood   *rate.Limiter // of those that tell of nothing wrong
	dropped atomic.Int64
	failed  atomic.Int64
}

// New returns a log that writes to store.
func New(store Store) *Log {
	return &Log{store: store, queue: make(chan *Entry, queueSize), flood: rate.NewLimiter(calmRate, calm)}
}

// Wants reports whether there is room for an entry with the status. One that
// there is none for counts as dropped.
func (l *Log) Wants(status int) bool {
	ok := len(l.queue) < queueSize
	if status < 400 || status == tooBusy {
		ok = len(l.queue) < calm && l.flood.AllowN(clock.Real{}.Now(), 1)
	}
	if ok {
		return true
	}
	l.dropped.Add(1)
	return false
}

// Note takes an entry in that [Log.Wants] has room for, or drops it after all.
func (l *Log) Note(e Entry) {
	if e.ClientID == "" {
		return // a stranger's request is nobody's to look at
	}
	e.Path, e.Detail = cut(MaskPath(e.Path), maxPath), cut(e.Detail, maxDetail)
	select {
	case l.queue <- &e:
	default:
		l.dropped.Add(1)
	}
}

// Dropped returns how many entries were lost: those that found no room, and
// those that could not be stored.
func (l *Log) Dropped() int64 { return l.dropped.Load() + l.failed.Load() }

// Waiting returns how many entries wait to be written.
func (l *Log) Waiting() int { return len(l.queue) }

// Run writes what was noted until ctx ends, and then what is left.
func (l *Log) Run(ctx context.Context) {
	clock.Real{}.Poll(ctx, writeEvery, nil, l.flush)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	l.flush(last)
}

// flush writes what waits now. What cannot be stored is dropped: it would only
// push out what comes next.
func (l *Log) flush(ctx context.Context) {
	for n := len(l.queue); n > 0; {
		batch := make([]Entry, 0, min(n, batchSize))
		for len(batch) < cap(batch) {
			batch = append(batch, *<-l.queue)
		}
		n -= len(batch)
		if err := l.store.InsertRequests(ctx, batch); err != nil {
			l.failed.Add(int64(len(batch)))
		}
	}
}

// shown are the headers that an entry keeps, in the order of the API description. The
// value says how: whole, or masked but for the first characters.
func shown() []struct {
	name string
	keep int // characters that stay; all if negative
} {
	return []struct {
		name string
		keep int
	}{
		{"X-Request-ID", -1},
		{"X-BicFi", -1},
		{"X-AffiliatedASPSP-ID", -1},
		{"PSU-ID", 4},
		{"PSU-Corporate-ID", -1},
		{"PSU-Authoriser-ID", 2},
		{"PSU-IP-Address", 0},
		{"PSU-User-Agent", 0},
		{"TPP-Redirect-Preferred", -1},
		{"Consent-ID", -1},
		{"FX-Quote-Id", -1},
		{"X-ISO-Fallback-Enabled", -1},
		{"X-Consent-Type", -1},
		{"X-Feature-Flags", -1},
		{"Idempotency-Key", 4},
		{"Content-Type", -1},
		{"Accept", -1},
		{"X-ConsentId", -1},
		{"X-ConsentAuthorisationId", -1},
		{"X-PaymentId", -1},
		{"X-PaymentAuthorisationId", -1},
		{"X-BasketId", -1},
		{"X-BasketAuthorisationId", -1},
	}
}

// Headers returns the headers of a request that matter to the developer, with
// what is personal masked. Authorization and proofs are never among them.
func Headers(get func(name string) string) []Header {
	var all []Header
	for _, h := range shown() {
		v := get(h.name)
		if v == "" {
			continue
		}
		if h.keep >= 0 {
			v = mask(v, h.keep)
		}
		all = append(all, Header{h.name, cut(v, maxValue)})
	}
	return all
}

// mask returns s with stars for all but its first characters.
func mask(s string, keep int) string {
	r := []rune(s)
	keep = min(keep, len(r)/2)
	return string(r[:keep]) + strings.Repeat("*", min(len(r)-keep, 8))
}

// hidden are query parameters whose values are never kept.
func hidden() []string {
	return []string{"code", "state", "client_secret", "client_assertion", "access_token", "token", "instanceid", "ocrref", "invoiceref"}
}

// MaskPath masks what is personal in a path with its query: secrets, and
// organisation numbers, which stand in the path of some calls.
func MaskPath(path string) string {
	p, query, has := strings.Cut(path, "?")
	segments := strings.Split(p, "/")
	for i, s := range segments {
		if digits := strings.ReplaceAll(s, "-", ""); len(digits) >= 8 && strings.Trim(digits, "0123456789") == "" {
			segments[i] = mask(s, 4)
		}
	}
	p = strings.Join(segments, "/")
	if !has {
		return p
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		digits := strings.ReplaceAll(value, "-", "")
		personal := len(digits) >= 10 && strings.Trim(digits, "0123456789") == ""
		if personal || slices.Contains(hidden(), strings.ToLower(name)) {
			pairs[i] = name + "=****"
		}
	}
	return p + "?" + strings.Join(pairs, "&")
}

func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
