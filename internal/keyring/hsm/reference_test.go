package hsm

import (
	"bytes"
	"testing"
)

func TestReference(t *testing.T) {
	t.Parallel()
	r := reference{"our token; 1/2", []byte{0, 'a', 0xff, ';'}}
	const want = "pkcs11:token=our%20token%3B%201%2F2;id=%00%61%FF%3B"
	if got := r.String(); got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
	for _, bad := range []string{
		"", "token=a;id=%00", "pkcs11:", "pkcs11:token=a", "pkcs11:id=%00", "pkcs11:token=a;id=", "pkcs11:token=a;id=%0", "pkcs11:token=a;id=%00;object=x",
	} {
		if got, err := parseReference(bad); err == nil {
			t.Errorf("parseReference(%q) = %v, want an error", bad, got)
		}
	}
}

func FuzzParseReference(f *testing.F) {
	f.Add("pkcs11:token=our%20token;id=%00%FF")
	f.Add("pkcs11:id=a;token=b")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := parseReference(s)
		if err != nil {
			return
		}
		again, err := parseReference(r.String())
		if err != nil || again.token != r.token || !bytes.Equal(again.id, r.id) {
			t.Errorf("%q is %v, which prints as %q and reads as %v, %v", s, r, r, again, err)
		}
	})
}
