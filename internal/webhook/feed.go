package webhook

import (
	"context"
	"time"

	"sluss.example/sluss/internal/clock"
)

// lookAgain is how often Events looks for what another instance handed out, in
// real time.
const lookAgain = time.Second

// announce wakes those who wait in Events.
func (s *Service) announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// news returns a channel that is closed when events are handed out.
func (s *Service) news() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// LastPosition returns the position of the event that was handed out last.
func (s *Service) LastPosition(ctx context.Context) (int64, error) { return s.Store.LastPosition(ctx) }

// Events returns events that apps are told of, after a position and in order,
// and the position to go on from. If there is none it waits for one for as long
// as wait, in real time.
func (s *Service) Events(ctx context.Context, f EventFilter, wait time.Duration) ([]Positioned, int64, error) {
	if f.Limit <= 0 || f.Limit > resendLimit {
		f.Limit = 100
	}
	start := clock.Real{}.Now()
	for {
		news := s.news()
		all, err := s.Store.HandedEvents(ctx, f)
		if err != nil {
			return nil, f.After, err
		}
		if len(all) > 0 {
			f.After = all[len(all)-1].Position
		}
		var told []Positioned
		for _, e := range all {
			if e.ClientID != "" && Told(e.Type) {
				told = append(told, e)
			}
		}
		left := wait - clock.Real{}.Since(start)
		if len(told) > 0 || len(all) == 0 && left <= 0 {
			return told, f.After, nil
		}
		if len(all) == 0 && !pause(ctx, news, min(left, lookAgain)) {
			return nil, f.After, nil
		}
	}
}

// pause waits for news, for d at most, and reports false if ctx ended.
func pause(ctx context.Context, news <-chan struct{}, d time.Duration) bool {
	over := make(chan struct{})
	defer clock.Real{}.AfterFunc(d, func() { close(over) }).Stop()
	select {
	case <-ctx.Done():
		return false
	case <-news:
	case <-over:
	}
	return true
}
