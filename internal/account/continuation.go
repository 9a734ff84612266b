package account

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"sluss.example/sluss/internal/problem"
)

// continuationLife is how long a continuation key is good for.
const continuationLife = time.Hour

// rowKinds tells the reports of accounts and of cards apart.
type rowKinds string

const (
	accountRows rowKinds = "account"
	cardRows    rowKinds = "card"
)

// A state is which page of which report a call is for. A continuation key is
// the state of the next page, sealed (AES-256-GCM) and bound to the consent,
// the account and the kind of rows, so that neither side stores anything and
// nobody can read the bank's cursor or make up a key.
type state struct {
	Page   int
	Query  Query
	Cursor string // of the bank; empty for a first page without a snapshot
}

// sealedState is what lies in a key. Short names keep the URL short.
type sealedState struct {
	At      int64         `json:"t"` // Unix seconds
	Page    int           `json:"n"`
	Status  BookingStatus `json:"s"`
	From    int64         `json:"f,omitempty"` // Unix seconds
	To      int64         `json:"u,omitempty"`
	After   string        `json:"a,omitempty"`
	Delta   bool          `json:"d,omitempty"`
	Balance bool          `json:"b,omitempty"`
	Cursor  string        `json:"c"`
}

// seal returns the continuation key of st.
func (v *view) seal(resourceID string, rows rowKinds, st state) string {
	q := st.Query
	in := sealedState{
		At: v.now.Unix(), Page: st.Page, Status: q.Status, After: q.After,
		Delta: q.Delta, Balance: q.WithBalance, Cursor: st.Cursor,
	}
	if !q.From.IsZero() {
		in.From, in.To = q.From.Unix(), q.To.Unix()
	}
	plain, err := json.Marshal(in)
	if err != nil { // a struct of texts and numbers always encodes
		panic(err)
	}
	nonce := make([]byte, 12, 12+len(plain)+16)
	_, _ = rand.Read(nonce) // never fails: it ends the program instead
	box := v.box().Seal(nonce, nonce, plain, v.binding(resourceID, rows))
	return base64.RawURLEncoding.EncodeToString(box)
}

// unseal returns the state of a continuation key. It reports
// problem.FormatInvalid for a key that was not made for this consent, account
// and kind of rows, and problem.ResourceExpired for one that is too old.
func (v *view) unseal(key, resourceID string, rows rowKinds) (state, error) {
	box, err := base64.RawURLEncoding.Strict().DecodeString(key)
	if err != nil || len(box) < 12 {
		return state{}, badKey()
	}
	plain, err := v.box().Open(nil, box[:12], box[12:], v.binding(resourceID, rows))
	if err != nil {
		return state{}, badKey()
	}
	var in sealedState
	if err := json.Unmarshal(plain, &in); err != nil {
		return state{}, fmt.Errorf("decode continuation key of ours: %w", err)
	}
	if v.now.Sub(time.Unix(in.At, 0)) > continuationLife {
		return state{}, expiredKey()
	}
	q := Query{Status: in.Status, After: in.After, Delta: in.Delta, WithBalance: in.Balance}
	if in.From != 0 || in.To != 0 {
		q.From, q.To = time.Unix(in.From, 0).UTC(), time.Unix(in.To, 0).UTC()
	}
	return state{Page: in.Page, Query: q, Cursor: in.Cursor}, nil
}

func (v *view) box() cipher.AEAD {
	block, err := aes.NewCipher(v.svc.Keys.Continuation[:])
	if err != nil { // 32 bytes are a key of AES-256
		panic(err)
	}
	box, err := cipher.NewGCM(block)
	if err != nil { // AES has the block size of GCM
		panic(err)
	}
	return box
}

// binding is what a key is only good for.
func (v *view) binding(resourceID string, rows rowKinds) []byte {
	return appendPart(appendPart(appendPart(nil, v.consent.ID), resourceID), string(rows))
}

func badKey() error {
	return problem.Blame(problem.New(problem.FormatInvalid, "not a key that was given for this account and consent"),
		problem.Query, "continuationKey")
}

func expiredKey() *problem.Error {
	e := problem.New(problem.ResourceExpired, "the key is too old: read from the first page again").At("continuationKey")
	e.In = problem.Query
	return e
}
