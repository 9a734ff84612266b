package server

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"sluss.example/sluss/internal/web"
)

// health answers /healthz and /readyz.
type health struct {
	ping     func(context.Context) error // whether the database answers
	key      <-chan struct{}             // closed once there is a signing key
	tokens   func() bool                 // whether tokens are issued although the database is away
	stopping atomic.Bool
}

// pingTime is how long a database may take to answer before it counts as away.
const pingTime = 2 * time.Second

// live serves GET /healthz: the process answers.
func (h *health) live(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready serves GET /readyz: the database answers and there is a signing key.
// It names the part that is not ready, and no more. With ?only=tokens it is
// enough that tokens are issued, which goes on for a while without a database.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	parts := map[string]string{"status": "ok", "database": "ok", "key": "ok", "tokens": "ok"}
	status := http.StatusOK
	only := r.URL.Query().Get("only") == "tokens"
	notReady := func(part, text string, counts bool) {
		parts[part] = text
		if counts {
			status, parts["status"] = http.StatusServiceUnavailable, "not ready"
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), pingTime)
	defer cancel()
	if err := h.ping(ctx); err != nil {
		web.NoteError(r.Context(), err, "")
		notReady("database", "away", !only)
		if !h.tokens() {
			notReady("tokens", "not issued until the database is back", true)
		}
	}
	select {
	case <-h.key:
	default:
		notReady("key", "not there yet", true)
	}
	if h.stopping.Load() {
		notReady("server", "stopping", true)
	}
	answer(w, status, parts)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Cache-Control", "no-store")
	_ = web.WriteJSON(w, status, v)
}
