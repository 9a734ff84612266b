package forms

import (
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sluss.example/sluss/internal/kyc"
)

// FuzzParse reads any body of a form. What may be stored is printable, and
// short enough that ten rows of it fit.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"name=Exempel&country=SE&business=a%0D%0Ab", "owners-0-name=A&owners-0-share=60&owners-11-name=B", "beneficial-0-born=1980-05-31&nobody=yes",
		"name=Anna&email=a%40b.example&confirmed=yes", "%zz=1;&&=", "name=%00&city=%ff",
	} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body string) {
		form, err := url.ParseQuery(body)
		if err != nil && form == nil {
			return
		}
		for _, step := range kyc.Steps() {
			a := parse(step, form)
			if rowsOf(&a, kyc.StepOwners) > kyc.MaxPeople+1 || rowsOf(&a, kyc.StepBeneficial) > kyc.MaxPeople+1 {
				t.Fatalf("%d rows", rowsOf(&a, step))
			}
			all := (&answered{a}).text()
			if len(a.TooLong(step)) > 0 {
				if len(a.Check(step, now)) == 0 {
					t.Errorf("%s of %q is too long and yet right", step, body)
				}
				continue
			}
			if !utf8.ValidString(all) || strings.ContainsRune(all, 0) || utf8.RuneCountInString(all) > kyc.MaxPeople*4*kyc.MaxText {
				t.Errorf("%s of %q would be stored", step, body)
			}
		}
	})
}

// answered is what was read, for looking at it as one text.
type answered struct{ kyc.Answers }

func (s *answered) text() string {
	var b strings.Builder
	for _, step := range kyc.Steps() {
		for _, f := range facts(&s.Answers, step) {
			b.WriteString(f.Value + "\n")
		}
	}
	return b.String()
}
