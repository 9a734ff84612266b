package api_test

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"sluss.example/sluss/internal/bank"
)

func basketCodes() map[string]codeCase {
	of := func(body string) codeCase {
		return func(r *rig) *answer { return r.paying(call{method: http.MethodPost, path: baskets, body: body}) }
	}
	with := func(others ...func(r *rig) string) codeCase {
		return func(r *rig) *answer {
			paths := []string{r.pay(call{})}
			for _, other := range others {
				paths = append(paths, other(r))
			}
			return of(basketBody(paths...))(r)
		}
	}
	foreign := func(r *rig) string { return r.pay(call{app: appB}) }
	return map[string]codeCase{
		"no ids":      of("{}"),
		"an id twice": func(r *rig) *answer { p := r.pay(call{}); return of(basketBody(p, p))(r) },
		"consentIds": func(r *rig) *answer {
			return of(strings.Replace(basketBody(r.pay(call{})), "{", `{"consentIds":["x"],`, 1))(r)
		},
		"a bank without baskets": func(r *rig) *answer {
			r.seb.Profile.Baskets = false
			return with()(r)
		},
		"more than the limit": func(r *rig) *answer {
			r.seb.Profile.BasketLimit = 1
			return with(func(r *rig) string { return r.pay(call{}) })(r)
		},
		"two debtor accounts": with(func(r *rig) string {
			return r.pay(call{body: strings.Replace(goodDomestic, "SE4550000000058398257466", "SE7280000810340009783242", 1)})
		}),
		"a cross-border payment":    with(func(r *rig) string { return r.pay(call{path: payments + "/cross-border"}) }),
		"a payment of another bank": with(func(r *rig) string { return r.pay(call{header: map[string]string{"X-BicFi": "HANDSESS"}}) }),
		"a payment that is signed":  with(func(r *rig) string { self, _ := r.paid(); return self }),
		"a payment in another basket": with(func(r *rig) string {
			self := r.pay(call{})
			r.basket(call{}, self)
			return self
		}),
		"a payment with a running authorisation": with(func(r *rig) string {
			self := r.pay(call{})
			r.begin(self+"/authorisations", call{})
			return self
		}),
		"an unknown payment": with(func(*rig) string { return payments + "/domestic/" + requestID }),
		"a foreign payment":  with(foreign),
		"no KYC for a basket": func(r *rig) *answer {
			return r.paying(call{
				method: http.MethodPost, path: baskets, body: basketBody(r.pay(call{})), scope: paysCompany, header: map[string]string{"PSU-Corporate-ID": "5560160681"},
			})
		},
	}
}

func basketSignCodes() map[string]codeCase {
	one := func(r *rig) string { return r.basket(call{}, r.pay(call{})) }
	deleted := func(r *rig) (self, auth string) {
		self = one(r)
		auth = r.authorise2(self)
		r.remove(self).want(204, "", "")
		return self, auth
	}
	return map[string]codeCase{
		"DELETE after the start": func(r *rig) *answer {
			self := one(r)
			r.begin(self+"/authorisations", call{})
			return r.remove(self)
		},
		"the list of authorisations": func(r *rig) *answer { return r.get(one(r) + "/authorisations") },
		"one of two has signed the basket": func(r *rig) *answer {
			self, _ := r.half(r.basket(ofCompany(anna), r.pay(ofCompany(anna))))
			return r.paying(ofCompany(bo).of(self + "/status"))
		},
		"the bank refuses the basket": func(r *rig) *answer {
			self := one(r)
			r.seb.SayBasket(bank.BasketState{Refused: true, Reason: "no"})
			return r.get(self)
		},
		"a month without full signature": func(r *rig) *answer {
			self := one(r)
			r.clock.Advance(30 * 24 * time.Hour)
			return r.get(self + "/status")
		},
		"a method that is unknown, of a basket": func(r *rig) *answer { return r.put(r.authorise2(one(r)), "otp") },
		"POST when the basket is final": func(r *rig) *answer {
			self, _ := deleted(r)
			return r.add(self + "/authorisations")
		},
		"PUT when the basket is final": func(r *rig) *answer {
			_, auth := deleted(r)
			return r.put(auth, "mbid")
		},
		"PUT on a started authorisation of a basket": func(r *rig) *answer {
			return r.put(r.begin(one(r)+"/authorisations", call{}), "mbid")
		},
		"a basket that is unknown":      func(r *rig) *answer { return r.get(baskets + "/" + requestID) },
		"a basket of another PSU":       func(r *rig) *answer { return r.paying(call{header: map[string]string{"PSU-ID": bo}}.of(one(r))) },
		"a basket of the other context": func(r *rig) *answer { return r.paying(ofCompany(anna).of(one(r))) },
		"an authorisation of another basket": func(r *rig) *answer {
			a, b := one(r), one(r)
			return r.get(strings.Replace(r.authorise2(a), a, b, 1))
		},
	}
}

func fxCodes() map[string]codeCase {
	ask := func(old, new string) codeCase {
		return func(r *rig) *answer { return r.do(asked(strings.Replace(goodQuote, old, new, 1))) }
	}
	return map[string]codeCase{
		"a field of the quote":          ask(`"130.00"`, `"x"`),
		"a currency that is not served": ask("USD", "XAU"),
		"a country that is not served":  ask(`"US"`, `"KP"`),
		"more than 30 days ahead":       ask("{", `{"requestedExecutionDate":"2026-12-24",`),
		"no KYC for a quote": func(r *rig) *answer {
			c := asked(goodQuote)
			c.header["PSU-Corporate-ID"] = "5560160681"
			return r.do(c)
		},
		"no rates": func(r *rig) *answer {
			r.api.FX.Source = dry{}
			return r.do(asked(goodQuote))
		},
		"another application's quote": func(r *rig) *answer {
			return r.do(call{path: quotes + "/" + r.quote(asked(goodQuote)).FXQuoteID, app: appB, scope: forFX, header: bare(nil)})
		},
		"a quote of the other context": func(r *rig) *answer {
			return r.do(call{path: quotes + "/" + r.quote(asked(goodQuote)).FXQuoteID, scope: paysPrivate, header: bare(nil)})
		},
	}
}

func fxUseCodes() map[string]codeCase {
	return map[string]codeCase{
		"an unknown quote in a header": unknownQuote,
		"a mismatch in a header":       mismatchedQuote,
		"a used quote in a header": func(r *rig) *answer {
			id := r.quote(asked(goodQuote)).FXQuoteID
			r.abroad(id, goodAbroad).want(201, "", "")
			return r.abroad(id, goodAbroad)
		},
		"a field of the confirm": func(r *rig) *answer {
			return r.do(confirmed(r.quote(asked(goodQuote)).FXQuoteID, strings.Replace(goodAbroad, `"Vendor Inc"`, `""`, 1)))
		},
		"another amount than quoted": func(r *rig) *answer {
			return r.do(confirmed(r.quote(asked(goodQuote)).FXQuoteID, strings.Replace(goodAbroad, "130.00", "131.00", 1)))
		},
		"confirmed too late": func(r *rig) *answer {
			id := r.quote(asked(goodQuote)).FXQuoteID
			r.clock.Advance(36 * time.Hour)
			return r.do(confirmed(id, goodAbroad))
		},
		"confirmed with another body": func(r *rig) *answer {
			id := r.quote(asked(goodQuote)).FXQuoteID
			r.do(confirmed(id, goodAbroad)).want(200, "", "")
			return r.do(confirmed(id, strings.Replace(goodAbroad, "Vendor", "Other", 1)))
		},
		"confirmed by another application": func(r *rig) *answer {
			c := confirmed(r.quote(asked(goodQuote)).FXQuoteID, goodAbroad)
			c.app = appB
			return r.do(c)
		},
		"no KYC for the confirm": func(r *rig) *answer {
			c := confirmed(r.quote(asked(goodQuote)).FXQuoteID, goodAbroad)
			c.header["PSU-Corporate-ID"] = "5560160681"
			return r.do(c)
		},
	}
}

func kycCodes() map[string]codeCase {
	const status, create = "/kyc/integration/v1/status/5560160681", "/kyc/integration/v1/new/5560160681?countryCode=SE"
	broken := func(c call) codeCase {
		return func(r *rig) *answer {
			r.api.KYC = brokenKYC{errors.New("disk on fire")}
			return r.kycCall(c)
		}
	}
	of := func(c call) codeCase { return func(r *rig) *answer { return r.kycCall(c) } }
	return map[string]codeCase{
		"new without a token": of(call{method: http.MethodPost, path: create, header: map[string]string{"Authorization": ""}}),
		"status with an expired token": func(r *rig) *answer {
			token := r.known(appA, kycScope)
			r.clock.Advance(2 * time.Hour)
			return r.kycCall(call{path: status, header: map[string]string{"Authorization": "Bearer " + token}})
		},
		"new in the private context":       of(call{method: http.MethodPost, path: create, scope: paysPrivate}),
		"status with another scope":        of(call{path: status, scope: "accountinformation corporate"}),
		"no country":                       of(call{method: http.MethodPost, path: strings.TrimSuffix(create, "?countryCode=SE")}),
		"new for no organisation number":   of(call{method: http.MethodPost, path: "/kyc/integration/v1/new/12?countryCode=SE"}),
		"status of no organisation number": of(call{path: "/kyc/integration/v1/status/12"}),
		"new when something breaks":        broken(call{method: http.MethodPost, path: create}),
		"status when something breaks":     broken(call{path: status}),
	}
}
