package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// A TokenStore shares tokens between processes. Its content is as secret as
// the tokens.
type TokenStore interface {
	// Update gives fn the token of key, nil if there is none, stores what fn
	// returns unless that is the same, and returns it. Nobody else updates key
	// meanwhile, in no process. If fn fails nothing is stored.
	Update(ctx context.Context, key string, fn func(old *oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error)
}

// A MemoryStore shares tokens between the clients of one process. The zero
// value is ready for use.
type MemoryStore struct {
	mu     sync.Mutex
	tokens map[string]*oauth2.Token
}

// Update implements [TokenStore].
func (m *MemoryStore) Update(_ context.Context, key string, fn func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	tok, err := fn(m.tokens[key])
	if err != nil {
		return nil, err
	}
	if m.tokens == nil {
		m.tokens = map[string]*oauth2.Token{}
	}
	m.tokens[key] = tok
	return tok, nil
}

// A FileStore shares tokens through files in the folder Dir, which is made if
// it is not there. Only the user who runs the program can read them. A file is
// replaced in one step, so that no reader sees half of it, and a lock file
// beside it lets one process at a time ask for a new token.
type FileStore struct{ Dir string }

// storedToken is what lies in a file.
type storedToken struct {
	AccessToken string    `json:"access_token"`
	TokenType   string    `json:"token_type"`
	ExpiresIn   int64     `json:"expires_in"`
	Expiry      time.Time `json:"expiry"`
	Scope       string    `json:"scope"`
}

// Update implements [TokenStore].
func (f FileStore) Update(ctx context.Context, key string, fn func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("client: token store: %w", err)
	}
	sum := sha256.Sum256([]byte(key)) // a key has characters that a file name may not
	name := filepath.Join(f.Dir, "token-"+hex.EncodeToString(sum[:8])+".json")
	unlock, err := lockFile(ctx, name+".lock")
	if err != nil {
		return nil, fmt.Errorf("client: token store: %w", err)
	}
	defer unlock()
	old := readToken(name)
	tok, err := fn(old)
	if err != nil || tok == old {
		return tok, err
	}
	if err := writeToken(name, tok); err != nil {
		return nil, fmt.Errorf("client: token store: %w", err)
	}
	return tok, nil
}

// readToken returns nil for a file that is not there or not readable as a
// token: a new one then takes its place.
func readToken(name string) *oauth2.Token {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	var in storedToken
	if json.Unmarshal(text, &in) != nil || in.AccessToken == "" {
		return nil
	}
	tok := &oauth2.Token{AccessToken: in.AccessToken, TokenType: in.TokenType, ExpiresIn: in.ExpiresIn, Expiry: in.Expiry}
	return tok.WithExtra(map[string]any{"scope": in.Scope})
}

// writeToken replaces the file in one step.
func writeToken(name string, tok *oauth2.Token) error {
	scope, _ := tok.Extra("scope").(string)
	text, err := json.Marshal(storedToken{tok.AccessToken, tok.TokenType, tok.ExpiresIn, tok.Expiry, scope})
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".token-*") // made for the user alone, 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// lockLife is how old a lock file may be before its process is taken for dead:
// longer than any request for a token.
const lockLife = time.Minute

// lockFile makes the file name, waiting for as long as another process has it.
// It works on every operating system, at the price of a short poll.
func lockFile(ctx context.Context, name string) (unlock func(), err error) {
	for {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			_ = f.Close()
			return func() { _ = os.Remove(name) }, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > lockLife {
			_ = os.Remove(name)
			continue
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
