package aspsp_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"sluss.example/sluss/internal/aspsp"
	"sluss.example/sluss/internal/problem"
)

func entries() []aspsp.ASPSP {
	return []aspsp.ASPSP{
		{BICFI: "DABADKKK", Name: "Danske Bank", CountryCode: "DK", City: "København"},
		{BICFI: "NDEAFIHH", Name: "Nordea", CountryCode: "FI", City: "Helsinki"},
		{BICFI: "NDEASESS", Name: "Nordea", CountryCode: "SE", City: "Stockholm"},
		{BICFI: "ESSESESS", Name: "SEB", CountryCode: "SE", City: "Stockholm"},
		{BICFI: "XXXXSEXX", Name: "Without city", CountryCode: "SE"},
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	helsinki, stockholm := aspsp.CityID("FI", "Helsinki"), aspsp.CityID("SE", "Stockholm")
	tests := []struct {
		name                                 string
		filter                               aspsp.Filter
		wantBanks, wantCountries, wantCities []string
	}{
		{"all", aspsp.Filter{}, []string{"DABADKKK", "NDEAFIHH", "NDEASESS", "ESSESESS", "XXXXSEXX"}, []string{"DK", "FI", "SE"}, []string{"Helsinki", "København", "Stockholm"}},
		{"country", aspsp.Filter{Countries: []string{"SE"}}, []string{"NDEASESS", "ESSESESS", "XXXXSEXX"}, []string{"SE"}, []string{"Stockholm"}},
		{"two countries", aspsp.Filter{Countries: []string{"FI", "DK"}}, []string{"DABADKKK", "NDEAFIHH"}, []string{"DK", "FI"}, []string{"Helsinki", "København"}},
		{"country without bank", aspsp.Filter{Countries: []string{"FR"}}, []string{}, []string{}, []string{}},
		{"city", aspsp.Filter{Cities: []string{stockholm}}, []string{"NDEASESS", "ESSESESS"}, []string{"SE"}, []string{"Stockholm"}},
		{"union", aspsp.Filter{Countries: []string{"DK"}, Cities: []string{helsinki}}, []string{"DABADKKK", "NDEAFIHH"}, []string{"DK", "FI"}, []string{"Helsinki", "København"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			banks, countries, cities := []string{}, []string{}, []string{}
			for _, e := range aspsp.Select(entries(), tt.filter) {
				banks = append(banks, string(e.BICFI))
			}
			for _, c := range aspsp.Countries(entries(), tt.filter) {
				countries = append(countries, c.Code)
			}
			for _, c := range aspsp.Cities(entries(), tt.filter) {
				cities = append(cities, c.Name)
			}
			got, want := [][]string{banks, countries, cities}, [][]string{tt.wantBanks, tt.wantCountries, tt.wantCities}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%+v chooses (-want +got)\n%s", tt.filter, diff)
			}
		})
	}
}

func TestFilterCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		filter    aspsp.Filter
		wantField string // empty if good
	}{
		{"empty", aspsp.Filter{}, ""},
		{"country without bank", aspsp.Filter{Countries: []string{"FR"}}, ""},
		{"city", aspsp.Filter{Cities: []string{aspsp.CityID("FI", "Helsinki")}}, ""},

		{"unknown country", aspsp.Filter{Countries: []string{"SE", "ZZ"}}, "isoCountryCodes"},
		{"unknown city", aspsp.Filter{Cities: []string{aspsp.CityID("FI", "Oulu")}}, "cityIds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.filter.Check(entries())
			if got := problem.Is(err, problem.ResourceUnknown); got != (tt.wantField != "") {
				t.Errorf("Check(%+v) reports %v, want a fault in %q", tt.filter, err, tt.wantField)
			}
		})
	}
}

func TestByID(t *testing.T) {
	t.Parallel()
	if c, ok := aspsp.CountryByCode(entries(), "SE"); !ok || c.Name != "Sweden" {
		t.Errorf("CountryByCode(SE) = %v, %t, want Sweden", c, ok)
	}
	if c, ok := aspsp.CountryByCode(entries(), "FR"); ok {
		t.Errorf("CountryByCode(FR) = %v, want none: it has no bank", c)
	}
	if c, ok := aspsp.CityByID(entries(), aspsp.CityID("DK", "København")); !ok || c.Name != "København" {
		t.Errorf("CityByID = %v, %t, want København", c, ok)
	}
}

// The ids are published: they must be the same for ever.
func TestCityID(t *testing.T) {
	t.Parallel()
	for _, e := range entries() {
		want := uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:sluss:city:"+e.CountryCode+":"+e.City)).String()
		if got := aspsp.CityID(e.CountryCode, e.City); got != want {
			t.Errorf("CityID(%q, %q) = %q, want %q", e.CountryCode, e.City, got, want)
		}
	}
}

func TestCountryName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code, want string
		wantOK     bool
	}{
		{"AD", "Andorra", true},
		{"SE", "Sweden", true},
		{"NL", "Netherlands", true},
		{"ZW", "Zimbabwe", true},
		{"se", "", false},
		{"ZZ", "", false},
		{"", "", false},
		{"SWE", "", false},
	}
	for _, tt := range tests {
		if got, ok := aspsp.CountryName(tt.code); got != tt.want || ok != tt.wantOK {
			t.Errorf("CountryName(%q) = %q, %t, want %q, %t", tt.code, got, ok, tt.want, tt.wantOK)
		}
	}
	n := 0
	for a := byte('A'); a <= 'Z'; a++ {
		for b := byte('A'); b <= 'Z'; b++ {
			if name, ok := aspsp.CountryName(string([]byte{a, b})); ok && name != "" {
				n++
			}
		}
	}
	if n != 249 {
		t.Errorf("there are %d countries, want the 249 of ISO 3166-1", n)
	}
}
