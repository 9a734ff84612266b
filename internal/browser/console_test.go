//go:build browser

package browser

import (
	"slices"
	"strings"
)

// tour goes in as the demo developer, by one press, and walks through the API
// in the console: from the token to the status of a payment. The bank asks the
// person in its app; the person answers in the sandbox's corner. Pick picks the
// bank.
func (w *walk) tour(bank string, pick func()) {
	w.t.Helper()
	w.open("/portal")
	w.press("Go in as the demo developer")
	w.says("Demo Developer", "Demo AB", "You are the demo developer of this sandbox")
	w.seen("demo home")
	w.open("/portal/try")
	pick()
	w.press("Begin")
	w.says("Token", "client_credentials", bank)
	w.seen("try token")
	w.press("Get the token")
	w.step("Bank")
	w.mistake()
	w.step("Consent")
	w.sign("consent", bank)
	w.step("Accounts")
	w.step("Transactions")
	w.step("Payment")
	w.sign("payment", bank)
	w.step("Status")
	w.says("transactionStatus")
	w.seen("try status known")
	w.press("Go on")
	w.says("That was all of it")
	w.seen("try end")
	w.press("200 Bank")
	w.says(`"bicFi"`)
	w.seen("try one before")
}

// step takes the step that the console proposes, which has the title.
func (w *walk) step(title string) {
	w.t.Helper()
	if now := eval[string](w.tab, `document.querySelector("#now h2").innerText`); now != title {
		w.t.Fatalf("the console proposes %q, not %q:\n%s", now, title, eval[string](w.tab, `document.body.innerText`))
	}
	w.seen("try " + title)
	w.press("Send")
	if status := eval[string](w.tab, `document.querySelector("details[open] > summary .badge").innerText`); !strings.HasPrefix(status, "2") {
		w.t.Fatalf("%s gets %s:\n%s", title, status, eval[string](w.tab, `document.body.innerText`))
	}
}

// mistake sends what is refused, sees why, and has its text still there to be
// mended.
func (w *walk) mistake() {
	w.t.Helper()
	was := eval[string](w.tab, `document.querySelector("#body").value`)
	w.fill("Body", `{"access": {}, "validUntil": "yesterday"}`)
	w.press("Send")
	w.says("FORMAT_ERROR", "Consent")
	if now := eval[string](w.tab, `document.querySelector("#body").value`); !strings.Contains(now, "yesterday") {
		w.t.Errorf("what was typed is gone: %s", now)
	}
	w.seen("try refused")
	w.fill("Headers", "Authorization: Bearer x")
	w.press("Send")
	w.says("does not send the header")
	w.seen("try header")
	w.press("Consent") // afresh
	if now := eval[string](w.tab, `document.querySelector("#body").value`); len(now) != len(was) {
		w.t.Errorf("the step does not begin afresh: %s", now)
	}
}

// sign takes the steps of a signature.
func (w *walk) sign(what, bank string) {
	w.t.Helper()
	w.step("Start signing")
	w.step("Choose a method")
	w.open("/portal/sandbox")
	w.says("Waiting for a signature", "Approve")
	w.seen("sandbox " + what)
	w.press("Approve " + what + " at " + bank)
	w.open("/portal/try")
	w.step("See how it ends")
}

// redirected has the bank sign on a page of its own. The address to which the
// browser comes back is handed to the console.
func (w *walk) redirected(redirect string) {
	w.t.Helper()
	w.open("/portal/apps")
	w.press("Sandbox")
	w.press("Settings")
	w.fill("Redirect URIs", redirect)
	w.press("Save")
	w.open("/portal/try?app=")
	w.press("Start over")
	w.seen("try start")
	w.press("Begin")
	w.press("Get the token")
	w.step("Bank")
	w.step("Consent")
	w.step("Start signing")
	headers := strings.Split(eval[string](w.tab, `document.querySelector("#headers").value`), "\n")
	at := slices.Index(headers, "TPP-Redirect-Preferred: false")
	if at < 0 {
		w.t.Fatalf("nothing to edit in %q", headers)
	}
	headers[at] = "TPP-Redirect-Preferred: true"
	w.fill("Headers", strings.Join(headers, "\n"))
	w.step("Choose a method")
	w.seen("try page of the bank")
	w.open(eval[string](w.tab, `document.querySelector("#now a[target=_blank]").href`))
	w.press("Log in")
	w.press("Approve")
	w.says("Back in the app")
	back := w.at()
	w.open("/portal/try")
	w.fill("Address that the browser came back to", redirect+"?code=nothing")
	w.press("Exchange the code")
	w.says("The code is not good")
	w.seen("try code")
	w.fill("Address that the browser came back to", back)
	w.press("Exchange the code")
	w.step("See how it ends")
	w.says("Accounts")
}
