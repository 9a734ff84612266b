package api

import (
	"errors"
	"net/http"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/signing"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/psd2"
)

// A signature is an authorisation to answer with.
type signature struct {
	signing.Open
	path  string // of the authorisation
	found signing.Found
}

// A signable is a kind of resource with authorisations, as their handlers see
// it. Each of its functions serves one call.
type signable struct {
	kind   string // of package redirect
	start  func(h *Handler, r *http.Request, c signing.Choice) (signature, error)
	choose func(h *Handler, r *http.Request, c signing.Choice) (signature, error)
	poll   func(h *Handler, r *http.Request) (signature, error)
	// owned checks that the resource which the path names is the caller's.
	owned func(h *Handler, r *http.Request) error
	// id is the path parameter of an authorisation.
	id string
}

// create serves POST on authorisations. Its body may be nothing at all or any
// object.
func (s signable) create(h *Handler, w http.ResponseWriter, r *http.Request) error {
	if err := h.readAnything(w, r); err != nil {
		return s.afterOwnership(h, r, err)
	}
	o, err := s.start(h, r, choiceOf(r))
	if err != nil {
		return err
	}
	w.Header().Set("Location", h.APIBase+o.path)
	w.Header().Set("ASPSP-SCA-Approach", o.Approach.Wire())
	out := psd2.AuthorisationCreated{
		AuthorisationID: o.Authorisation.ID, SCAStatus: string(o.Authorisation.Status), SCAMethods: scaMethods(o.Methods),
		PSUMessage: cut(o.Message, 512), TPPMessages: scaMessages(&o.Authorisation),
		Links: psd2.AuthorisationLinks{SCAStatus: &psd2.Link{Href: o.path}, SelectAuthenticationMethod: &psd2.Link{Href: o.path}},
	}
	if s.kind != redirect.KindConsent {
		out.Links.AuthoriseTransaction = &psd2.Link{Href: o.path}
	}
	return web.WriteJSON(w, http.StatusCreated, out)
}

// put serves PUT on an authorisation.
func (s signable) put(h *Handler, w http.ResponseWriter, r *http.Request) error {
	method, err := h.readMethod(w, r)
	if err != nil {
		return s.afterOwnership(h, r, err)
	}
	choice := choiceOf(r)
	choice.AuthorisationID, choice.Method = idOf(r, s.id), method
	o, err := s.choose(h, r, choice)
	if err != nil {
		return err
	}
	out := psd2.AuthorisationStarted{
		SCAStatus: string(o.Authorisation.Status), ChallengeData: challengeData(&o.Challenge),
		PSUMessage: cut(o.Message, 512), TPPMessages: scaMessages(&o.Authorisation),
		Links: psd2.AuthorisationLinks{SCAStatus: &psd2.Link{Href: o.path}},
	}
	if o.Method.ID != "" {
		m := scaMethod(&o.Method)
		out.ChosenSCAMethod = &m
	}
	if err := h.addRedirect(&out.Links, s.kind, &o, r); err != nil {
		return err
	}
	w.Header().Set("ASPSP-SCA-Approach", o.Approach.Wire())
	return web.WriteJSON(w, http.StatusOK, out)
}

// get serves GET on an authorisation.
func (s signable) get(h *Handler, w http.ResponseWriter, r *http.Request) error {
	o, err := s.poll(h, r)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, psd2.AuthorisationStatus{
		SCAStatus: string(o.Authorisation.Status), ChallengeData: challengeData(&o.Challenge), TPPMessages: scaMessages(&o.Authorisation),
	})
}

// afterOwnership returns fault, which is in the body, unless the resource that
// the path names is not there or not the caller's: that is the earlier check.
func (s signable) afterOwnership(h *Handler, r *http.Request, fault error) error {
	if r.PathValue(s.id) == "" {
		if err := s.owned(h, r); err != nil {
			return err
		}
		return fault
	}
	if _, err := s.poll(h, r); err != nil {
		return err
	}
	return fault
}

func choiceOf(r *http.Request) signing.Choice {
	hd := headersOf(r)
	return signing.Choice{RedirectPreferred: hd.RedirectPreferred, AuthoriserID: hd.AuthoriserID, IPAddress: hd.IPAddress()}
}

// readAnything reads a body that says nothing: none, null, or any object.
func (h *Handler) readAnything(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readBody(w, r)
	if err != nil {
		return err
	}
	switch v.(type) {
	case nil, null, map[string]any:
		return nil
	}
	return bodyFault("the body must be a JSON object, or empty")
}

// readMethod reads the body that chooses the SCA method.
func (h *Handler) readMethod(w http.ResponseWriter, r *http.Request) (string, error) {
	v, err := h.readBody(w, r)
	if err != nil {
		return "", err
	}
	rd := &reading{strict: h.Strict}
	o, err := rd.root(v)
	if err != nil {
		return "", err
	}
	method := o.text("authenticationMethodId")
	if len(rd.faults) > 0 {
		return "", rd.faults[0]
	}
	if method == "" {
		return "", bodyFault("is missing").At("authenticationMethodId")
	}
	return method, nil
}

// addRedirect adds the link that the browser follows, in a redirect.
func (h *Handler) addRedirect(l *psd2.AuthorisationLinks, kind string, o *signature, r *http.Request) error {
	if !o.Authorisation.Approach.Redirect() {
		return nil
	}
	_, href, err := h.Redirect.Link(r.Context(), redirect.LinkRequest{
		Base: h.AuthBase, Kind: kind, Found: o.found,
		RedirectURI: trim(r.Header.Get("TPP-Redirect-URI")), NokRedirectURI: trim(r.Header.Get("TPP-Nok-Redirect-URI")),
	})
	switch {
	case err != nil || href == "":
		return err
	case o.Authorisation.Approach == sca.OAuthRedirect:
		l.SCAOAuth = &psd2.Link{Href: href}
	default:
		l.SCARedirect = &psd2.Link{Href: href}
	}
	return nil
}

// blamePath says that a problem lies in an id of the path, but for a bank that
// is not that of the resource: that is in the header.
func blamePath(err error, id string) error {
	if problem.Is(err, problem.ParameterInconsistent) {
		return problem.Blame(err, problem.Header, headerBICFI)
	}
	for _, r := range []problem.Reason{problem.ConsentUnknown, problem.ConsentForeign, problem.ContextForeign, problem.ResourceUnknown, problem.ResourceForeign} {
		if problem.Is(err, r) {
			return problem.Blame(err, problem.Path, id)
		}
	}
	return err
}

// renameInPath gives the id that a problem lies in the name that this path has
// for it: a cancellation is signed as a payment is.
func renameInPath(err error, from, to string) error {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok || p.In != problem.Path || p.Field != from {
		return err
	}
	c := *p
	c.Field = to
	return &c
}

func scaMethods(in []sca.Method) []psd2.SCAMethod {
	out := make([]psd2.SCAMethod, len(in))
	for i := range in {
		out[i] = scaMethod(&in[i])
	}
	return out
}

func scaMethod(m *sca.Method) psd2.SCAMethod {
	return psd2.SCAMethod{AuthenticationType: m.Type, AuthenticationMethodID: m.ID, Name: m.Name}
}

// challengeData returns nil for no challenge.
func challengeData(c *sca.Challenge) *psd2.ChallengeData {
	if len(c.Data) == 0 && c.Image == "" {
		return nil
	}
	return &psd2.ChallengeData{Image: c.Image, Data: c.Data}
}

// scaMessages tell why an authorisation failed, or that another signature is
// needed beside it.
func scaMessages(a *sca.Authorisation) []psd2.TPPMessage {
	switch {
	case a.Status == sca.Failed && a.Failure == sca.RefusedByBank:
		return []psd2.TPPMessage{{Category: psd2.Unmapped, Code: psd2.Raw, Text: cut(a.Message, 512)}}
	case a.Status == sca.Failed && a.Failure != "":
		return []psd2.TPPMessage{{Category: psd2.Error, Code: psd2.Code(a.Failure), Text: cut(a.Message, 512)}}
	case a.Status.Signed() && a.MoreNeeded:
		return []psd2.TPPMessage{pendingMessage()}
	}
	return nil
}

func pendingMessage() psd2.TPPMessage {
	return psd2.TPPMessage{
		Category: psd2.Information, Code: psd2.AuthorisationPending, Text: "signed; the signature of another person is needed",
	}
}
