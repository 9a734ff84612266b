package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/control"
)

// An appSecurityCmd shows and changes how an app must prove who it is.
type appSecurityCmd struct {
	appsFlag
	ID                string   `arg:"" name:"client-id" help:"Client ID."`
	Organisation      *string  `placeholder:"NUMBER" help:"Organisation that owns the app, as client certificates name it."`
	Method            []string `placeholder:"METHOD" help:"Ways to authenticate that are allowed: secret, private_key_jwt, tls_client_auth, self_signed_tls_client_auth; \"default\" for the first two."`
	FAPI2             *bool    `name:"fapi2" negatable:"" help:"Hold the app to the FAPI 2.0 profile: no secrets, and bound tokens only."`
	RequireDPoP       *bool    `name:"require-dpop" negatable:"" help:"Refuse requests for tokens without a DPoP proof."`
	BindCertificate   *bool    `negatable:"" help:"Bind each token to the client certificate that it is asked for with."`
	SubjectDN         string   `name:"subject-dn" placeholder:"DN" xor:"subject" help:"Distinguished name in the app's certificate, for tls_client_auth."`
	SubjectDNS        string   `name:"subject-dns" placeholder:"NAME" xor:"subject" help:"Or a DNS name in it."`
	SubjectURI        string   `name:"subject-uri" placeholder:"URI" xor:"subject" help:"Or a URI in it."`
	SubjectIP         string   `name:"subject-ip" placeholder:"ADDRESS" xor:"subject" help:"Or an IP address in it."`
	SubjectEmail      string   `name:"subject-email" placeholder:"ADDRESS" xor:"subject" help:"Or an e-mail address in it."`
	Certificate       string   `placeholder:"FILE" help:"Add a certificate of the app's own (PEM; - is standard input), for self_signed_tls_client_auth."`
	RemoveCertificate []string `placeholder:"THUMBPRINT" help:"Take one away."`
}

// Help returns the examples of the command.
func (appSecurityCmd) Help() string {
	return `Without flags it shows what there is. What is not named stays as it is.

Examples:
  sluss app security 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11
  sluss app security 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 --organisation 556677-8899
  sluss app security 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 --method tls_client_auth --subject-dn "CN=ledger,O=Example AB,C=SE"
  sluss app security 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 --method self_signed_tls_client_auth --certificate client.pem
  sluss app security 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 --fapi2 --require-dpop
  sluss app security 6f1c2a34-9d0b-4e7e-8c55-2f9f4f0f6a11 --method default --no-fapi2 --no-require-dpop`
}

// Run implements the command.
func (c *appSecurityCmd) Run(ctx context.Context, env *Env) error {
	change, changes, err := c.change(env)
	if err != nil {
		return err
	}
	return c.with(ctx, env, func(apps control.Apps) error {
		var a app.App
		var err error
		if changes {
			a, err = apps.SetSecurity(ctx, c.ID, change)
		} else {
			a, err = apps.App(ctx, c.ID)
		}
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(env.Stdout, control.AppOnWire(a))
		}
		return printSecurity(env.Stdout, &a)
	})
}

// change returns what the flags ask for, and whether they ask for anything.
func (c *appSecurityCmd) change(env *Env) (control.SecurityChange, bool, error) {
	n := control.SecurityChange{
		Organisation: c.Organisation, FAPI2: c.FAPI2, RequireDPoP: c.RequireDPoP, BindCertificate: c.BindCertificate,
		Unregister: c.RemoveCertificate,
	}
	if len(c.Method) > 0 {
		methods := []app.Method{}
		for _, m := range c.Method {
			if m != "default" {
				methods = append(methods, app.Method(m))
			}
		}
		if len(methods) > 0 && len(methods) != len(c.Method) {
			return n, false, errors.New("--method default stands alone")
		}
		n.Methods = &methods
	}
	subject := certificate.Subject{DN: c.SubjectDN, DNS: c.SubjectDNS, URI: c.SubjectURI, IP: c.SubjectIP, Email: c.SubjectEmail}
	if subject != (certificate.Subject{}) {
		n.Subject = &subject
	}
	if c.Certificate != "" {
		text, err := readInput(env, c.Certificate)
		if err != nil {
			return n, false, fmt.Errorf("read certificate: %w", err)
		}
		n.Register = string(text)
	}
	changes := n.Organisation != nil || n.Methods != nil || n.FAPI2 != nil || n.RequireDPoP != nil || n.BindCertificate != nil ||
		n.Subject != nil || n.Register != "" || len(n.Unregister) > 0
	return n, changes, nil
}

// readInput reads a file; - is standard input.
func readInput(env *Env, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(env.Stdin)
	}
	return os.ReadFile(name)
}

// printSecurity prints how an app must prove who it is.
func printSecurity(out io.Writer, a *app.App) error {
	s := a.Security()
	var methods []app.Method
	for _, m := range app.Methods() {
		if a.Allows(m) && (m != app.ByAssertion || len(a.Extensions.Keys) > 0 || len(s.Methods) > 0) {
			methods = append(methods, m)
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "organisation\t%s\nmethods\t%s\nfapi2\t%t\nrequire DPoP\t%t\nbind certificate\t%t\n",
		a.Extensions.Organisation, words(methods), s.FAPI2, s.RequireDPoP, s.BindCertificate)
	for _, k := range []struct{ name, value string }{
		{"DN", s.Subject.DN}, {"DNS", s.Subject.DNS}, {"URI", s.Subject.URI}, {"IP", s.Subject.IP}, {"e-mail", s.Subject.Email},
	} {
		if k.value != "" {
			_, _ = fmt.Fprintf(w, "subject %s\t%s\n", k.name, k.value)
		}
	}
	for _, k := range s.Certificates {
		_, _ = fmt.Fprintf(w, "certificate\t%s\n", strings.Join([]string{k.Thumbprint, k.Subject, "until", k.NotAfter.Format(time.RFC3339)}, " "))
	}
	return w.Flush()
}
