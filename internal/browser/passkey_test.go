//go:build browser

package browser

import (
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
)

// passkey registers a passkey, signs out, and comes in again by it alone.
func (w *walk) passkey() {
	w.t.Helper()
	must(w.tab, webauthn.Enable, webauthn.EnableParams{})
	must(w.tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	// Else the authenticator takes the suggestion beside the address by itself, and nobody has to press anything.
	must(w.tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `globalThis.PublicKeyCredential && (PublicKeyCredential.isConditionalMediationAvailable = async () => false);`,
	})
	w.join()
	w.open("/portal/profile/passkeys/new")
	w.fill("Label", "the laptop")
	w.press("Register it")
	w.says("the laptop")
	w.seen("profile passkey")
	w.press("Sign out")
	w.press("Sign in with a passkey")
	w.says("Overview", "Ada")
}
