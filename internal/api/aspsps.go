package api

import (
	"net/http"
	"regexp"
	"strings"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// directoryRoutes are the endpoints of the bank directory, and the logos that
// it leads to.
func directoryRoutes() []route {
	const prefix = "/psd2/aspspinformation/v1"
	var routes []route
	for _, rt := range []route{
		{path: "/aspsps", operation: "getAspsps", serve: (*Handler).getASPSPs},
		{path: "/aspsps/{bicFi}", operation: "getAspsp", serve: (*Handler).getASPSP},
		{path: "/countries", operation: "getCountries", serve: (*Handler).getCountries},
		{path: "/countries/{isoCountryCode}", operation: "getCountry", serve: (*Handler).getCountry},
		{path: "/cities", operation: "getCities", serve: (*Handler).getCities},
		{path: "/cities/{cityId}", operation: "getCity", serve: (*Handler).getCity},
	} {
		rt.method, rt.path, rt.family = http.MethodGet, prefix+rt.path, directoryFamily
		// Any of the three: an app without the grant of its own for the
		// directory can still list banks.
		rt.scopes = []scope.API{scope.ASPSPInformation, scope.AccountInformation, scope.PaymentInitiation}
		routes = append(routes, rt)
	}
	return append(routes, route{
		method: http.MethodGet, path: logoPath + "{file}", operation: "getLogo", family: directoryFamily, serve: (*Handler).getLogo,
	})
}

// logoPath is the path that a BICFI and ".svg" follow.
const logoPath = "/_sluss/v1/logos/"

// getASPSPs serves GET /psd2/aspspinformation/v1/aspsps, operation getAspsps.
func (h *Handler) getASPSPs(w http.ResponseWriter, r *http.Request) error {
	f, err := h.directoryFilter(r, true)
	if err != nil {
		return err
	}
	list := psd2.ASPSPList{ASPSPs: []psd2.ASPSPItem{}}
	for _, e := range aspsp.Select(h.Banks.Entries(), f) {
		list.ASPSPs = append(list.ASPSPs, psd2.ASPSPItem{
			BICFI: string(e.BICFI), Name: e.Name, LogoURL: h.logoURL(&e), CountryCode: e.CountryCode,
		})
	}
	return writeDirectory(w, list)
}

// getASPSP serves GET /psd2/aspspinformation/v1/aspsps/{bicFi}, operation
// getAspsp.
func (h *Handler) getASPSP(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(pathValue(r, "bicFi"))
	if err != nil {
		return err
	}
	return writeDirectory(w, h.aspspDetails(e))
}

// getCountries serves GET /psd2/aspspinformation/v1/countries, operation
// getCountries.
func (h *Handler) getCountries(w http.ResponseWriter, r *http.Request) error {
	f, err := h.directoryFilter(r, false)
	if err != nil {
		return err
	}
	list := psd2.CountryList{Countries: []psd2.Country{}}
	for _, c := range aspsp.Countries(h.Banks.Entries(), f) {
		list.Countries = append(list.Countries, psd2.Country{ISOCountryCode: c.Code, Name: c.Name})
	}
	return writeDirectory(w, list)
}

// getCountry serves GET
// /psd2/aspspinformation/v1/countries/{isoCountryCode}, operation getCountry.
func (h *Handler) getCountry(w http.ResponseWriter, r *http.Request) error {
	code := pathValue(r, "isoCountryCode")
	if !countryForm.MatchString(code) {
		return inDirectoryPath(problem.New(problem.FormatInvalid, "must be two letters"), "isoCountryCode")
	}
	c, ok := aspsp.CountryByCode(h.Banks.Entries(), strings.ToUpper(code))
	if !ok {
		return inDirectoryPath(problem.New(problem.ResourceUnknown, "no bank in such a country"), "isoCountryCode")
	}
	return writeDirectory(w, psd2.Country{ISOCountryCode: c.Code, Name: c.Name})
}

// getCities serves GET /psd2/aspspinformation/v1/cities, operation getCities.
func (h *Handler) getCities(w http.ResponseWriter, r *http.Request) error {
	f, err := h.directoryFilter(r, true)
	if err != nil {
		return err
	}
	list := psd2.CityList{Cities: []psd2.City{}}
	for _, c := range aspsp.Cities(h.Banks.Entries(), f) {
		list.Cities = append(list.Cities, psd2.City{CityID: c.ID, Name: c.Name, ISOCountryCode: c.CountryCode})
	}
	return writeDirectory(w, list)
}

// getCity serves GET /psd2/aspspinformation/v1/cities/{cityId}, operation
// getCity.
func (h *Handler) getCity(w http.ResponseWriter, r *http.Request) error {
	id := pathValue(r, "cityId")
	if !ident.IsUUID(id) {
		return inDirectoryPath(problem.New(problem.FormatInvalid, "must be a UUID"), "cityId")
	}
	c, ok := aspsp.CityByID(h.Banks.Entries(), strings.ToLower(id))
	if !ok {
		return inDirectoryPath(problem.New(problem.ResourceUnknown, "no such city"), "cityId")
	}
	return writeDirectory(w, psd2.City{CityID: c.ID, Name: c.Name, ISOCountryCode: c.CountryCode})
}

// getLogo serves GET /_sluss/v1/logos/{bicFi}.svg, operation getLogo. A logo
// is data of ours, but is sandboxed all the same: an SVG can hold a script.
func (h *Handler) getLogo(w http.ResponseWriter, r *http.Request) error {
	bicfi, ok := strings.CutSuffix(r.PathValue("file"), ".svg")
	if !ok {
		return problem.New(problem.PathUnknown, "no such path")
	}
	e, err := h.entry(bicfi)
	if err != nil {
		return err
	}
	if len(e.Logo) == 0 {
		return inDirectoryPath(problem.New(problem.ResourceUnknown, "the bank has no logo here"), "bicFi")
	}
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin") // portals of TPPs show it
	header.Set("Cache-Control", "public, max-age=86400")
	return web.WriteBody(w, http.StatusOK, "image/svg+xml", e.Logo)
}

// entry returns the entry of a BIC in the path.
func (h *Handler) entry(s string) (*aspsp.ASPSP, error) {
	id, err := ident.ParseBICFI(s) // the path takes any case, unlike the header
	if err != nil {
		return nil, inDirectoryPath(err, "bicFi")
	}
	entries := h.Banks.Entries()
	for i := range entries {
		if entries[i].BICFI == id {
			return &entries[i], nil
		}
	}
	return nil, inDirectoryPath(problem.New(problem.ResourceUnknown, "no bank with this BIC"), "bicFi")
}

func inDirectoryPath(err error, field string) error {
	return problem.Blame(err, problem.Path, field)
}

// writeDirectory writes an answer that the client may keep for an hour.
func writeDirectory(w http.ResponseWriter, v any) error {
	w.Header().Set("Cache-Control", "private, max-age=3600")
	return web.WriteJSON(w, http.StatusOK, v)
}

var countryForm = regexp.MustCompile(`^[a-zA-Z]{2}$`)

// directoryFilter reads isoCountryCodes and, where the call has it, cityIds.
func (h *Handler) directoryFilter(r *http.Request, cities bool) (aspsp.Filter, error) {
	q := h.queryOf(r)
	var f aspsp.Filter
	for _, code := range q.list("isoCountryCodes") {
		if !countryForm.MatchString(code) {
			q.fail("isoCountryCodes", "must be codes of two letters")
			break
		}
		f.Countries = append(f.Countries, strings.ToUpper(code))
	}
	if cities {
		for _, id := range q.list("cityIds") {
			if !ident.IsUUID(id) {
				q.fail("cityIds", "must be UUIDs")
				break
			}
			f.Cities = append(f.Cities, strings.ToLower(id))
		}
	}
	if err := q.err(); err != nil {
		return f, err
	}
	// The original API has an unknown country or city as 404 wherever it is named.
	return f, inDirectoryPath(f.Check(h.Banks.Entries()), "")
}

func (h *Handler) logoURL(e *aspsp.ASPSP) string {
	if len(e.Logo) == 0 {
		return ""
	}
	return h.APIBase + logoPath + string(e.BICFI) + ".svg"
}

// aspspDetails returns e as it is on the wire.
func (h *Handler) aspspDetails(e *aspsp.ASPSP) psd2.ASPSP {
	country, _ := aspsp.CountryName(e.CountryCode)
	out := psd2.ASPSP{
		BICFI: string(e.BICFI), Name: e.Name, LogoURL: h.logoURL(e), City: e.City, Country: country, PostalCode: e.PostalCode,
		StreetAddress: e.Street, CompanyNumber: e.Company, Phone: e.Phone, WebsiteURL: e.Website,
		GlobalPaymentProducts:         append([]string{}, e.Products...),
		SupportedAuthorizationMethods: []psd2.AuthorizationMethod{},
		AffiliatedASPSPs:              []psd2.AffiliatedASPSP{},
		AccountInformation: psd2.AccountCapabilities{
			TransactionHistoryMaxDays:                        e.History.MaxDays,
			ExtendedTransactionHistoryMaxDays:                e.History.ExtendedMaxDays,
			ExtendedTransactionHistoryAvailableWindowMinutes: e.History.WindowMinutes,
			TransactionHistoryMaxCount:                       e.History.MaxCount,
		},
	}
	if e.OAuth {
		out.SupportedAuthorizationMethods = append(out.SupportedAuthorizationMethods,
			psd2.AuthorizationMethod{Name: "OAuth2", URI: h.AuthBase + "/.well-known/openid-configuration"})
	}
	if e.Decoupled {
		out.SupportedAuthorizationMethods = append(out.SupportedAuthorizationMethods, psd2.AuthorizationMethod{Name: "Decoupled"})
	}
	for _, a := range e.Affiliated {
		out.AffiliatedASPSPs = append(out.AffiliatedASPSPs, psd2.AffiliatedASPSP{ID: a.ID, Name: a.Name})
	}
	if len(e.Products) > 0 {
		out.PaymentInitiation.SigningBasketsSupported = &e.Baskets
		if e.Baskets {
			out.PaymentInitiation.SigningBasketLimit = e.BasketSize
		}
	}
	return out
}
