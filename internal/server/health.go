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
	stopping atomic.Bool
}

// pingTime is how long a database may take to answer before it counts as away.
const pingTime = 2 * time.Second

// live serves GET /healthz: the process answers.
func (h *health) live(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready serves GET /readyz: the database answers and there is a signing key.
// It names the part that is not ready, and no more.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	parts := map[string]string{"status": "ok", "database": "ok", "key": "ok"}
	status := http.StatusOK
	notReady := func(part, text string) {
		status, parts[part], parts["status"] = http.StatusServiceUnavailable, text, "not ready"
	}
	ctx, cancel := context.WithTimeout(r.Context(), pingTime)
	defer cancel()
	if err := h.ping(ctx); err != nil {
		web.NoteError(r.Context(), err, "")
		notReady("database", "away")
	}
	select {
	case <-h.key:
	default:
		notReady("key", "not there yet")
	}
	if h.stopping.Load() {
		notReady("server", "stopping")
	}
	answer(w, status, parts)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Cache-Control", "no-store")
	_ = web.WriteJSON(w, status, v)
}
