package forms

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/ui"
	"sluss.example/sluss/internal/web"
)

// The pages beside the steps, as a query names them.
const (
	stepReview = "review"
	stepSaved  = "saved"
	stepLeft   = "left"
)

// The templates of the other pages.
const (
	pageStep  = "step"
	pageEnded = "ended"
)

// A view is what a page shows of a form.
type view struct {
	App          string
	Organisation string
	Status       kyc.Status
	ValidUntil   time.Time
	Link         string // to the form, to be passed on
	Action       string // of the page's form
	Token        string
	Sandbox      bool
	Hours        int // that the link still works, rounded up
	Progress     []mark
	Step         *step               // on the page of a step
	Review       []section           // on the page before the form is sent
	Missing      bool                // a step is not complete
	Go           func(string) string // to the page of a step
}

// A mark is a step in the row of all.
type mark struct {
	Name, Title, Href string
	Number            int
	Done, Current     bool
}

// A section is what a step was filled in with.
type section struct {
	Title, Href string
	Facts       []fact
	Missing     bool
}

type fact struct{ Name, Value string }

// A failure is what the page of a fault shows.
type failure struct{ Title, Text, RequestID string }

// titles has the title of each step.
func titles(s string) string {
	switch s {
	case string(kyc.StepCompany):
		return "The company"
	case string(kyc.StepOwners):
		return "Owners"
	case string(kyc.StepBeneficial):
		return "Beneficial owners"
	case string(kyc.StepSignatory):
		return "Signatory"
	case stepReview:
		return "Check and send"
	case stepSaved:
		return "Saved"
	case stepLeft:
		return "Left open"
	}
	return "KYC form"
}

// write writes a page of a form.
func (h *Handler) write(w http.ResponseWriter, r *http.Request, v visit, f *kyc.Form, status int, page string, s *step) error {
	d := &view{
		App: "The application", Organisation: f.Organisation, Status: f.Status, ValidUntil: f.ValidUntil,
		Link: h.KYC.URL(&f.Case), Token: v.token, Sandbox: h.Sandbox, Step: s,
		Hours: int((h.KYC.Left(&f.Case) + time.Hour - 1) / time.Hour),
		Go:    func(to string) string { return link(v, to) },
	}
	if a, err := h.Apps.App(r.Context(), f.ClientID); err == nil {
		d.App = a.Name
	}
	current, title := page, titles(page)
	if s != nil {
		current, title = string(s.Name), titles(string(s.Name))
	}
	if page == pageEnded {
		title = ended(f.Status)
	}
	d.Action = link(v, current)
	d.Progress = h.progress(v, f, current)
	d.Missing = f.Answers.Missing(h.KYC.Clock.Now()) != ""
	if page == stepReview {
		d.Review = h.review(v, f)
	}
	if s != nil && len(s.Faults) > 0 {
		title = "Error: " + title
	}
	web.PageHeaders(w.Header(), "'self'")
	return h.pages.Write(w, status, page, h.page(title, link(v, ""), d))
}

// page returns the frame of a page.
func (h *Handler) page(title, home string, data any) *ui.Page {
	p := &ui.Page{Title: title, Private: true, Home: home, Narrow: true, Styles: []string{h.assets.URL("forms.css")}, Data: data}
	if home == "" {
		p.Home = "#main"
	}
	if h.Sandbox {
		p.Strip = "A sandbox: no real company is looked at here. Do not enter real people."
	}
	return p
}

// link returns the address of a page of the form.
func link(v visit, step string) string {
	q := url.Values{"instanceId": {v.instance}}
	if step != "" {
		q.Set("step", step)
	}
	return kyc.FormPath + "?" + q.Encode()
}

// ended returns the title of the last page.
func ended(s kyc.Status) string {
	switch s {
	case kyc.Submitted:
		return "Thank you"
	case kyc.Approved:
		return "Approved"
	case kyc.Rejected:
		return "Not approved"
	case kyc.Void:
		return "No longer needed"
	case kyc.Open, kyc.Expired:
	}
	return "The form is closed"
}

// progress returns the row of steps.
func (h *Handler) progress(v visit, f *kyc.Form, current string) []mark {
	now := h.KYC.Clock.Now()
	var all []mark
	for i, s := range append(kyc.Steps(), stepReview) {
		name := string(s)
		done := name != stepReview && len(f.Answers.Check(s, now)) == 0
		all = append(all, mark{Name: name, Title: titles(name), Href: link(v, name), Number: i + 1, Done: done, Current: name == current})
	}
	return all
}

// blame puts faults beside their fields. What has no field of its own goes to
// the first.
func (s *step) blame(faults []*problem.Error) {
	for _, e := range faults {
		field, whose := s.field(e.Field)
		// A country that the page has chosen is not missing: it only was not sent yet.
		if field == nil || field.Kind == "country" && slices.ContainsFunc(field.Options[1:], func(o option) bool { return o.Selected }) {
			continue
		}
		if field.Error == "" {
			field.Error = e.Detail
			s.Faults = append(s.Faults, fault{field.ID, whose + field.Label, e.Detail})
		}
	}
	slices.SortStableFunc(s.Faults, func(a, b fault) int { return s.position(a.ID) - s.position(b.ID) })
}
