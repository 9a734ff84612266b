package portal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/usage"
)

// accessRoutes are those of how an application proves who it is, and how many
// tokens it may have.
func accessRoutes() []route {
	return []route{
		{pattern: "GET /portal/apps/{app}/access", access: builder, page: "access", serve: (*Handler).accessForm},
		{pattern: "POST /portal/apps/{app}/access", access: builder, fresh: true, page: "access", serve: (*Handler).changeAccess},
		{pattern: "POST /portal/apps/{app}/access/keys", access: builder, fresh: true, page: "access", serve: (*Handler).changeKeys},
		{pattern: "POST /portal/apps/{app}/access/certificates", access: builder, fresh: true, page: "access", serve: (*Handler).addCertificate},
		{pattern: "POST /portal/apps/{app}/access/certificates/remove", access: builder, fresh: true, serve: (*Handler).removeCertificate},
		{pattern: "POST /portal/apps/{app}/access/tokens", access: builder, page: "access", serve: (*Handler).changePolicy},
	}
}

// methodChoices are the ways to prove oneself, each with when to take it.
func methodChoices(a *app.App) []choice {
	all := []choice{
		{Value: string(app.BySecret), Text: "Client secret", Hint: "In the body or by Basic. What most libraries do."},
		{Value: string(app.ByAssertion), Text: "Signed assertion", Hint: "A JWT signed with a key of yours, whose public half stands below. Nothing secret travels."},
		{Value: string(app.ByCertificate), Text: "Certificate of an authority", Hint: "Mutual TLS with a certificate that the platform's authority issued, known by its subject."},
		{Value: string(app.BySelfSigned), Text: "Certificate of your own", Hint: "Mutual TLS with one of the certificates below."},
	}
	for i := range all {
		all[i].Ticked = a.Allows(app.Method(all[i].Value))
	}
	return all
}

// subjectKinds are what a certificate may be known by.
func subjectKinds() []string { return []string{"dn", "dns", "uri", "ip", "email"} }

func subjectOf(s certificate.Subject) (kind, value string) {
	for i, v := range []string{s.DN, s.DNS, s.URI, s.IP, s.Email} {
		if v != "" {
			return subjectKinds()[i], v
		}
	}
	return "dn", ""
}

func subject(kind, value string) certificate.Subject {
	switch kind {
	case "dns":
		return certificate.Subject{DNS: value}
	case "uri":
		return certificate.Subject{URI: value}
	case "ip":
		return certificate.Subject{IP: value}
	case "email":
		return certificate.Subject{Email: value}
	}
	return certificate.Subject{DN: value}
}

func (h *Handler) accessData(v *visit) map[string]any {
	s := v.app.Security()
	kind, value := subjectOf(s.Subject)
	keys := ""
	if len(v.app.Extensions.Keys) > 0 {
		var out bytes.Buffer
		if json.Indent(&out, v.app.Extensions.Keys, "", "  ") == nil {
			keys = out.String()
		}
	}
	return map[string]any{
		"App": &v.app, "Tab": "access", "Methods": methodChoices(&v.app), "Security": s, "Kinds": subjectKinds(), "Kind": kind, "Subject": value,
		"Keys": keys, "Certificates": s.Certificates, "Soon": h.Clock.Now().Add(30 * 24 * time.Hour), "Policy": v.app.Extensions.TokenPolicy,
		"Policies": []usage.Policy{usage.Advise, usage.Reuse, usage.Enforce}, "Quota": v.app.Extensions.TokenQuota,
		"Algorithm": v.app.Extensions.TokenAlgorithm, "Algorithms": []jose.Algorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA},
		"Form": v.app.Extensions.TokenForm, "Forms": jose.Types(),
	}
}

// accessForm serves GET /portal/apps/{app}/access.
func (h *Handler) accessForm(v *visit) error {
	return v.show(http.StatusOK, "access", "Access of "+v.app.Name, h.accessData(v))
}

// access changes the app by fn and shows the page again, with what is wrong or
// with what was saved.
func (h *Handler) access(v *visit, kind string, fn func(a *app.App) error) error {
	if _, err := h.Apps.Update(v.r.Context(), v.app.ID, kind, fn); err != nil {
		return v.again(err, "access", "Access of "+v.app.Name, h.accessData(v))
	}
	v.tell("saved")
	return v.see(Path + "/apps/" + v.app.ID + "/access")
}

// changeAccess serves POST /portal/apps/{app}/access.
func (h *Handler) changeAccess(v *visit) error {
	return h.access(v, "app.security_changed", func(a *app.App) error {
		s := a.Security()
		s.Methods = words[app.Method](v.r.PostForm["method"])
		if len(s.Methods) == 0 {
			return problem.New(problem.FormatInvalid, "Allow at least one way.").At("methods")
		}
		slices.Sort(s.Methods)
		if slices.Equal(s.Methods, []app.Method{app.ByAssertion, app.BySecret}) {
			s.Methods = nil // as it is by itself
		}
		s.FAPI2, s.RequireDPoP, s.BindCertificate = v.form("fapi2") != "", v.form("dpop") != "", v.form("bind") != ""
		s.Subject = certificate.Subject{}
		if value := v.form("subject"); value != "" {
			s.Subject = subject(v.form("kind"), value)
		}
		return a.SetSecurity(s)
	})
}

// changeKeys serves POST /portal/apps/{app}/access/keys: the public keys of
// signed assertions; none takes them away.
func (h *Handler) changeKeys(v *visit) error {
	return h.access(v, "app.keys_changed", func(a *app.App) error { return a.SetKeys([]byte(v.form("keys"))) })
}

// addCertificate serves POST /portal/apps/{app}/access/certificates.
func (h *Handler) addCertificate(v *visit) error {
	certs, err := certificate.ParsePEM([]byte(v.raw("certificate")))
	if err != nil {
		err = problem.New(problem.FormatInvalid, "Paste the certificate as PEM text, from BEGIN to END CERTIFICATE.").At("certificate")
		return v.again(err, "access", "Access of "+v.app.Name, h.accessData(v))
	}
	now := h.Clock.Now()
	for _, c := range certs {
		if now.After(c.NotAfter) {
			err = problem.New(problem.FormatInvalid, "The certificate expired on %s.", c.NotAfter.Format(time.DateOnly)).At("certificate")
			return v.again(err, "access", "Access of "+v.app.Name, h.accessData(v))
		}
	}
	return h.access(v, "app.certificate_added", func(a *app.App) error {
		s := a.Security()
		s.Register(certs)
		return a.SetSecurity(s)
	})
}

// removeCertificate serves POST /portal/apps/{app}/access/certificates/remove.
func (h *Handler) removeCertificate(v *visit) error {
	return h.access(v, "app.certificate_removed", func(a *app.App) error {
		s := a.Security()
		if err := s.Unregister(v.form("thumbprint")); err != nil {
			return err
		}
		return a.SetSecurity(s)
	})
}

// changePolicy serves POST /portal/apps/{app}/access/tokens.
func (h *Handler) changePolicy(v *visit) error {
	return h.access(v, "app.policy_changed", func(a *app.App) error {
		quota := int64(0)
		if s := v.form("quota"); s != "" {
			n, err := strconv.ParseInt(s, 10, 32)
			if err != nil {
				return problem.New(problem.FormatInvalid, "Write a number, or nothing for the platform's.").At("tokenQuota")
			}
			quota = n
		}
		a.Extensions.TokenPolicy, a.Extensions.TokenQuota = v.form("policy"), quota
		a.Extensions.TokenAlgorithm = jose.Algorithm(v.form("algorithm"))
		a.Extensions.TokenForm = v.form("form")
		return a.Check()
	})
}
