package docs

import (
	"strings"
	"testing"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/sca"
)

// TestDiagrams: each has every status of its table.
func TestDiagrams(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{"consent-status": nil, "sca-status": nil, "payment-status": nil, "basket-status": {"RCVD", "PATC", "ACTC", "RJCT", "CANC"}}
	for _, s := range consent.Statuses() {
		tests["consent-status"] = append(tests["consent-status"], string(s))
	}
	for _, s := range sca.Statuses() {
		tests["sca-status"] = append(tests["sca-status"], string(s))
	}
	for _, s := range payment.Statuses() {
		tests["payment-status"] = append(tests["payment-status"], string(s))
	}
	for name, statuses := range tests {
		svg, err := picture(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := strings.Count(string(svg), "<rect"); n != len(statuses) {
			t.Errorf("%s has %d boxes, want %d", name, n, len(statuses))
		}
		for _, s := range statuses {
			if !strings.Contains(string(svg), ">"+s+"</text>") {
				t.Errorf("%s lacks %s", name, s)
			}
		}
	}
	if _, err := picture("other"); err == nil {
		t.Error("there is a diagram that nobody knows")
	}
}

// TestSCASteps: what the diagram leaves out, any step and any end, is possible.
func TestSCASteps(t *testing.T) {
	t.Parallel()
	for i, from := range sca.Statuses() {
		for j, to := range sca.Statuses() {
			if want := !from.Final() && j > i; from.CanBecome(to) != want {
				t.Errorf("%s can become %s: %v", from, to, !want)
			}
		}
	}
}
