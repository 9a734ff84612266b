package control

import (
	"net/http"
	"time"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// A ClockState is the sandbox's clock.
type ClockState struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
}

func (h *Handler) writeClock(w http.ResponseWriter) error {
	return web.WriteJSON(w, http.StatusOK, ClockState{Now: h.Clock.Now(), Frozen: h.Clock.Frozen()})
}

// getInfo serves GET /info.
func (h *Handler) getInfo(w http.ResponseWriter, _ *http.Request) error {
	return web.WriteJSON(w, http.StatusOK, h.Info)
}

// getClock serves GET /clock.
func (h *Handler) getClock(w http.ResponseWriter, _ *http.Request) error { return h.writeClock(w) }

// advanceClock serves POST /clock/advance with {"by": "36h"}.
func (h *Handler) advanceClock(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		By string `json:"by"`
	}
	if err := read(r, &body); err != nil {
		return err
	}
	d, err := time.ParseDuration(body.By)
	if err != nil || d < 0 {
		return problem.New(problem.FormatInvalid, "must be a duration such as \"90s\" or \"36h\"; time does not go back").At("by")
	}
	h.Clock.Advance(d)
	return h.settle(w, r)
}

// setClock serves POST /clock/set with {"now": "2027-01-02T03:04:05Z"}.
func (h *Handler) setClock(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Now time.Time `json:"now"`
	}
	if err := read(r, &body); err != nil {
		return err
	}
	if body.Now.IsZero() {
		return problem.New(problem.FormatInvalid, "must be a time such as \"2027-01-02T03:04:05Z\"").At("now")
	}
	if body.Now.Before(h.Clock.Now()) {
		return problem.New(problem.StatusInvalid, "the time has passed; the clock only goes forward").At("now")
	}
	h.Clock.AdvanceTo(body.Now)
	return h.settle(w, r)
}

// settle answers once what the new time makes due is done, so that the next
// call sees it. It waits for some seconds at most.
func (h *Handler) settle(w http.ResponseWriter, r *http.Request) error {
	if err := h.Settle(r.Context()); err != nil {
		return err
	}
	return h.writeClock(w)
}

// freezeClock serves POST /clock/freeze.
func (h *Handler) freezeClock(w http.ResponseWriter, _ *http.Request) error {
	h.Clock.Freeze()
	return h.writeClock(w)
}

// resumeClock serves POST /clock/resume.
func (h *Handler) resumeClock(w http.ResponseWriter, _ *http.Request) error {
	h.Clock.Resume()
	return h.writeClock(w)
}
