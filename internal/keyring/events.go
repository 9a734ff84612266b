package keyring

import (
	"slices"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/ident"
)

// events tells what a change does to the keys that there are, for the audit
// trail. It names keys by their kid and holds nothing of them.
func (c *Change) events(keys []StoredKey, now time.Time) []event.Event {
	var all []event.Event
	note := func(kind string, k *StoredKey, detail string) {
		all = append(all, event.Event{ID: ident.NewUUID(), Type: kind, Subject: k.KeyID, At: now, Detail: detail})
	}
	for i := range c.Put {
		k := &c.Put[i]
		at := slices.IndexFunc(keys, func(old StoredKey) bool { return old.KeyID == k.KeyID })
		switch {
		case at < 0:
			note("key.made", k, string(k.Algorithm)+" signs from "+k.SignsFrom.UTC().Format(time.RFC3339))
		case !keys[at].RetiredAt.Equal(k.RetiredAt):
			note("key.retires", k, k.RetiredAt.UTC().Format(time.RFC3339))
		}
	}
	for i := range keys {
		if slices.Contains(c.Delete, keys[i].KeyID) {
			note("key.deleted", &keys[i], "")
		}
	}
	return all
}
