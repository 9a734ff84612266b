package keyring_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/problem"
)

// TestNoKeyYet: whoever asks before there is a key waits, but not without end.
func TestNoKeyYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := keyring.NewRing(nil, keyring.NewSealer(keyring.NewSealingKey()), clock.Real{}, time.Hour)
		start := clock.Real{}.Now()
		_, err := r.Signing(t.Context(), jose.RS256)
		if took := (clock.Real{}).Since(start); !problem.Is(err, problem.Busy) || took != 15*time.Second {
			t.Errorf("Signing = %v after %v, want problem.Busy after 15 s", err, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.JWKS(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("JWKS = %v, want the end of the context", err)
		}
	})
}
