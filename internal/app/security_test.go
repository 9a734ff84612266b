package app_test

import (
	"crypto/x509"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/certificate/certtest"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

func TestAllows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   app.Security
		want []app.Method
	}{
		{"most", app.Security{}, []app.Method{app.BySecret, app.ByAssertion}},
		{"bound", app.Security{RequireDPoP: true}, []app.Method{app.BySecret, app.ByAssertion}},
		{"one", app.Security{Methods: []app.Method{app.ByCertificate}}, []app.Method{app.ByCertificate}},
		{"fapi", app.Security{FAPI2: true}, []app.Method{app.ByAssertion}},
		{"fapi with a secret", app.Security{FAPI2: true, Methods: []app.Method{app.BySecret, app.BySelfSigned}}, []app.Method{app.BySelfSigned}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := app.App{Extensions: app.Extensions{Security: &tt.in}}
			for _, m := range app.Methods() {
				want := false
				for _, w := range tt.want {
					want = want || w == m
				}
				if got := a.Allows(m); got != want {
					t.Errorf("Allows(%s) = %t, want %t", m, got, want)
				}
			}
		})
	}
	if a := (&app.App{}); !a.Allows(app.BySecret) || !a.Allows(app.ByAssertion) || a.Allows(app.ByCertificate) || a.Allows("") {
		t.Error("an app without a word of it has other methods than the default")
	}
}

func TestSetSecurity(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var certs []*x509.Certificate
	for range app.MaxCertificates + 1 {
		certs = append(certs, certtest.SelfSigned(t, now, nil).Cert)
	}
	fresh := func() app.App {
		a, err := app.New(app.App{Name: "x", Environment: app.Sandbox, Scopes: scope.APIs()}, now)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	registered := func(n int) (s app.Security) {
		s.Register(certs[:n])
		s.Register(certs[:n]) // the second time does nothing
		return s
	}
	subject := certificate.Subject{DNS: "ledger.example"}
	methods := func(s app.Security, m ...app.Method) app.Security {
		s.Methods = m
		return s
	}
	for name, s := range map[string]app.Security{
		"none":        {},
		"subject":     {Methods: []app.Method{app.ByCertificate}, Subject: subject},
		"own":         methods(registered(app.MaxCertificates), app.BySelfSigned),
		"all":         methods(app.Security{Subject: subject, Certificates: registered(1).Certificates}, app.Methods()...),
		"fapi":        {FAPI2: true, RequireDPoP: true, BindCertificate: true},
		"not yet own": registered(1),
	} {
		a := fresh()
		if err := a.SetSecurity(s); err != nil || (a.Extensions.Security == nil) != (name == "none") {
			t.Errorf("%s: SetSecurity reports %v", name, err)
		}
	}
	for name, s := range map[string]app.Security{
		"unknown method":      {Methods: []app.Method{"password"}},
		"twice":               {Methods: []app.Method{app.BySecret, app.BySecret}},
		"no subject":          {Methods: []app.Method{app.ByCertificate}},
		"bad subject":         {Subject: certificate.Subject{DN: "x"}},
		"two subjects":        {Subject: certificate.Subject{DN: "CN=x", DNS: "x"}},
		"no certificate":      {Methods: []app.Method{app.BySelfSigned}},
		"too many":            registered(app.MaxCertificates + 1),
		"fapi by secret only": {FAPI2: true, Methods: []app.Method{app.BySecret}},
	} {
		a := fresh()
		if err := a.SetSecurity(s); !problem.Is(err, problem.FormatInvalid) {
			t.Errorf("%s: SetSecurity reports %v, want format_invalid", name, err)
		}
	}
	a := fresh()
	for organisation, good := range map[string]bool{"556677-8899": true, "": true, " x": false, "a\nb": false} {
		a.Extensions.Organisation = organisation
		if err := a.Check(); (err == nil) != good {
			t.Errorf("Check with organisation %q reports %v", organisation, err)
		}
	}
	s := registered(2)
	if err := s.Unregister("x"); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("Unregister of none reports %v", err)
	}
	if err := s.Unregister(certificate.Thumbprint(certs[0])); err != nil || len(s.Certificates) != 1 || s.Certificates[0].Thumbprint != certificate.Thumbprint(certs[1]) {
		t.Errorf("Unregister leaves %+v, %v", s.Certificates, err)
	}
}
