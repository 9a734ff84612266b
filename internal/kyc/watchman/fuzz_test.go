package watchman

import "testing"

// FuzzDecode reads any answer of a server without harm.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"entities":[{"sourceList":"us_ofac","match":1}]}`, `{"entities":null}`, `{}`, `[]`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var out struct {
			Entities []struct {
				SourceList string  `json:"sourceList"`
				Match      float64 `json:"match"`
			} `json:"entities"`
		}
		if err := decode("/v2/search", body, &out); err != nil {
			return
		}
		for _, e := range out.Entities {
			if w := word(e.SourceList); w == "" || len(w) > 40 {
				t.Errorf("word(%q) = %q", e.SourceList, w)
			}
		}
	})
}
