package api

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The described codes of payments and currency exchange are those of accounts
// with differences: some more, and these fewer.
func TestPaymentFaultsDescribed(t *testing.T) {
	t.Parallel()
	d, err := loadDescription()
	if err != nil {
		t.Fatal(err)
	}
	more := map[int]string{
		400: "PAYMENT_FAILED EXECUTION_DATE_INVALID", 401: "REQUIRED_KID_MISSING", 403: "PRODUCT_INVALID TPP_KYC_INVALID", 404: "PRODUCT_UNKNOWN",
		405: "CANCELLATION_INVALID", 502: "BANK_SERVICE_UNAVAILABLE",
	}
	fewer := map[int]string{400: "SESSIONS_NOT_SUPPORTED", 429: "RAW"}
	statuses := allowed()
	statuses[502] = ""
	for status, codes := range statuses {
		want := slices.DeleteFunc(strings.Fields(codes+" "+more[status]), func(c string) bool { return c == fewer[status] })
		schema := d.doc.Components.Schemas["PisCode"+strconv.Itoa(status)]
		if schema == nil {
			t.Errorf("the description has no codes for %d", status)
			continue
		}
		var got []string
		for _, v := range schema.Value.Enum {
			got = append(got, v.(string))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("the description has for %d %v, want %v", status, got, want)
		}
	}
}
