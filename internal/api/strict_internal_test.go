package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluss.example/sluss/internal/problem"
)

// A fault within one of several schemas is told of where it is, not as that of
// the object around it.
func TestMisfitWithinAllOf(t *testing.T) {
	t.Parallel()
	d, err := loadDescription()
	if err != nil {
		t.Fatal(err)
	}
	body := `{"instructedAmount":{"currency":"SEK","amount":"1.00"},"debtorAccount":{"iban":"SE4550000000058398257466"},
		"creditorAccount":{"iban":"se4550000000058398257466"},"creditorName":"A"}`
	r := httptest.NewRequest(http.MethodPost, "/psd2/paymentinitiation/v1/payments/domestic", strings.NewReader(body))
	r.SetPathValue("product", "domestic")
	err = d.checkBody("initiatePayment", r, []byte(body))
	p, ok := errors.AsType[*problem.Error](err)
	if !ok || p.Field != "creditorAccount.iban" || !strings.Contains(p.Detail, "regular expression") || len(p.Also) != 0 {
		t.Errorf("%+v, want the fault of creditorAccount.iban", p)
	}
}
