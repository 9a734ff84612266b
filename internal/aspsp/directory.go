package aspsp

import (
	"crypto/sha1" //nolint:gosec // RFC 9562 section 5.5 makes version 5 of it; nothing is protected by it
	"encoding/hex"
	"slices"
	"strings"

	"sluss.example/sluss/internal/problem"
)

// A Filter chooses entries of the directory: those in one of Countries or of
// Cities. An empty filter chooses all.
type Filter struct {
	Countries []string // ISO 3166-1 alpha-2, in capitals
	Cities    []string // ids of [City], in lower case
}

func (f *Filter) empty() bool { return len(f.Countries)+len(f.Cities) == 0 }

func (f *Filter) has(e *ASPSP) bool {
	return f.empty() || slices.Contains(f.Countries, e.CountryCode) || slices.Contains(f.Cities, CityID(e.CountryCode, e.City))
}

// Check reports problem.ResourceUnknown for a country that does not exist and
// for a city without a bank. A country without a bank is no fault.
func (f *Filter) Check(entries []ASPSP) error {
	for _, code := range f.Countries {
		if _, ok := CountryName(code); !ok {
			return problem.New(problem.ResourceUnknown, "no such country").At("isoCountryCodes")
		}
	}
	for _, id := range f.Cities {
		if _, ok := CityByID(entries, id); !ok {
			return problem.New(problem.ResourceUnknown, "no such city").At("cityIds")
		}
	}
	return nil
}

// Select returns the entries that f chooses, in their order.
func Select(entries []ASPSP, f Filter) []ASPSP {
	out := make([]ASPSP, 0, len(entries))
	for i := range entries {
		if f.has(&entries[i]) {
			out = append(out, entries[i])
		}
	}
	return out
}

// Countries returns the countries of the entries that f chooses, sorted by
// name.
func Countries(entries []ASPSP, f Filter) []Country {
	out := []Country{}
	for i := range entries {
		e := &entries[i]
		name, ok := CountryName(e.CountryCode)
		if !ok || !f.has(e) || slices.ContainsFunc(out, func(c Country) bool { return c.Code == e.CountryCode }) {
			continue
		}
		out = append(out, Country{Code: e.CountryCode, Name: name})
	}
	slices.SortFunc(out, func(a, b Country) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// CountryByCode returns the country with the code, in capitals, and whether it
// has a bank.
func CountryByCode(entries []ASPSP, code string) (Country, bool) {
	list := Countries(entries, Filter{Countries: []string{code}})
	if len(list) == 0 {
		return Country{}, false
	}
	return list[0], true
}

// Cities returns the cities of the entries that f chooses, sorted by name and
// then country. An entry without a city has none.
func Cities(entries []ASPSP, f Filter) []City {
	out := []City{}
	for i := range entries {
		e := &entries[i]
		id := CityID(e.CountryCode, e.City)
		if e.City == "" || !f.has(e) || slices.ContainsFunc(out, func(c City) bool { return c.ID == id }) {
			continue
		}
		out = append(out, City{ID: id, Name: e.City, CountryCode: e.CountryCode})
	}
	slices.SortFunc(out, func(a, b City) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.CountryCode, b.CountryCode)
	})
	return out
}

// CityByID returns the city with the id, in lower case, and whether there is
// one.
func CityByID(entries []ASPSP, id string) (City, bool) {
	list := Cities(entries, Filter{Cities: []string{id}})
	if len(list) == 0 {
		return City{}, false
	}
	return list[0], true
}

// CityID returns the id of a city: the UUID, RFC 9562 version 5, of a URN of
// country and name in the name space for URLs. It is the same in every
// installation, and stays the same while the city has its name.
func CityID(countryCode, name string) string {
	// The name space of RFC 9562 section 6.6, 6ba7b811-9dad-11d1-80b4-00c04fd430c8.
	space := []byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	sum := sha1.Sum(append(space, "urn:sluss:city:"+countryCode+":"+name...)) //nolint:gosec // see the import
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x50, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
