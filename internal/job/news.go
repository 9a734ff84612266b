package job

import (
	"sync"
	"time"
)

// A News tells whoever runs jobs of those that this process inserted, so that
// it need not ask the store after each. A nil News tells nothing.
type News struct {
	c chan struct{}

	mu    sync.Mutex
	first map[Kind]time.Time
}

// NewNews returns a News without any.
func NewNews() *News { return &News{c: make(chan struct{}, 1)} }

// Add tells of jobs that were committed: when the first of each kind is due.
func (n *News) Add(first map[Kind]time.Time) {
	if n == nil || len(first) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.first == nil {
		n.first = map[Kind]time.Time{}
	}
	Earliest(n.first, first)
	select {
	case n.c <- struct{}{}:
	default:
	}
}

// Take returns what was added since it was last called.
func (n *News) Take() map[Kind]time.Time {
	if n == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	first := n.first
	n.first = nil
	return first
}

// Chan gets a value when there is something to take.
func (n *News) Chan() <-chan struct{} {
	if n == nil {
		return nil
	}
	return n.c
}

// Earliest brings into all what comes before it in more.
func Earliest(all, more map[Kind]time.Time) {
	for kind, at := range more {
		if known, ok := all[kind]; !ok || at.Before(known) {
			all[kind] = at
		}
	}
}
