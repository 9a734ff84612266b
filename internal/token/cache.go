package token

import (
	"hash/maphash"
	"sync"
)

const (
	shards = 16
	// perShard bounds a shard's generation, of which there are two: at about
	// a kilobyte for a token all of them take some ten megabytes.
	perShard = 320
)

// A cache keeps genuine tokens, so that one that was seen before costs no
// second verification. Only what was verified gets in, so nobody can push
// others out with rubbish. It is bounded: when a generation is full it becomes
// the old one, and what nobody asks for in the next one is forgotten. The zero
// value is ready.
type cache struct {
	once   sync.Once
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu         sync.Mutex
	young, old map[string]verified
}

func (c *cache) shard(raw string) *shard {
	c.once.Do(func() { c.seed = maphash.MakeSeed() })
	return &c.shards[maphash.String(c.seed, tail(raw))%shards]
}

// tail returns the end of a token, which is signature and thus as good as
// chance.
func tail(raw string) string { return raw[max(0, len(raw)-32):] }

func (c *cache) get(raw string) (verified, bool) {
	s := c.shard(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.young[raw]; ok {
		return v, true
	}
	v, ok := s.old[raw]
	if ok {
		s.insert(raw, v)
	}
	return v, ok
}

func (c *cache) put(raw string, v verified) {
	s := c.shard(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.insert(raw, v)
}

// insert keeps v. The caller holds mu.
func (s *shard) insert(raw string, v verified) {
	if len(s.young) >= perShard {
		s.old, s.young = s.young, nil
	}
	if s.young == nil {
		s.young = make(map[string]verified)
	}
	s.young[raw] = v
}
