package api_test

import (
	"net/http"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/psd2"
)

func createCodes() map[string]codeCase {
	refused := func(err error) codeCase {
		return func(r *rig) *answer {
			r.seb.RefuseCall("OpenPayment", err)
			return r.post("domestic", goodDomestic, nil)
		}
	}
	with := func(product, body string, header map[string]string) codeCase {
		return func(r *rig) *answer { return r.post(product, body, header) }
	}
	simulating := func(product, body string) codeCase {
		return func(r *rig) *answer {
			simulated(r)
			return r.post(product, body, nil)
		}
	}
	field := func(body, old, new string) string { return strings.Replace(body, old, new, 1) }
	return map[string]codeCase{
		"a service that is not offered":          func(r *rig) *answer { return r.add(initiation + "/bulk-payments/domestic") },
		"a service that is not known":            func(r *rig) *answer { return r.add(initiation + "/other/domestic") },
		"a product that is not known":            with("instant", goodDomestic, nil),
		"a product that the bank does not offer": with("domestic", goodDomestic, map[string]string{"X-BicFi": "NDEAFIHH"}),
		"a field of the body":                    with("domestic", field(goodDomestic, "150.00", "x"), nil),
		"both references":                        with("swedish-giro", field(goodGiro, "{", `{"invoiceRef":"1",`), nil),
		"the payee demands an OCR reference":     simulating("swedish-giro", field(field(goodGiro, "5050-1055", "5050-2061"), "1234567897", "1234567890")),
		"a date in the past":                     with("domestic", field(goodDomestic, "{", `{"requestedExecutionDate":"2026-11-22",`), nil),
		"a creditor on a watch list":             simulating("swedish-giro", field(goodGiro, "5050-1055", "5555-5551")),
		"a consent that is unknown":              with("domestic", goodDomestic, map[string]string{"Consent-ID": requestID}),
		"a sub-bank that is unknown":             with("domestic", goodDomestic, map[string]string{"X-AffiliatedASPSP-ID": "1"}),
		"the bank refuses at once":               refused(problem.New(problem.PaymentFailed, "no")),
		"no rights, at once":                     refused(problem.New(problem.RightsMissing, "no")),
		"the bank is down":                       refused(problem.New(problem.BankUnavailable, "down")),
		"a date that is moved": func(r *rig) *answer {
			r.seb.Open(bank.OpenedPayment{Moved: true, ExecutionDate: noon().AddDate(0, 0, 1)})
			return r.post("domestic", goodDomestic, nil)
		},
		"the account form": func(r *rig) *answer {
			r.seb.RefuseCall("OpenPayment", problem.New(problem.FormatInvalid, "the bank wants an IBAN").At("debtorAccount"))
			return r.post("domestic", goodDomestic, nil).want(400, "FORMAT_ERROR", "debtorAccount")
		},
		"a key with another body": func(r *rig) *answer {
			r.post("domestic", goodDomestic, map[string]string{"Idempotency-Key": "k"}).want(201, "", "")
			return r.post("domestic", field(goodDomestic, "150", "151"), map[string]string{"Idempotency-Key": "k"})
		},
		"no KYC": func(r *rig) *answer {
			return r.paying(call{
				method: http.MethodPost, path: payments + "/domestic", body: goodDomestic, scope: paysCompany,
				header: map[string]string{"PSU-Corporate-ID": "5560160681"},
			})
		},
		"no rights, at the signature": func(r *rig) *answer {
			auth := r.begin(r.pay(call{})+"/authorisations", call{})
			r.seb.Answer(bank.SCAState{Status: sca.Failed, Failure: sca.RightsMissing})
			return r.get(auth)
		},
	}
}

// abroad returns the answer to a payment at the rate of a quote.
func (r *rig) abroad(quote, body string) *answer {
	r.Helper()
	return r.paying(call{
		method: http.MethodPost, path: payments + "/cross-border", body: body, scope: paysCompany, header: map[string]string{"FX-Quote-Id": quote},
	})
}

func mismatchedQuote(r *rig) *answer {
	return r.abroad(r.quote(asked(goodQuote)).FXQuoteID, strings.Replace(goodAbroad, "130.00", "131.00", 1))
}

func unknownQuote(r *rig) *answer { return r.abroad("Z999999ZZZ", goodAbroad) }

func quoteCodes() map[string]codeCase {
	converted := func(r *rig) *answer {
		r.seb.Open(bank.OpenedPayment{Converted: true})
		return r.post("cross-border", goodAbroad, nil)
	}
	return map[string]codeCase{
		"a quote that is unknown": unknownQuote,
		"a quote that has expired": func(r *rig) *answer {
			id := r.quote(asked(goodQuote)).FXQuoteID
			r.clock.Advance(36 * time.Hour)
			return r.abroad(id, goodAbroad)
		},
		"a quote of another amount": mismatchedQuote,
		"converted without a quote": converted,
		"strict without a quote": func(r *rig) *answer {
			r.api.Strict = true
			return converted(r).want(400, "FORMAT_ERROR", "FX-Quote-Id")
		},
	}
}

func signCodes() map[string]codeCase {
	down := func(path string) codeCase {
		return func(r *rig) *answer {
			self := r.pay(call{})
			r.seb.Down(problem.New(problem.BankUnavailable, "down"))
			return r.get(self + path)
		}
	}
	return map[string]codeCase{
		"the bank is down on GET payment": down(""),
		"the bank is down on GET status":  down("/status"),
		"more signatures are needed, on GET status": func(r *rig) *answer {
			self, _ := r.half(r.pay(ofCompany(anna)))
			return r.paying(ofCompany(bo).of(self + "/status"))
		},
		"more signatures are needed, on GET authorisation": func(r *rig) *answer {
			_, auth := r.half(r.pay(ofCompany(anna)))
			return r.paying(ofCompany(bo).of(auth))
		},
		"refused after the signature": func(r *rig) *answer {
			self, _ := r.paid()
			r.seb.Say(r.told(), bank.PaymentState{Status: payment.RJCT, Reason: "no cover"})
			return r.get(self + "/status")
		},
		"never fully signed": func(r *rig) *answer {
			self := r.pay(call{})
			r.clock.Advance(30 * 24 * time.Hour)
			return r.get(self + "/status")
		},
		"a method that is unknown": func(r *rig) *answer { return r.put(r.authorise2(r.pay(call{})), "otp") },
		"PUT on a started authorisation": func(r *rig) *answer {
			return r.put(r.begin(r.pay(call{})+"/authorisations", call{}), "mbid")
		},
		"PUT on a finished authorisation": func(r *rig) *answer {
			_, auth := r.paid()
			return r.put(auth, "mbid")
		},
		"POST when it is signed": func(r *rig) *answer {
			self, _ := r.paid()
			return r.add(self + "/authorisations")
		},
		"POST when it is in a live basket": func(r *rig) *answer {
			self := r.pay(call{})
			r.basket(call{}, self)
			return r.add(self + "/authorisations")
		},
		"POST by who has signed": func(r *rig) *answer {
			self, _ := r.half(r.pay(ofCompany(anna)))
			c := ofCompany(anna).of(self + "/authorisations")
			c.method = http.MethodPost
			return r.paying(c)
		},
	}
}

func cancelCodes() map[string]codeCase {
	return map[string]codeCase{
		"DELETE when it is settled": func(r *rig) *answer {
			self, _ := r.paid()
			r.seb.Say(r.told(), bank.PaymentState{Status: payment.ACSC})
			return r.remove(self)
		},
		"DELETE at a bank that does not cancel": func(r *rig) *answer {
			self, _ := r.paid()
			r.seb.RefuseCall("CancelPayment", problem.New(problem.CancellationInvalid, "the bank does not cancel"))
			return r.remove(self)
		},
		"DELETE when it is in a live basket": func(r *rig) *answer {
			self := r.pay(call{})
			r.basket(call{}, self)
			return r.remove(self)
		},
		"POST of a cancellation that needs no SCA": func(r *rig) *answer {
			self, _ := r.paid()
			return r.add(self + "/cancellation-authorisations")
		},
		"a cancellation id that is to authorise the payment": func(r *rig) *answer {
			r.seb.Profile.CancelNeedsSCA = true
			self, _ := r.paid()
			id := r.authorise3(self)
			return r.put(self+"/authorisations/"+id[strings.LastIndex(id, "/")+1:], "mbid")
		},
		"an authorisation id that is to cancel the payment": func(r *rig) *answer {
			r.seb.Profile.CancelNeedsSCA = true
			self, auth := r.paid()
			return r.put(self+"/cancellation-authorisations/"+auth[strings.LastIndex(auth, "/")+1:], "mbid")
		},
	}
}

// authorise3 makes the authorisation of a cancellation and returns its path.
func (r *rig) authorise3(self string) string {
	r.Helper()
	var created psd2.AuthorisationCreated
	r.add(self+"/cancellation-authorisations").want(201, "", "").decode(&created)
	return created.Links.SCAStatus.Href
}

func ownerCodes() map[string]codeCase {
	return map[string]codeCase{
		"read under another product": func(r *rig) *answer {
			return r.get(strings.Replace(r.pay(call{}), "domestic", "swedish-giro", 1))
		},
		"a payment of another application": func(r *rig) *answer { return r.paying(call{app: appB}.of(r.pay(call{}))) },
		"a payment of another PSU":         func(r *rig) *answer { return r.paying(call{header: map[string]string{"PSU-ID": bo}}.of(r.pay(call{}))) },
		"a payment of the other context":   func(r *rig) *answer { return r.paying(ofCompany(anna).of(r.pay(call{}))) },
		"an authorisation of another payment": func(r *rig) *answer {
			one, two := r.pay(call{}), r.pay(call{})
			return r.get(strings.Replace(r.authorise2(one), one, two, 1))
		},
		"PUT on an authorisation of another PSU": func(r *rig) *answer {
			c := ofCompany(anna).of(r.pay(ofCompany(anna)) + "/authorisations")
			c.method = http.MethodPost
			var created psd2.AuthorisationCreated
			r.paying(c).want(201, "", "").decode(&created)
			put := ofCompany(bo).of(created.Links.SCAStatus.Href)
			put.method, put.body = http.MethodPut, `{"authenticationMethodId":"mbid"}`
			return r.paying(put)
		},
	}
}
