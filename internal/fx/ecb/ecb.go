// Package ecb has the euro foreign exchange reference rates of the European
// Central Bank as a source of mid rates.
//
// The bank publishes them on bank days at about 16:00 CET as a small XML
// document, eurofxref-daily.xml. A [Source] reads it again and again, from
// there or from a file that somebody else puts in place, and keeps the last
// good one: a document that cannot be read, or that is older, changes nothing.
// Rates that have become too old are no longer given out.
package ecb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/problem"
)

// URL is where the European Central Bank publishes the rates of the day.
const URL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"

// fetchTimeout is how long one attempt may take, in real time.
const fetchTimeout = 20 * time.Second

// A Source has the rates that were read last. It is safe for concurrent use.
type Source struct {
	// File names the file with the document. It is read from URL if File is
	// empty.
	File, URL string
	// MaxAge is how old rates may be, counted from the end of their day.
	MaxAge time.Duration
	Clock  clock.Clock

	mu   sync.Mutex // guards the fields below
	last fx.Rates   // Date is zero until any were read
	err  error      // of the last attempt
}

var _ fx.Source = (*Source)(nil)

// Rates implements [fx.Source].
func (s *Source) Rates(_ context.Context, now time.Time) (fx.Rates, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.last.Date.IsZero():
		return fx.Rates{}, unavailable("there are no rates of exchange at the moment").Because(s.err)
	case now.Sub(s.last.Date.AddDate(0, 0, 1)) > s.MaxAge:
		return fx.Rates{}, unavailable("the rates of exchange are too old at the moment").Because(s.err)
	}
	return s.last, nil
}

// retryAfter is when a client may ask again that got no rates.
const retryAfter = time.Minute

func unavailable(text string) *problem.Error {
	e := problem.New(problem.RatesUnavailable, "%s", text)
	e.RetryAfter = retryAfter
	return e
}

// Date returns the date of the rates, zero if there are none.
func (s *Source) Date() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last.Date
}

// Err returns why the last attempt to read the rates failed, nil if it did not.
func (s *Source) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Run reads the rates every d of real time until ctx ends.
func (s *Source) Run(ctx context.Context, d time.Duration) {
	clock.Real{}.Poll(ctx, d, nil, func(ctx context.Context) { _ = s.Load(ctx) }) // Err has it
}

// Load reads the rates once. It fails, and the rates of before stay, if it
// cannot or if they are of a day to come. Rates that are older than those of
// before are not taken, which is no failure.
func (s *Source) Load(ctx context.Context) error {
	rates, err := s.read(ctx)
	if err == nil && rates.Date.After(s.Clock.Now().AddDate(0, 0, 1)) {
		err = fmt.Errorf("the rates are of %s, which is to come", rates.Date.Format(time.DateOnly))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	if err == nil && !rates.Date.Before(s.last.Date) {
		s.last = rates
	}
	return err
}

// read reads the document.
func (s *Source) read(ctx context.Context) (fx.Rates, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	body, err := s.open(ctx)
	if err != nil {
		return fx.Rates{}, err
	}
	rates, err := Parse(body)
	return rates, errors.Join(err, body.Close())
}

// open opens the document.
func (s *Source) open(ctx context.Context) (io.ReadCloser, error) {
	if s.File != "" {
		return os.Open(s.File)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("get rates: %w", err)
	}
	req.Header.Set("Accept", "application/xml, text/xml")
	client := &http.Client{CheckRedirect: sameScheme}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("get rates: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, fmt.Errorf("get rates: %s", res.Status)
	}
	return res.Body, nil
}

// maxRedirects is how often the bank may say that the document has moved.
const maxRedirects = 5

// sameScheme follows a redirect unless it leaves https.
func sameScheme(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects || req.URL.Scheme != via[0].URL.Scheme {
		return errors.New("the redirect is not followed")
	}
	return nil
}
