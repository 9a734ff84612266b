//go:build browser

package browser

import (
	"os"
	"testing"
)

// TestViewer looks at the page with the viewer, which is another project's and
// heavier than ours may be: with axe, in both sizes and colours, closed and with
// an operation open.
func TestViewer(t *testing.T) {
	browser, box := startBrowser(t), startSandbox(t)
	w := newTab(t, browser, box.Auth, desktop, true)
	i := newInspector(t, w, os.Getenv("SLUSS_SCREENSHOTS"))
	w.open("/docs/try")
	w.wait("Signing baskets")
	i.view("docs try")
	eval[bool](w, `document.querySelector("#operations-tag-Consent button").click(), true`)
	w.wait("/psd2/consent/v1/consents")
	eval[bool](w, `document.querySelector("[id$=createConsent] .opblock-summary-control").click(), true`)
	w.wait("Execute")
	i.view("docs try open")
}
