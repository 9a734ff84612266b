package control

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/webhook"
)

var _ Webhooks = (*Client)(nil)

func webhookPath(clientID, id, rest string) string {
	return "/apps/" + url.PathEscape(clientID) + "/webhooks/" + url.PathEscape(id) + rest
}

// Webhooks implements [Webhooks].
func (c *Client) Webhooks(ctx context.Context, clientID string) ([]webhook.Endpoint, error) {
	var out struct{ Webhooks []Webhook }
	err := c.Call(ctx, http.MethodGet, "/apps/"+url.PathEscape(clientID)+"/webhooks", nil, &out)
	all := make([]webhook.Endpoint, len(out.Webhooks))
	for i, w := range out.Webhooks {
		all[i] = w.endpoint()
	}
	return all, err
}

func (w Webhook) endpoint() webhook.Endpoint {
	return webhook.Endpoint{
		ID: w.ID, ClientID: w.ClientID, URL: w.URL, Description: w.Description, Types: w.Events, Disabled: w.Disabled,
		FailingSince: w.FailingSince, CreatedAt: w.CreatedAt,
	}
}

// AddWebhook implements [Webhooks].
func (c *Client) AddWebhook(ctx context.Context, clientID string, n webhook.New) (webhook.Endpoint, webhook.SecretText, error) {
	var out Webhook
	err := c.Call(ctx, http.MethodPost, "/apps/"+url.PathEscape(clientID)+"/webhooks", n, &out)
	return out.endpoint(), webhook.SecretText(out.Secret), err
}

// RemoveWebhook implements [Webhooks].
func (c *Client) RemoveWebhook(ctx context.Context, clientID, id string) error {
	return c.Call(ctx, http.MethodDelete, webhookPath(clientID, id, ""), nil, nil)
}

// EnableWebhook implements [Webhooks].
func (c *Client) EnableWebhook(ctx context.Context, clientID, id string) error {
	return c.Call(ctx, http.MethodPost, webhookPath(clientID, id, "/enable"), nil, nil)
}

// RotateSecret implements [Webhooks].
func (c *Client) RotateSecret(ctx context.Context, clientID, id string, overlap time.Duration) (webhook.SecretText, error) {
	var out struct{ Secret string }
	err := c.Call(ctx, http.MethodPost, webhookPath(clientID, id, "/secret"), map[string]string{"overlap": overlap.String()}, &out)
	return webhook.SecretText(out.Secret), err
}

// TestWebhook implements [Webhooks].
func (c *Client) TestWebhook(ctx context.Context, clientID, id string) (webhook.Delivery, error) {
	var out Delivery
	err := c.Call(ctx, http.MethodPost, webhookPath(clientID, id, "/test"), nil, &out)
	return out.delivery(), err
}

func (d Delivery) delivery() webhook.Delivery {
	out := webhook.Delivery{
		ID: d.ID, EventID: d.WebhookID, Type: d.Type, Status: d.Status, Attempts: d.Attempts,
		CreatedAt: d.CreatedAt, NextAt: d.NextAt, EndedAt: d.EndedAt,
	}
	for _, a := range d.Log {
		out.Log = append(out.Log, webhook.Attempt{
			At: a.At, StatusCode: a.StatusCode, Duration: time.Duration(a.Millis) * time.Millisecond, Error: a.Error, Response: a.Response,
		})
	}
	return out
}

// Deliveries implements [Webhooks]. It asks for the newest that the filter
// picks, whenever they were made.
func (c *Client) Deliveries(ctx context.Context, clientID string, f webhook.Filter) ([]webhook.Delivery, error) {
	q := url.Values{"status": {string(f.Status)}, "limit": {strconv.Itoa(f.Limit)}}
	var out struct{ Deliveries []Delivery }
	err := c.Call(ctx, http.MethodGet, webhookPath(clientID, f.EndpointID, "/deliveries?"+q.Encode()), nil, &out)
	all := make([]webhook.Delivery, len(out.Deliveries))
	for i, d := range out.Deliveries {
		all[i] = d.delivery()
	}
	return all, err
}

// Resend implements [Webhooks].
func (c *Client) Resend(ctx context.Context, clientID, id, deliveryID string, since time.Time) (int, error) {
	var out struct{ Resent int }
	err := c.Call(ctx, http.MethodPost, webhookPath(clientID, id, "/resend"), resending{DeliveryID: deliveryID, Since: since}, &out)
	return out.Resent, err
}

// Events implements [Webhooks].
func (c *Client) Events(ctx context.Context, f webhook.EventFilter, wait time.Duration) ([]webhook.Positioned, int64, error) {
	q := url.Values{"after": {strconv.FormatInt(f.After, 10)}, "wait": {wait.String()}, "clientId": {f.ClientID}}
	var out Events
	if err := c.Call(ctx, http.MethodGet, "/events?"+q.Encode(), nil, &out); err != nil {
		return nil, f.After, err
	}
	all := make([]webhook.Positioned, len(out.Events))
	for i, e := range out.Events {
		m := e.Message
		all[i] = webhook.Positioned{Position: e.Position, Event: event.Event{
			ID: e.ID, Type: m.Type, Subject: m.Data.ID, ClientID: m.Data.ClientID, At: m.Timestamp, BICFI: m.Data.BICFI,
		}}
	}
	return all, out.Next, nil
}

// LastPosition implements [Webhooks].
func (c *Client) LastPosition(ctx context.Context) (int64, error) {
	var out Events
	if err := c.Call(ctx, http.MethodGet, "/events?after=last", nil, &out); err != nil {
		return 0, fmt.Errorf("ask for the last event: %w", err)
	}
	return out.Next, nil
}
