package forms

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/web"
)

// What a button does.
const (
	doContinue = "continue"
	doLater    = "later"
	doAdd      = "add"
	doRemove   = "remove-" // and the row
	doSend     = "send"
	doApprove  = "approve" // in a sandbox
	doReject   = "reject"  // in a sandbox
	doLeave    = "leave"   // in a sandbox
)

// post serves POST /kyc/form/?instanceId=...&step=...
func (h *Handler) post(w http.ResponseWriter, r *http.Request) error {
	v, err := h.read(w, r)
	if err != nil {
		return err
	}
	f, err := h.KYC.Form(r.Context(), v.instance)
	if err != nil {
		return err
	}
	if f.Status != kyc.Open { // sent before, perhaps by a second click
		return h.to(w, v, "")
	}
	switch do := r.PostForm.Get("do"); {
	case do == doSend:
		return h.send(w, r, v)
	case h.Sandbox && do == doLeave:
		return h.to(w, v, stepLeft)
	case h.Sandbox && (do == doApprove || do == doReject):
		if _, err := h.KYC.Try(r.Context(), v.instance, kyc.Verdict(do)); err != nil && !problem.Is(err, problem.StatusInvalid) {
			return err
		}
		return h.to(w, v, "")
	default:
		return h.save(w, r, v, &f)
	}
}

// send sends the form in. One that is not complete shows what is missing.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, v visit) error {
	c, err := h.KYC.Submit(r.Context(), v.instance)
	switch {
	case err == nil, problem.Is(err, problem.StatusInvalid):
		return h.to(w, v, "")
	case problem.Is(err, problem.FormatInvalid):
		return h.to(w, v, "", "check", "1")
	case c.Status == kyc.Submitted: // it was sent; only the provider has not answered
		web.NoteError(r.Context(), err, "")
		return h.to(w, v, "")
	}
	return err
}

// save stores a step, and goes where the button leads.
func (h *Handler) save(w http.ResponseWriter, r *http.Request, v visit, f *kyc.Form) error {
	step := kyc.Step(r.URL.Query().Get("step"))
	if !slices.Contains(kyc.Steps(), step) {
		return problem.New(problem.FormatInvalid, "The form was not complete. Go back and send it again.")
	}
	do := r.PostForm.Get("do")
	if row, ok := strings.CutPrefix(do, doRemove); ok {
		forget(r.PostForm, row)
	}
	a := parse(step, r.PostForm)
	faults := a.TooLong(step)
	if len(faults) == 0 {
		switch done, err := h.store(r.Context(), v, step, &a); {
		case err != nil:
			return err
		case done:
			return h.to(w, v, "")
		}
		if do == doContinue {
			faults = a.Check(step, h.KYC.Clock.Now())
		}
	}
	if len(faults) > 0 {
		f.Answers = merged(f.Answers, step, &a)
		s := h.newStep(r, f, step)
		s.blame(faults)
		return h.write(w, r, v, f, http.StatusUnprocessableEntity, pageStep, s)
	}
	switch {
	case do == doLater:
		return h.to(w, v, stepSaved)
	case do == doAdd:
		return h.to(w, v, string(step), "rows", strconv.Itoa(rowsOf(&a, step)+1))
	case strings.HasPrefix(do, doRemove):
		return h.to(w, v, string(step))
	}
	return h.to(w, v, after(step))
}

// store stores a step. It reports whether the form has ended meanwhile.
func (h *Handler) store(ctx context.Context, v visit, step kyc.Step, a *kyc.Answers) (done bool, err error) {
	err = h.KYC.Save(ctx, v.instance, step, a)
	if problem.Is(err, problem.StatusInvalid) {
		return true, nil
	}
	return false, err
}

// after returns the step that follows.
func after(step kyc.Step) string {
	steps := kyc.Steps()
	if i := slices.Index(steps, step) + 1; i < len(steps) {
		return string(steps[i])
	}
	return stepReview
}

// merged returns a with the part of a step from b.
func merged(a kyc.Answers, step kyc.Step, b *kyc.Answers) kyc.Answers {
	switch step {
	case kyc.StepCompany:
		a.Company = b.Company
	case kyc.StepOwners:
		a.Owners = b.Owners
	case kyc.StepBeneficial:
		a.Beneficial, a.NobodyBeneficial = b.Beneficial, b.NobodyBeneficial
	case kyc.StepSignatory:
		a.Signatory = b.Signatory
	}
	return a
}

func rowsOf(a *kyc.Answers, step kyc.Step) int {
	if step == kyc.StepOwners {
		return len(a.Owners)
	}
	return len(a.Beneficial)
}

// forget takes the fields of a row away.
func forget(form url.Values, row string) {
	for name := range form {
		if strings.Contains(name, "-"+row+"-") {
			delete(form, name)
		}
	}
}

// parse reads the fields of a step. Rows that are empty are left out; so a row
// may have another number than on the page.
func parse(step kyc.Step, form url.Values) kyc.Answers {
	in := reader{form, ""}
	var a kyc.Answers
	switch step {
	case kyc.StepCompany:
		a.Company = kyc.Company{
			Name: in.text("name"), LegalForm: in.text("legalForm"), Street: in.text("street"), PostalCode: in.text("postalCode"),
			City: in.text("city"), Country: in.text("country"), Business: in.text("business"), Payments: in.text("payments"),
		}
	case kyc.StepOwners:
		for i := range kyc.MaxPeople + 1 {
			in.prefix = "owners-" + strconv.Itoa(i) + "-"
			o := kyc.Owner{Name: in.text("name"), Number: in.text("number"), Share: in.text("share")}
			if o != (kyc.Owner{}) {
				o.Country = in.text("country")
				a.Owners = append(a.Owners, o)
			}
		}
	case kyc.StepBeneficial:
		a.NobodyBeneficial = in.text("nobody") != ""
		for i := range kyc.MaxPeople + 1 {
			in.prefix = "beneficial-" + strconv.Itoa(i) + "-"
			b := kyc.Beneficial{Name: in.text("name"), Born: in.text("born"), Control: in.text("control"), PEP: in.text("pep") != ""}
			if b != (kyc.Beneficial{}) {
				b.Country = in.text("country")
				a.Beneficial = append(a.Beneficial, b)
			}
		}
	case kyc.StepSignatory:
		a.Signatory = kyc.Signatory{
			Name: in.text("name"), Born: in.text("born"), Role: in.text("role"), Email: in.text("email"), Confirmed: in.text("confirmed") != "",
		}
	}
	return a
}

// A reader reads the fields of a posted form whose names have a prefix.
type reader struct {
	form   url.Values
	prefix string
}

// text returns a value without white space around it and with the line ends of
// Unix.
func (in *reader) text(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(in.form.Get(in.prefix+name), "\r\n", "\n"))
}
