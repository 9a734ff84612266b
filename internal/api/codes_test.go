package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluss.example/sluss/internal/bank"
)

// The codes of the API, one part of it after the other: status, code, and the
// situation.
const (
	codesOfPayments = `
		400 SERVICE_INVALID a service that is not offered
		404 RESOURCE_UNKNOWN a service that is not known
		404 PRODUCT_UNKNOWN a product that is not known
		403 PRODUCT_INVALID a product that the bank does not offer
		404 RESOURCE_UNKNOWN read under another product
		400 FORMAT_ERROR a field of the body
		400 FORMAT_ERROR both references
		400 FORMAT_ERROR the payee demands an OCR reference
		400 FORMAT_ERROR the account form
		400 FORMAT_ERROR strict without a quote
		400 EXECUTION_DATE_INVALID a date in the past
		201 WARNING a date that is moved
		201 WARNING converted without a quote
		201 CREDITOR_ACCOUNT_FLAGGED a creditor on a watch list
		409 STATUS_INVALID a key with another body
		400 RESOURCE_UNKNOWN a quote that is unknown
		400 RESOURCE_EXPIRED a quote that has expired
		400 PARAMETER_NOT_CONSISTENT a quote of another amount
		403 CONSENT_UNKNOWN a consent that is unknown
		400 RESOURCE_UNKNOWN a sub-bank that is unknown
		400 PAYMENT_FAILED the bank refuses at once
		403 TPP_KYC_INVALID no KYC
		403 SERVICE_BLOCKED no rights, at once
		200 PSU_RIGHTS_MISSING no rights, at the signature
		503 SERVICE_UNAVAILABLE the bank is down
		502 BANK_SERVICE_UNAVAILABLE the bank is down on GET payment
		502 BANK_SERVICE_UNAVAILABLE the bank is down on GET status
		200 AUTHORISATION_PENDING_API more signatures are needed, on GET status
		200 AUTHORISATION_PENDING_API more signatures are needed, on GET authorisation
		200 RAW refused after the signature
		200 RAW never fully signed
		400 SCA_METHOD_UNKNOWN a method that is unknown
		409 STATUS_INVALID PUT on a started authorisation
		409 STATUS_INVALID PUT on a finished authorisation
		409 STATUS_INVALID POST when it is signed
		409 STATUS_INVALID POST when it is in a live basket
		409 STATUS_INVALID POST by who has signed
		404 RESOURCE_UNKNOWN a payment of another application
		403 RESOURCE_UNKNOWN a payment of another PSU
		403 SERVICE_BLOCKED a payment of the other context
		404 RESOURCE_UNKNOWN an authorisation of another payment
		403 RESOURCE_UNKNOWN PUT on an authorisation of another PSU
		405 CANCELLATION_INVALID DELETE when it is settled
		405 CANCELLATION_INVALID DELETE at a bank that does not cancel
		409 STATUS_INVALID DELETE when it is in a live basket
		409 STATUS_INVALID POST of a cancellation that needs no SCA
		404 RESOURCE_UNKNOWN a cancellation id that is to authorise the payment
		404 RESOURCE_UNKNOWN an authorisation id that is to cancel the payment`
	codesOfBaskets = `
		400 FORMAT_ERROR no ids
		400 FORMAT_ERROR an id twice
		400 PARAMETER_NOT_SUPPORTED consentIds
		405 SERVICE_INVALID a bank without baskets
		400 REFERENCE_MIX_INVALID more than the limit
		400 REFERENCE_MIX_INVALID two debtor accounts
		400 REFERENCE_MIX_INVALID a cross-border payment
		400 REFERENCE_MIX_INVALID a payment of another bank
		409 REFERENCE_STATUS_INVALID a payment that is signed
		409 REFERENCE_STATUS_INVALID a payment with a running authorisation
		409 REFERENCE_STATUS_INVALID a payment in another basket
		400 RESOURCE_UNKNOWN an unknown payment
		400 RESOURCE_UNKNOWN a foreign payment
		403 TPP_KYC_INVALID no KYC for a basket
		409 STATUS_INVALID DELETE after the start
		405 SERVICE_INVALID the list of authorisations
		200 AUTHORISATION_PENDING_API one of two has signed the basket
		200 RAW the bank refuses the basket
		200 RAW a month without full signature
		400 SCA_METHOD_UNKNOWN a method that is unknown, of a basket
		409 STATUS_INVALID POST when the basket is final
		409 STATUS_INVALID PUT when the basket is final
		409 STATUS_INVALID PUT on a started authorisation of a basket
		404 RESOURCE_UNKNOWN a basket that is unknown
		403 RESOURCE_UNKNOWN a basket of another PSU
		403 SERVICE_BLOCKED a basket of the other context
		404 RESOURCE_UNKNOWN an authorisation of another basket`
	codesOfFX = `
		400 FORMAT_ERROR a field of the quote
		400 PARAMETER_NOT_SUPPORTED a currency that is not served
		400 PARAMETER_NOT_SUPPORTED a country that is not served
		400 EXECUTION_DATE_INVALID more than 30 days ahead
		403 TPP_KYC_INVALID no KYC for a quote
		503 SERVICE_UNAVAILABLE no rates
		404 RESOURCE_UNKNOWN another application's quote
		403 SERVICE_BLOCKED a quote of the other context
		400 FORMAT_ERROR a field of the confirm
		400 PARAMETER_NOT_CONSISTENT another amount than quoted
		403 RESOURCE_EXPIRED confirmed too late
		403 RESOURCE_EXPIRED confirmed with another body
		404 RESOURCE_UNKNOWN confirmed by another application
		403 TPP_KYC_INVALID no KYC for the confirm
		400 RESOURCE_EXPIRED a used quote in a header
		400 RESOURCE_UNKNOWN an unknown quote in a header
		400 PARAMETER_NOT_CONSISTENT a mismatch in a header`
	codesOfKYC = `
		401 TOKEN_UNKNOWN new without a token
		401 TOKEN_EXPIRED status with an expired token
		403 SERVICE_BLOCKED new in the private context
		403 SERVICE_BLOCKED status with another scope
		400 FORMAT_ERROR no country
		404 RESOURCE_UNKNOWN new for no organisation number
		404 RESOURCE_UNKNOWN status of no organisation number
		500 - new when something breaks
		500 - status when something breaks`
)

// A codeCase brings a situation about. Most work on a rig that others have used.
type codeCase func(r *rig) *answer

// changesRig are the situations that need another bank, time or configuration:
// they have a rig of their own.
const changesRig = `
	a creditor on a watch list
	the payee demands an OCR reference
	strict without a quote
	a quote that has expired
	never fully signed
	a cancellation id that is to authorise the payment
	an authorisation id that is to cancel the payment
	a bank without baskets
	more than the limit
	a month without full signature
	no rates
	confirmed too late
	status with an expired token
	new when something breaks
	status when something breaks`

// TestEveryCode produces each code of the API. It fails for one that has no
// case.
func TestEveryCode(t *testing.T) {
	t.Parallel()
	for _, file := range []struct {
		name, codes string
		cases       []map[string]codeCase
	}{
		{"payments", codesOfPayments, []map[string]codeCase{createCodes(), quoteCodes(), signCodes(), cancelCodes(), ownerCodes()}},
		{"baskets", codesOfBaskets, []map[string]codeCase{basketCodes(), basketSignCodes()}},
		{"fx", codesOfFX, []map[string]codeCase{fxCodes(), fxUseCodes()}},
		{"kyc", codesOfKYC, []map[string]codeCase{kycCodes()}},
	} {
		t.Run(file.name, func(t *testing.T) {
			t.Parallel()
			cases := map[string]codeCase{}
			for _, m := range file.cases {
				for situation, do := range m {
					cases[situation] = do
				}
			}
			shared := newRig(t)
			for line := range strings.Lines(strings.TrimSpace(file.codes)) {
				f := strings.SplitN(strings.TrimSpace(line), " ", 3)
				do := cases[f[2]]
				delete(cases, f[2])
				if do == nil {
					t.Errorf("no case for %s", line)
					continue
				}
				t.Run(f[2], func(t *testing.T) {
					var r *rig
					if strings.Contains(changesRig+"\n", "\t"+f[2]+"\n") {
						r = newRig(t)
					} else {
						r = shared.calm(t)
					}
					a := do(r)
					if status, _ := strconv.Atoi(f[0]); a.status != status || !slices.Contains(a.codes(), f[1]) {
						t.Errorf("%s = %d %v %s, want %s %s", a.what, a.status, a.codes(), a.body, f[0], f[1])
					}
				})
			}
			for situation := range cases {
				t.Errorf("the tables have no code for %q", situation)
			}
		})
	}
}

// calm returns the rig for a test within its own, with a bank that does as it
// should.
func (r *rig) calm(t *testing.T) *rig {
	for _, method := range []string{"OpenPayment", "CancelPayment"} {
		r.seb.RefuseCall(method, nil)
	}
	r.seb.Down(nil)
	r.seb.Open(bank.OpenedPayment{})
	r.seb.SayBasket(bank.BasketState{})
	inner := *r
	inner.T = t
	return &inner
}

// told returns the payment that the bank was told of last.
func (r *rig) told() string {
	all := r.seb.Submitted()
	return all[len(all)-1]
}

// codes returns the codes of an answer, whatever its form; "-" of one without a
// body.
func (a *answer) codes() (all []string) {
	if a.body == "" {
		return []string{"-"}
	}
	var e struct {
		TPPMessages []struct{ Code string }
		Type        string
	}
	if err := json.Unmarshal([]byte(a.body), &e); err != nil {
		a.Errorf("%s: %v", a.what, err)
	}
	for _, m := range e.TPPMessages {
		all = append(all, m.Code)
	}
	if _, code, ok := strings.Cut(e.Type, "urn:sluss:problem:"); ok {
		all = append(all, code)
	}
	return all
}

// post returns the answer to a payment of the product.
func (r *rig) post(product, body string, header map[string]string) *answer {
	r.Helper()
	return r.paying(call{method: http.MethodPost, path: payments + "/" + product, body: body, header: header})
}

func (r *rig) put(auth, method string) *answer {
	r.Helper()
	return r.paying(call{method: http.MethodPut, path: auth, body: `{"authenticationMethodId":"` + method + `"}`})
}

func (r *rig) get(path string) *answer {
	r.Helper()
	return r.paying(call{path: path})
}

func (r *rig) add(path string) *answer {
	r.Helper()
	return r.paying(call{method: http.MethodPost, path: path})
}

func (r *rig) remove(path string) *answer {
	r.Helper()
	return r.paying(call{method: http.MethodDelete, path: path})
}

// paid returns a payment that is signed, and its authorisation.
func (r *rig) paid() (self, auth string) {
	r.Helper()
	self = r.pay(call{})
	auth = r.begin(self+"/authorisations", call{})
	r.signs(auth, anna, 1, call{})
	return self, auth
}

// half returns what the first of two signers has signed, and the authorisation.
func (r *rig) half(of string) (self, auth string) {
	r.Helper()
	auth = r.begin(of+"/authorisations", ofCompany(anna))
	r.signs(auth, anna, 2, ofCompany(anna))
	return of, auth
}

// of returns the call of another caller.
func (c call) of(path string) call {
	c.path = path
	return c
}
