package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/psd2"
)

func TestASPSPs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	stockholm, helsinki := aspsp.CityID("SE", "Stockholm"), aspsp.CityID("FI", "Helsinki")
	tests := []struct{ name, query, want string }{
		{"all, by name", "", "HANDSESS NDEAFIHH ESSESESS"},
		{"country", "?isoCountryCodes=FI", "NDEAFIHH"},
		{"lower case", "?isoCountryCodes=fi", "NDEAFIHH"},
		{"commas and blanks", "?isoCountryCodes=FI,%20SE", "HANDSESS NDEAFIHH ESSESESS"},
		{"repeated and commas", "?isoCountryCodes=FI&isoCountryCodes=DK,NO", "NDEAFIHH"},
		{"no bank there", "?isoCountryCodes=FR", ""},
		{"empty is absent", "?isoCountryCodes=&cityIds=", "HANDSESS NDEAFIHH ESSESESS"},
		{"unknown parameter", "?countryCodes=FI", "HANDSESS NDEAFIHH ESSESESS"},
		{"city", "?cityIds=" + stockholm, "HANDSESS ESSESESS"},
		{"city in capitals, repeated", "?cityIds=" + strings.ToUpper(helsinki) + "&cityIds=" + stockholm, "HANDSESS NDEAFIHH ESSESESS"},
		{"union", "?isoCountryCodes=FI&cityIds=" + stockholm, "HANDSESS NDEAFIHH ESSESESS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var list psd2.ASPSPList
			r.do(call{path: aspsps + "/aspsps" + tt.query}).want(http.StatusOK, "", "").decode(&list)
			var got []string
			for _, e := range list.ASPSPs {
				got = append(got, e.BICFI)
			}
			if strings.Join(got, " ") != tt.want || list.ASPSPs == nil {
				t.Errorf("GET /aspsps%s = %v, want %s", tt.query, got, tt.want)
			}
		})
	}
}

func TestASPSPItem(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do(call{path: aspsps + "/aspsps?cityIds=" + aspsp.CityID("SE", "Stockholm")}).want(http.StatusOK, "", "")
	want := `{"aspsps":[{"bicFi":"HANDSESS","name":"Handelsbanken","countryCode":"SE"},` +
		`{"bicFi":"ESSESESS","name":"SEB","logoUrl":"https://api.example.test/_sluss/v1/logos/ESSESESS.svg","countryCode":"SE"}]}` + "\n"
	if a.body != want {
		t.Errorf("GET /aspsps = %s, want %s", a.body, want)
	}
	if got := a.header.Get("Cache-Control"); got != "private, max-age=3600" {
		t.Errorf("GET /aspsps has Cache-Control %q", got)
	}
}

func TestASPSP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, bic := range []string{"ESSESESS", "essesess", "ESSESESSXXX"} {
		var got psd2.ASPSP
		r.do(call{path: aspsps + "/aspsps/" + bic}).want(http.StatusOK, "", "").decode(&got)
		yes := true
		want := psd2.ASPSP{
			BICFI: "ESSESESS", Name: "SEB", LogoURL: apiBase + "/_sluss/v1/logos/ESSESESS.svg", City: "Stockholm", Country: "Sweden",
			PostalCode: "106 40", StreetAddress: "Testgatan 1", CompanyNumber: "5020329081", Phone: "+46 8 000", WebsiteURL: "https://seb.example.test",
			GlobalPaymentProducts: []string{"domestic", "swedish-giro", "cross-border", "sepa-credit-transfers"},
			SupportedAuthorizationMethods: []psd2.AuthorizationMethod{
				{Name: "OAuth2", URI: authBase + "/.well-known/openid-configuration"}, {Name: "Decoupled"},
			},
			AffiliatedASPSPs: []psd2.AffiliatedASPSP{{ID: "08999", Name: "Example Sparbank"}},
			AccountInformation: psd2.AccountCapabilities{
				TransactionHistoryMaxDays: 90, ExtendedTransactionHistoryMaxDays: 760, ExtendedTransactionHistoryAvailableWindowMinutes: 60,
			},
			PaymentInitiation: psd2.PaymentCapabilities{SigningBasketsSupported: &yes, SigningBasketLimit: 100},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("GET /aspsps/%s (-want +got)\n%s", bic, diff)
		}
	}
	a := r.do(call{path: aspsps + "/aspsps/NDEAFIHH"}).want(http.StatusOK, "", "")
	for _, part := range []string{
		`"globalPaymentProducts":[]`, `"affiliatedAspsps":[]`, `"paymentInitiation":{}`, `"postalCode":""`,
		`"supportedAuthorizationMethods":[{"name":"OAuth2","uri":`,
	} {
		if !strings.Contains(a.body, part) {
			t.Errorf("GET /aspsps/NDEAFIHH = %s, want %s in it", a.body, part)
		}
	}
}

func TestCountriesAndCities(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	helsinki, stockholm := aspsp.CityID("FI", "Helsinki"), aspsp.CityID("SE", "Stockholm")
	finland := `{"isoCountryCode":"FI","name":"Finland"}`
	city := `{"cityId":"` + helsinki + `","name":"Helsinki","isoCountryCode":"FI"}`
	capital := `{"cityId":"` + stockholm + `","name":"Stockholm","isoCountryCode":"SE"}`
	tests := []struct{ path, want string }{
		{"/countries", `{"countries":[` + finland + `,{"isoCountryCode":"SE","name":"Sweden"}]}`},
		{"/countries?isoCountryCodes=fi,NO", `{"countries":[` + finland + `]}`},
		{"/countries?isoCountryCodes=NO", `{"countries":[]}`},
		{"/countries?cityIds=not-a-parameter-here", `{"countries":[` + finland + `,{"isoCountryCode":"SE","name":"Sweden"}]}`},
		{"/countries/fi", finland},
		{"/cities", `{"cities":[` + city + `,` + capital + `]}`},
		{"/cities?isoCountryCodes=SE", `{"cities":[` + capital + `]}`},
		{"/cities?isoCountryCodes=SE&cityIds=" + helsinki, `{"cities":[` + city + `,` + capital + `]}`},
		{"/cities/" + helsinki, city},
		{"/cities/" + strings.ToUpper(helsinki), city},
	}
	for _, tt := range tests {
		a := r.do(call{path: aspsps + tt.path, scope: "paymentinitiation private"}).want(http.StatusOK, "", "")
		if a.body != tt.want+"\n" {
			t.Errorf("GET %s = %s, want %s", tt.path, a.body, tt.want)
		}
	}
}

func TestDirectoryFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tests := []struct {
		path       string
		wantStatus int
		wantCode   string
		wantPath   string
	}{
		{"/aspsps?isoCountryCodes=SWE", 400, "FORMAT_ERROR", "isoCountryCodes"},
		{"/aspsps?isoCountryCodes=SE,1", 400, "FORMAT_ERROR", "isoCountryCodes"},
		{"/aspsps?isoCountryCodes=ZZ", 404, "RESOURCE_UNKNOWN", "isoCountryCodes"},
		{"/aspsps?cityIds=1", 400, "FORMAT_ERROR", "cityIds"},
		{"/aspsps?cityIds=" + requestID, 404, "RESOURCE_UNKNOWN", "cityIds"},
		{"/aspsps/ESSE", 400, "FORMAT_ERROR", "bicFi"},
		{"/aspsps/ESSESESS1", 400, "FORMAT_ERROR", "bicFi"},
		{"/aspsps/DNBANOKK", 404, "RESOURCE_UNKNOWN", "bicFi"},
		{"/aspsps/ESSESESS001", 404, "RESOURCE_UNKNOWN", "bicFi"},
		{"/countries/SWE", 400, "FORMAT_ERROR", "isoCountryCode"},
		{"/countries/FR", 404, "RESOURCE_UNKNOWN", "isoCountryCode"},
		{"/countries/ZZ", 404, "RESOURCE_UNKNOWN", "isoCountryCode"},
		{"/cities/stockholm", 400, "FORMAT_ERROR", "cityId"},
		{"/cities/" + requestID, 404, "RESOURCE_UNKNOWN", "cityId"},
	}
	for _, tt := range tests {
		a := r.do(call{path: aspsps + tt.path, header: map[string]string{"Accept": "application/problem+json, application/json"}})
		a.want(tt.wantStatus, tt.wantCode, tt.wantPath)
		if got := a.header.Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("GET %s has Content-Type %q: the directory knows tppMessages only", tt.path, got)
		}
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("GET %s has Cache-Control %q", tt.path, got)
		}
	}
}

func TestLogo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.send(call{method: http.MethodGet, path: "/_sluss/v1/logos/ESSESESS.svg"}, http.Header{"Accept": {"image/*"}}).want(http.StatusOK, "", "")
	got := map[string]string{"body": a.body}
	for _, name := range []string{"Content-Type", "Content-Security-Policy", "X-Content-Type-Options", "Cache-Control"} {
		got[name] = a.header.Get(name)
	}
	want := map[string]string{
		"body": "<svg/>", "Content-Type": "image/svg+xml", "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=86400",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("GET logo (-want +got)\n%s", diff)
	}
	r.send(call{method: http.MethodGet, path: "/_sluss/v1/logos/HANDSESS.svg"}, http.Header{}).want(http.StatusNotFound, "RESOURCE_UNKNOWN", "bicFi")
	r.send(call{method: http.MethodGet, path: "/_sluss/v1/logos/DNBANOKK.svg"}, http.Header{}).want(http.StatusNotFound, "RESOURCE_UNKNOWN", "bicFi")
	r.send(call{method: http.MethodGet, path: "/_sluss/v1/logos/ESSESESS"}, http.Header{}).want(http.StatusNotFound, "RESOURCE_UNKNOWN", "")
}
