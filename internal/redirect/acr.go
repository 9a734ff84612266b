package redirect

import (
	"strings"

	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
)

// ACR is what acr_values name: a bank and an authorisation there.
//
//	acr   = pair *( SP pair )
//	pair  = key ":" value               ; each key once
//	key   = "idp" / "consentId" / "consentAuthorisationId"
//
// A key that is not known is left alone, as RFC 6749 section 3.1 has it for
// parameters.
type ACR struct {
	BICFI    ident.BICFI
	Resource Resource
}

// ParseACR parses the value of an acr_values parameter. It reports
// problem.FormatInvalid.
func ParseACR(s string) (ACR, error) {
	pairs := map[string]string{}
	for pair := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' }) {
		key, value, ok := strings.Cut(pair, ":")
		if _, twice := pairs[key]; !ok || value == "" || twice {
			return ACR{}, acrFault("must be key:value pairs, each key once, with a space between them")
		}
		pairs[key] = value
	}
	bicfi, err := ident.ParseBICFI(pairs["idp"])
	if err != nil {
		return ACR{}, acrFault("idp must be the BIC of the bank")
	}
	id, authorisationID := pairs["consentId"], pairs["consentAuthorisationId"]
	if id == "" || authorisationID == "" {
		return ACR{}, acrFault("consentId and consentAuthorisationId are needed")
	}
	return ACR{BICFI: bicfi, Resource: Resource{
		Kind: KindConsent, ID: strings.ToLower(id), AuthorisationID: strings.ToLower(authorisationID),
	}}, nil
}

// String returns the value that ParseACR reads as a.
func (a ACR) String() string {
	return "idp:" + string(a.BICFI) + " consentId:" + a.Resource.ID + " consentAuthorisationId:" + a.Resource.AuthorisationID
}

func acrFault(detail string) error {
	return problem.New(problem.FormatInvalid, "%s", detail).At("acr_values")
}
