package portal

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/webhook"
)

// Webhooks tell applications of events. The methods report
// problem.ResourceUnknown for an endpoint of another application.
type Webhooks interface {
	WebhookReader
	AddWebhook(ctx context.Context, clientID string, n webhook.New) (webhook.Endpoint, webhook.SecretText, error)
	RemoveWebhook(ctx context.Context, clientID, id string) error
	RotateSecret(ctx context.Context, clientID, id string, overlap time.Duration) (webhook.SecretText, error)
	WebhookSwitch
}

// A WebhookReader reads endpoints and deliveries.
type WebhookReader interface {
	Webhooks(ctx context.Context, clientID string) ([]webhook.Endpoint, error)
	Webhook(ctx context.Context, clientID, id string) (webhook.Endpoint, error)
	Deliveries(ctx context.Context, clientID string, f webhook.Filter) ([]webhook.Delivery, error)
}

// A WebhookSwitch has endpoints send, or not.
type WebhookSwitch interface {
	EnableWebhook(ctx context.Context, clientID, id string) error
	DisableWebhook(ctx context.Context, clientID, id string) error
	TestWebhook(ctx context.Context, clientID, id string) (webhook.Delivery, error)
	Resend(ctx context.Context, clientID, id, deliveryID string, since time.Time) (int, error)
}

// webhookRoutes are those of webhooks.
func webhookRoutes() []route {
	const one = "/portal/apps/{app}/webhooks/{hook}"
	return []route{
		{pattern: "GET /portal/apps/{app}/webhooks", access: member, page: "webhooks", serve: (*Handler).listWebhooks},
		{pattern: "POST /portal/apps/{app}/webhooks", access: builder, page: "webhooks", serve: (*Handler).addWebhook},
		{pattern: "GET " + one, access: member, page: "webhook", serve: (*Handler).showWebhook},
		{pattern: "POST " + one + "/secret", access: builder, serve: (*Handler).rotateWebhook},
		{pattern: "POST " + one + "/test", access: builder, serve: (*Handler).testWebhook},
		{pattern: "POST " + one + "/enable", access: builder, serve: (*Handler).enableWebhook},
		{pattern: "POST " + one + "/disable", access: builder, serve: (*Handler).disableWebhook},
		{pattern: "POST " + one + "/resend", access: builder, serve: (*Handler).resendWebhook},
		{pattern: "POST " + one + "/remove", access: builder, serve: (*Handler).removeWebhook},
	}
}

// eventChoices are the families of events.
func eventChoices(ticked []string) []choice {
	all := []choice{
		{Value: "consent.*", Text: "Consents", Hint: "Received, valid, rejected, expired, revoked at the bank."},
		{Value: "authorisation.*", Text: "Authorisations", Hint: "An SCA has ended, well or not."},
		{Value: "payment.*", Text: "Payments", Hint: "Every status of a payment."},
		{Value: "basket.*", Text: "Signing baskets", Hint: "Every status of a basket."},
		{Value: "fxquote.*", Text: "Exchange quotes", Hint: "Made and used."},
		{Value: "fxorder.*", Text: "Exchange orders", Hint: "Funded, paid out, or not."},
		{Value: "kyc.*", Text: "KYC", Hint: "A case of due diligence was decided."},
	}
	for i := range all {
		all[i].Ticked = slices.Contains(ticked, all[i].Value)
	}
	return all
}

func (h *Handler) webhookData(v *visit) (map[string]any, error) {
	all, err := h.Webhooks.Webhooks(v.r.Context(), v.app.ID)
	return map[string]any{
		"App": &v.app, "Tab": "webhooks", "Webhooks": all, "URL": v.form("url"), "Description": v.form("description"), "Types": v.form("types"),
		"Events": eventChoices(v.r.PostForm["event"]),
	}, err
}

// listWebhooks serves GET /portal/apps/{app}/webhooks.
func (h *Handler) listWebhooks(v *visit) error {
	data, err := h.webhookData(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "webhooks", "Webhooks of "+v.app.Name, data)
}

// addWebhook serves POST /portal/apps/{app}/webhooks. The secret waits for the
// page of the new endpoint.
func (h *Handler) addWebhook(v *visit) error {
	n := webhook.New{URL: v.form("url"), Description: v.form("description"), Types: slices.Clone(v.r.PostForm["event"])}
	n.Types = append(n.Types, strings.FieldsFunc(v.form("types"), func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\r' })...)
	e, secret, err := h.Webhooks.AddWebhook(v.r.Context(), v.app.ID, n)
	if err != nil {
		data, dataErr := h.webhookData(v)
		if dataErr != nil {
			return dataErr
		}
		return v.again(err, "webhooks", "Webhooks of "+v.app.Name, data)
	}
	v.stash("webhook "+e.ID, string(secret))
	return v.see(v.webhookPath(e.ID))
}

func (v *visit) webhookPath(id string) string {
	return Path + "/apps/" + v.app.ID + "/webhooks/" + id
}

// showWebhook serves GET /portal/apps/{app}/webhooks/{hook}.
func (h *Handler) showWebhook(v *visit) error {
	e, err := h.Webhooks.Webhook(v.r.Context(), v.app.ID, v.r.PathValue("hook"))
	if err != nil {
		return unknownThing(err)
	}
	f := webhook.Filter{EndpointID: e.ID, Limit: pageSize}
	statuses := []webhook.Status{webhook.Pending, webhook.Delivered, webhook.Dead}
	if s := webhook.Status(v.form("status")); slices.Contains(statuses, s) {
		f.Status = s
	}
	all, err := h.Webhooks.Deliveries(v.r.Context(), v.app.ID, f)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "webhook", "Webhook", map[string]any{
		"App": &v.app, "Tab": "webhooks", "Webhook": &e, "Secret": v.unstash("webhook " + e.ID), "Deliveries": all, "Status": f.Status, "Statuses": statuses,
		"Most": pageSize,
	})
}

// unknownThing answers what is not the application's as if it did not exist.
func unknownThing(err error) error {
	if problem.Is(err, problem.ResourceUnknown) {
		return unknownPage()
	}
	return err
}

// onWebhook ends a change of the endpoint that the path names.
func (v *visit) onWebhook(err error, said string) error {
	if err != nil {
		return unknownThing(err)
	}
	if said != "" {
		v.tell(said)
	}
	return v.see(v.webhookPath(v.r.PathValue("hook")))
}

// rotateWebhook serves POST .../webhooks/{hook}/secret.
func (h *Handler) rotateWebhook(v *visit) error {
	overlap := 24 * time.Hour
	if v.form("overlap") == "none" {
		overlap = 0
	}
	id := v.r.PathValue("hook")
	secret, err := h.Webhooks.RotateSecret(v.r.Context(), v.app.ID, id, overlap)
	if err == nil {
		v.stash("webhook "+id, string(secret))
	}
	return v.onWebhook(err, "")
}

// testWebhook serves POST .../webhooks/{hook}/test.
func (h *Handler) testWebhook(v *visit) error {
	_, err := h.Webhooks.TestWebhook(v.r.Context(), v.app.ID, v.r.PathValue("hook"))
	return v.onWebhook(err, "test-sent")
}

// enableWebhook serves POST .../webhooks/{hook}/enable.
func (h *Handler) enableWebhook(v *visit) error {
	return v.onWebhook(h.Webhooks.EnableWebhook(v.r.Context(), v.app.ID, v.r.PathValue("hook")), "saved")
}

// disableWebhook serves POST .../webhooks/{hook}/disable.
func (h *Handler) disableWebhook(v *visit) error {
	return v.onWebhook(h.Webhooks.DisableWebhook(v.r.Context(), v.app.ID, v.r.PathValue("hook")), "saved")
}

// resendWebhook serves POST .../webhooks/{hook}/resend: one delivery, or all
// since so many hours.
func (h *Handler) resendWebhook(v *visit) error {
	since := h.Clock.Now()
	if v.form("delivery") == "" {
		ago, err := time.ParseDuration(v.form("ago"))
		if err != nil || ago <= 0 || ago > 31*24*time.Hour {
			return problem.New(problem.FormatInvalid, "Say what to send again.")
		}
		since = since.Add(-ago)
	}
	n, err := h.Webhooks.Resend(v.r.Context(), v.app.ID, v.r.PathValue("hook"), v.form("delivery"), since)
	if n == 0 {
		return v.onWebhook(err, "nothing-resent")
	}
	return v.onWebhook(err, "resent")
}

// removeWebhook serves POST .../webhooks/{hook}/remove.
func (h *Handler) removeWebhook(v *visit) error {
	if err := h.Webhooks.RemoveWebhook(v.r.Context(), v.app.ID, v.r.PathValue("hook")); err != nil {
		return unknownThing(err)
	}
	v.tell("webhook-removed")
	return v.see(Path + "/apps/" + v.app.ID + "/webhooks")
}

// lastAttempt returns the last attempt of a delivery alone, nothing if there is
// none.
func lastAttempt(log []webhook.Attempt) []webhook.Attempt { return log[max(0, len(log)-1):] }
