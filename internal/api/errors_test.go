package api

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/psd2"
)

// allowed are the codes by status of consents and account information, and
// those of ours where the published API has none.
func allowed() map[int]string {
	return map[int]string{
		400: "FORMAT_ERROR PARAMETER_NOT_CONSISTENT PARAMETER_NOT_SUPPORTED SERVICE_INVALID RESOURCE_UNKNOWN RESOURCE_EXPIRED " +
			"RESOURCE_BLOCKED TIMESTAMP_INVALID PERIOD_INVALID SCA_METHOD_UNKNOWN CONSENT_UNKNOWN SESSIONS_NOT_SUPPORTED RAW",
		401: "CERTIFICATE_INVALID CERTIFICATE_EXPIRED CERTIFICATE_BLOCKED CERTIFICATE_REVOKE CERTIFICATE_MISSING SIGNATURE_INVALID " +
			"SIGNATURE_MISSING CORPORATE_ID_INVALID PSU_CREDENTIALS_INVALID CONSENT_INVALID CONSENT_EXPIRED TOKEN_UNKNOWN TOKEN_INVALID " +
			"TOKEN_EXPIRED RAW",
		403: "CONSENT_UNKNOWN SERVICE_BLOCKED RESOURCE_UNKNOWN RESOURCE_EXPIRED RAW",
		404: "RESOURCE_UNKNOWN RAW",
		405: "SERVICE_INVALID RAW",
		406: "REQUESTED_FORMATS_INVALID RAW",
		409: "STATUS_INVALID RAW",
		413: "FORMAT_ERROR",
		415: "FORMAT_ERROR",
		429: "ACCESS_EXCEEDED RAW",
		500: "INTERNAL_SERVER_ERROR",
		503: "SERVICE_UNAVAILABLE",
	}
}

// allowedPayments are the codes that payments and baskets have beyond them.
func allowedPayments() map[int]string {
	return map[int]string{
		400: "PAYMENT_FAILED EXECUTION_DATE_INVALID REFERENCE_MIX_INVALID",
		403: "PRODUCT_INVALID TPP_KYC_INVALID",
		404: "PRODUCT_UNKNOWN",
		405: "CANCELLATION_INVALID",
		409: "REFERENCE_STATUS_INVALID",
		502: "BANK_SERVICE_UNAVAILABLE",
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, reason := range problem.All() {
		places, ok := faults[reason]
		if !ok {
			t.Errorf("the reason %s has no row", reason)
			continue
		}
		if _, ok := places[problem.Nowhere]; !ok {
			t.Errorf("the reason %s has no row for problem.Nowhere", reason)
		}
		for place, f := range places {
			if !slices.Contains(strings.Fields(allowed()[f.status]+" "+allowedPayments()[f.status]), string(f.code)) {
				t.Errorf("%s at %d is %d %s, which the API does not have", reason, place, f.status, f.code)
			}
		}
	}
	if len(faults) != len(problem.All()) {
		t.Errorf("there are %d rows for %d reasons", len(faults), len(problem.All()))
	}
}

// familyCodes returns the codes by status of a family of the description: those of
// consents with some added and some taken away.
func familyCodes(add, drop map[int]string) map[int]string {
	out := map[int]string{}
	for status, codes := range allowed() {
		words := slices.DeleteFunc(strings.Fields(codes+" "+add[status]), func(w string) bool {
			return slices.Contains(strings.Fields(drop[status]), w)
		})
		out[status] = strings.Join(words, " ")
	}
	for status, codes := range add {
		if out[status] == "" {
			out[status] = codes
		}
	}
	return out
}

// The description has each status with its codes, and no other.
func TestFaultsDescribed(t *testing.T) {
	t.Parallel()
	d, err := loadDescription()
	if err != nil {
		t.Fatal(err)
	}
	payments := familyCodes(map[int]string{
		400: "PAYMENT_FAILED EXECUTION_DATE_INVALID", 401: "REQUIRED_KID_MISSING", 403: "PRODUCT_INVALID TPP_KYC_INVALID",
		404: "PRODUCT_UNKNOWN", 405: "CANCELLATION_INVALID", 502: "BANK_SERVICE_UNAVAILABLE",
	}, map[int]string{400: "SESSIONS_NOT_SUPPORTED", 429: "RAW"})
	baskets := familyCodes(map[int]string{400: "REFERENCE_MIX_INVALID", 403: "TPP_KYC_INVALID", 409: "REFERENCE_STATUS_INVALID"},
		map[int]string{400: "SESSIONS_NOT_SUPPORTED", 429: "RAW"})
	for prefix, family := range map[string]map[int]string{"Ais": allowed(), "Pis": payments, "Bsk": baskets} {
		for status, codes := range family {
			schema := d.doc.Components.Schemas[prefix+"Code"+strconv.Itoa(status)]
			if schema == nil {
				t.Errorf("the description has no %s codes for %d", prefix, status)
				continue
			}
			var got []string
			for _, v := range schema.Value.Enum {
				got = append(got, v.(string))
			}
			want := strings.Fields(codes)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("the description has as %s codes for %d %v, want %v", prefix, status, got, want)
			}
		}
	}
}

// Every operation of the table is described, and none is described that the
// table lacks.
func TestRoutesDescribed(t *testing.T) {
	t.Parallel()
	d, err := loadDescription()
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	for _, rt := range routes() {
		served[rt.operation] = true
		if d.operations[rt.operation] == nil {
			t.Errorf("%s, operation %s, is not in the description", &rt, rt.operation)
		}
	}
	for path, item := range d.doc.Paths.Map() {
		for method, op := range item.Operations() {
			ours := strings.HasPrefix(path, "/psd2/") || strings.HasPrefix(path, "/_sluss/") || strings.Contains(path, "/integration/")
			if ours && !served[op.OperationID] {
				t.Errorf("%s %s, operation %s, is described and not served", method, path, op.OperationID)
			}
		}
	}
}

// TestKYCInvalid is what a call is answered whose organisation lacks a valid
// KYC, in both forms.
func TestKYCInvalid(t *testing.T) {
	t.Parallel()
	p := problem.New(problem.KYCInvalid, "KYC of the organisation is missing or expired")
	p.PSUMessage, p.Links = "Fill in the form.", map[string]string{"kycRedirect": "https://kyc.example.test/kyc/form/?instanceId=1"}
	tests := []struct{ accept, contentType, want string }{
		{
			"application/json", "application/json; charset=utf-8",
			`{"tppMessages":[{"category":"ERROR","code":"TPP_KYC_INVALID","text":"KYC of the organisation is missing or expired"}],` +
				`"psuMessage":"Fill in the form.","_links":{"kycRedirect":{"href":"https://kyc.example.test/kyc/form/?instanceId=1"}}}`,
		},
		{
			"application/problem+json", "application/problem+json",
			`{"type":"urn:sluss:problem:TPP_KYC_INVALID","title":"TPP KYC invalid","detail":"KYC of the organisation is missing or expired",` +
				`"code":"TPP_KYC_INVALID","_links":{"kycRedirect":{"href":"https://kyc.example.test/kyc/form/?instanceId=1"}}}`,
		},
	}
	for _, tt := range tests {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/psd2/consent/v1/consents", nil)
		r.Header.Set("Accept", tt.accept)
		w := httptest.NewRecorder()
		(&Handler{}).writeError(w, r, p)
		if w.Code != http.StatusForbidden || w.Header().Get("Content-Type") != tt.contentType || strings.TrimSpace(w.Body.String()) != tt.want {
			t.Errorf("Accept %s: %d %s\n%s\nwant\n%s", tt.accept, w.Code, w.Header().Get("Content-Type"), w.Body, tt.want)
		}
		if w.Header().Get("WWW-Authenticate") != "" {
			t.Error("the answer has a challenge, though no other token would help")
		}
	}
}

func TestFaultOf(t *testing.T) {
	t.Parallel()
	h := &Handler{}
	tests := []struct {
		name string
		in   problem.Error
		want fault
	}{
		{"default", problem.Error{Reason: problem.ResourceUnknown}, fault{400, psd2.ResourceUnknown}},
		{"in the path", problem.Error{Reason: problem.ResourceUnknown, In: problem.Path}, fault{404, psd2.ResourceUnknown}},
		{"in a header", problem.Error{Reason: problem.ConsentUnknown, In: problem.Header}, fault{403, psd2.ConsentUnknown}},
		{"bank's status", problem.Error{Reason: problem.BankRefused, Status: 401}, fault{401, psd2.Raw}},
		{"bank's own fault", problem.Error{Reason: problem.BankRefused, Status: 500}, fault{400, psd2.Raw}},
		{"no such reason", problem.Error{Reason: "new"}, internalFault},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := h.faultOf(&tt.in); got != tt.want {
				t.Errorf("faultOf(%+v) = %v, want %v", tt.in, got, tt.want)
			}
		})
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	for code, want := range map[psd2.Code]string{
		"": "", "FORMAT_ERROR": "Format error", "TPP_KYC_INVALID": "TPP KYC invalid", "PSU_CREDENTIALS_INVALID": "PSU credentials invalid",
		"SCA_METHOD_UNKNOWN": "SCA method unknown", "CORPORATE_ID_INVALID": "Corporate ID invalid", "RAW": "Message of the bank",
		"STATUS_INVALID": "Status invalid",
	} {
		if got := title(code); got != want {
			t.Errorf("title(%q) = %q, want %q", code, got, want)
		}
	}
}
