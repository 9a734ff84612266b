package api

import (
	"net/http"
	"strings"
	"testing"
)

func FuzzCredential(f *testing.F) {
	for _, s := range []string{"Bearer x", "dpop  x ", "Basic eDp5", "DPoP", "", "Bearer a b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := readCredential(http.Header{"Authorization": {s}})
		if (c.token == "") == (err == nil) || c.token != trim(c.token) || !strings.Contains(s, c.token) {
			t.Fatalf("readCredential(%q) = %+v, %v", s, c, err)
		}
	})
}
