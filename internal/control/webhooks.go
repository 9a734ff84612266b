package control

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/internal/webhook"
)

// Webhooks manages the endpoints of apps. [webhook.Service] implements it.
type Webhooks interface {
	Webhooks(ctx context.Context, clientID string) ([]webhook.Endpoint, error)
	AddWebhook(ctx context.Context, clientID string, n webhook.New) (webhook.Endpoint, webhook.SecretText, error)
	RemoveWebhook(ctx context.Context, clientID, id string) error
	EnableWebhook(ctx context.Context, clientID, id string) error
	RotateSecret(ctx context.Context, clientID, id string, overlap time.Duration) (webhook.SecretText, error)
	TestWebhook(ctx context.Context, clientID, id string) (webhook.Delivery, error)
	Deliveries(ctx context.Context, clientID string, f webhook.Filter) ([]webhook.Delivery, error)
	Resend(ctx context.Context, clientID, id, deliveryID string, since time.Time) (int, error)
	Events(ctx context.Context, f webhook.EventFilter, wait time.Duration) ([]webhook.Positioned, int64, error)
	LastPosition(ctx context.Context) (int64, error)
}

// A Webhook is an endpoint on the wire.
type Webhook struct {
	ID           string    `json:"id"`
	ClientID     string    `json:"clientId"`
	URL          string    `json:"url"`
	Description  string    `json:"description,omitempty"`
	Events       []string  `json:"events"` // all if empty
	Disabled     string    `json:"disabled,omitempty"`
	FailingSince time.Time `json:"failingSince,omitzero"`
	CreatedAt    time.Time `json:"createdAt"`
	// Secret is there once: in the answer to the call that made it.
	Secret string `json:"secret,omitempty"`
}

// WebhookOnWire returns e as it is on the wire, with its secret if it is new.
func WebhookOnWire(e webhook.Endpoint, secret webhook.SecretText) Webhook {
	w := Webhook{
		ID: e.ID, ClientID: e.ClientID, URL: e.URL, Description: e.Description, Events: e.Types, Disabled: e.Disabled,
		FailingSince: e.FailingSince, CreatedAt: e.CreatedAt, Secret: string(secret),
	}
	if w.Events == nil {
		w.Events = []string{}
	}
	return w
}

// A Delivery is a delivery on the wire.
type Delivery struct {
	ID        string         `json:"id"`
	WebhookID string         `json:"webhookId"` // the header webhook-id
	Type      string         `json:"type"`
	Status    webhook.Status `json:"status"`
	Attempts  int            `json:"attempts"`
	Log       []Attempt      `json:"log"`
	CreatedAt time.Time      `json:"createdAt"`
	NextAt    time.Time      `json:"nextAt,omitzero"`
	EndedAt   time.Time      `json:"endedAt,omitzero"`
}

// An Attempt is an attempt on the wire.
type Attempt struct {
	At         time.Time `json:"at"`
	StatusCode int       `json:"statusCode,omitempty"`
	Millis     int64     `json:"ms"`
	Error      string    `json:"error,omitempty"`
	Response   string    `json:"response,omitempty"`
}

// DeliveryOnWire returns d as it is on the wire.
func DeliveryOnWire(d webhook.Delivery) Delivery {
	w := Delivery{
		ID: d.ID, WebhookID: d.EventID, Type: d.Type, Status: d.Status, Attempts: d.Attempts, Log: []Attempt{},
		CreatedAt: d.CreatedAt, NextAt: d.NextAt, EndedAt: d.EndedAt,
	}
	for _, a := range d.Log {
		w.Log = append(w.Log, Attempt{At: a.At, StatusCode: a.StatusCode, Millis: a.Duration.Milliseconds(), Error: a.Error, Response: a.Response})
	}
	return w
}

// An Event is an event on the wire: the message that webhooks send, with its
// webhook-id and its place in the order.
type Event struct {
	ID       string          `json:"id"`
	Position int64           `json:"position"`
	Message  webhook.Message `json:"message"`
}

// Events is the answer to GET /events. Next is the position to ask for next.
type Events struct {
	Events []Event `json:"events"`
	Next   int64   `json:"next"`
}

// maxWait is how long GET /events waits for an event.
const maxWait = 25 * time.Second

// getEvents serves GET /events?after=N&wait=25s&clientId=ID. Without after it
// answers from the beginning; after=last waits for what is yet to come.
func (h *Handler) getEvents(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := webhook.EventFilter{ClientID: q.Get("clientId")}
	var wait time.Duration
	var err error
	if s := q.Get("wait"); s != "" {
		if wait, err = time.ParseDuration(s); err != nil || wait < 0 {
			return problem.New(problem.FormatInvalid, "must be a duration such as \"20s\"").At("wait")
		}
	}
	switch s := q.Get("after"); s {
	case "":
	case "last":
		if f.After, err = h.Webhooks.LastPosition(r.Context()); err != nil {
			return err
		}
	default:
		if f.After, err = strconv.ParseInt(s, 10, 64); err != nil {
			return problem.New(problem.FormatInvalid, "must be a position, or \"last\"").At("after")
		}
	}
	events, next, err := h.Webhooks.Events(r.Context(), f, min(wait, maxWait))
	if err != nil {
		return err
	}
	out := Events{Events: []Event{}, Next: next}
	for _, e := range events {
		out.Events = append(out.Events, Event{ID: e.ID, Position: e.Position, Message: webhook.MessageOf(e.Event)})
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// getWebhooks serves GET /apps/{id}/webhooks.
func (h *Handler) getWebhooks(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Webhooks.Webhooks(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	out := make([]Webhook, len(all))
	for i, e := range all {
		out[i] = WebhookOnWire(e, "")
	}
	return web.WriteJSON(w, http.StatusOK, map[string][]Webhook{"webhooks": out})
}

// addWebhook serves POST /apps/{id}/webhooks with {"url", "description",
// "events"}.
func (h *Handler) addWebhook(w http.ResponseWriter, r *http.Request) error {
	var n webhook.New
	if err := read(r, &n); err != nil {
		return err
	}
	e, secret, err := h.Webhooks.AddWebhook(r.Context(), r.PathValue("id"), n)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusCreated, WebhookOnWire(e, secret))
}

// removeWebhook serves DELETE /apps/{id}/webhooks/{hook}.
func (h *Handler) removeWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := h.Webhooks.RemoveWebhook(r.Context(), r.PathValue("id"), r.PathValue("hook")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// enableWebhook serves POST /apps/{id}/webhooks/{hook}/enable.
func (h *Handler) enableWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := h.Webhooks.EnableWebhook(r.Context(), r.PathValue("id"), r.PathValue("hook")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// rotateSecret serves POST /apps/{id}/webhooks/{hook}/secret with {"overlap":
// "24h"}.
func (h *Handler) rotateSecret(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Overlap string `json:"overlap"`
	}
	if err := read(r, &body); err != nil {
		return err
	}
	overlap := time.Duration(0)
	if body.Overlap != "" {
		var err error
		if overlap, err = time.ParseDuration(body.Overlap); err != nil {
			return problem.New(problem.FormatInvalid, "must be a duration such as \"24h\"").At("overlap")
		}
	}
	secret, err := h.Webhooks.RotateSecret(r.Context(), r.PathValue("id"), r.PathValue("hook"), overlap)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, map[string]string{"secret": string(secret)})
}

// testWebhook serves POST /apps/{id}/webhooks/{hook}/test. It answers with the
// delivery, which is not over yet.
func (h *Handler) testWebhook(w http.ResponseWriter, r *http.Request) error {
	d, err := h.Webhooks.TestWebhook(r.Context(), r.PathValue("id"), r.PathValue("hook"))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusCreated, DeliveryOnWire(d))
}

// getDeliveries serves GET /apps/{id}/webhooks/{hook}/deliveries?status=&limit=.
func (h *Handler) getDeliveries(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit")) // a bad one counts as none
	all, err := h.Webhooks.Deliveries(r.Context(), r.PathValue("id"), webhook.Filter{
		EndpointID: r.PathValue("hook"), Status: webhook.Status(q.Get("status")), Limit: limit,
	})
	if err != nil {
		return err
	}
	out := make([]Delivery, len(all))
	for i, d := range all {
		out[i] = DeliveryOnWire(d)
	}
	return web.WriteJSON(w, http.StatusOK, map[string][]Delivery{"deliveries": out})
}

// A resending says what to send again: one delivery, or all since an instant.
type resending struct {
	DeliveryID string    `json:"deliveryId,omitempty"`
	Since      time.Time `json:"since,omitzero"`
}

// resend serves POST /apps/{id}/webhooks/{hook}/resend with {"deliveryId"} or
// {"since"}.
func (h *Handler) resend(w http.ResponseWriter, r *http.Request) error {
	var body resending
	if err := read(r, &body); err != nil {
		return err
	}
	if body.DeliveryID == "" && body.Since.IsZero() {
		return problem.New(problem.FormatInvalid, "give a deliveryId or since").At("deliveryId")
	}
	n, err := h.Webhooks.Resend(r.Context(), r.PathValue("id"), r.PathValue("hook"), body.DeliveryID, body.Since)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, map[string]int{"resent": n})
}
