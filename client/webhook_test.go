package client_test

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/client"
)

func TestVerifyWebhookVectors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/vectors/webhooks.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(strings.TrimSpace(string(text)), "\n\n")[1:] // after the comment
	if len(cases) < 9 {
		t.Fatalf("%d vectors, want 9 or more", len(cases))
	}
	for i, text := range cases {
		v := map[string]string{}
		for line := range strings.SplitSeq(text, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			v[name] = value
		}
		h := http.Header{}
		for _, name := range []string{"id", "timestamp", "signature"} {
			h.Set("webhook-"+name, v[name])
		}
		at, err := strconv.ParseInt(v["at"], 10, 64)
		if err != nil {
			t.Fatalf("vector %d: %v", i, err)
		}
		e, err := client.VerifyWebhook(v["secret"], h, []byte(v["body"]), time.Unix(at, 0))
		switch {
		case v["expect"] == "ok" && (err != nil || e.ID != v["id"]):
			t.Errorf("vector %d: VerifyWebhook = %+v, %v, want ok", i, e, err)
		case v["expect"] != "ok" && (err == nil || !strings.Contains(err.Error(), v["expect"])):
			t.Errorf("vector %d: VerifyWebhook reports %v, want %s", i, err, v["expect"])
		}
	}
}

func FuzzVerifyWebhook(f *testing.F) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	f.Add(secret, "msg_1", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", []byte(`{"type": "x"}`))
	f.Add("whsec_", "", "-1", "v1, v1", []byte(nil))
	f.Fuzz(func(t *testing.T, secret, id, stamp, signature string, body []byte) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {signature}}
		if e, err := client.VerifyWebhook(secret, h, body, time.Unix(1614265330, 0)); err != nil && e.Type+e.ID != "" {
			t.Errorf("a webhook that is refused is returned: %+v", e)
		}
	})
}
