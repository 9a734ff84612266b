package portal_test

import (
	"strings"
	"testing"

	"sluss.example/sluss/internal/webhook"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.founder("ada@example.com", "O")
	app := b.newApp("Ledger")
	path := app + "/webhooks"
	b.get(path).expect(200, path, "No webhook yet", "Add a webhook")
	b.post(path, "url", "ftp://x", "description", evil).expect(422, path, `class="error"`, "&lt;script&gt;").clean()
	b.post(path, "url", "https://a.example/hook", "types", "not a type!").expect(422, path, "must be types of events")
	b.post(path, "url", "https://a.example/hook?<b>", "description", evil, "event", "consent.*", "types", "payment.ACSC, basket.ACTC")
	one := b.path
	b.expect(200, one, "The signing secret", "whsec_", "payment.ACSC", "consent.*", "a.example/hook?&lt;b&gt;").clean()
	if b.get(one); strings.Contains(b.body, "whsec_") {
		t.Error("the secret is shown twice")
	}
	b.post(one+"/secret").expect(200, one, "whsec_")
	b.post(one+"/test").expect(200, one, "A test is on its way", "webhook.test", "pending")
	b.post(one+"/resend", "ago", "1h").expect(200, one, "nothing to send again")
	b.post(one+"/resend", "ago", "x").expect(400, one+"/resend", "Say what")
	b.get(one).post(one+"/disable").expect(200, one, "Nothing is sent", "Switch on")
	b.post(one+"/test").expect(409, one+"/test", "disabled")
	b.get(one).post(one+"/enable").expect(200, one, "Saved.", "Switch off")

	// What a receiver answered is shown as text.
	hook := strings.TrimPrefix(one, path+"/")
	err := r.db.WebhookTx(t.Context(), func(tx webhook.Tx) error {
		return tx.InsertDelivery(t.Context(), webhook.Delivery{
			ID: "d", EndpointID: hook, EventID: "e", Type: evil, Status: webhook.Dead, Attempts: 1, CreatedAt: noon, EndedAt: noon,
			Log: []webhook.Attempt{{At: noon, StatusCode: 500, Error: evil, Response: evil}},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	b.get(one+"?status=dead").expect(200, one+"?status=dead", "500").clean()
	if strings.Contains(b.body, "webhook.test") {
		t.Error("the filter lets others through")
	}
	b.post(one+"/resend", "delivery", "d").expect(200, one, "on its way")
	b.get(path).expect(200, path, "a.example").clean()

	other := b.newApp("Other") + "/webhooks/" + hook
	b.get(other).expect(404, other)
	b.get(path)
	for _, action := range []string{"secret", "test", "enable", "disable", "remove"} {
		b.get(path).post(other+"/"+action).expect(404, other+"/"+action)
	}
	b.get(one).post(one+"/remove").expect(200, path, "The webhook is gone", "No webhook yet")
}
