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
//	key   = "idp" / kind "Id" / kind "AuthorisationId"
//	kind  = "consent" / "payment" / "basket"    ; one of them
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
	a := ACR{BICFI: bicfi}
	for _, kind := range Kinds() {
		id, authorisationID := pairs[kind+"Id"], pairs[kind+"AuthorisationId"]
		switch {
		case id == "" && authorisationID == "":
			continue
		case id == "" || authorisationID == "":
			return ACR{}, acrFault(kind + "Id and " + kind + "AuthorisationId are needed")
		case a.Resource.Kind != "":
			return ACR{}, acrFault("names both a " + a.Resource.Kind + " and a " + kind)
		}
		a.Resource = Resource{Kind: kind, ID: strings.ToLower(id), AuthorisationID: strings.ToLower(authorisationID)}
	}
	if a.Resource.Kind == "" {
		return ACR{}, acrFault("consentId and consentAuthorisationId are needed, or those of a payment or a basket")
	}
	return a, nil
}

// String returns the value that ParseACR reads as a.
func (a ACR) String() string {
	r := a.Resource
	return "idp:" + string(a.BICFI) + " " + r.Kind + "Id:" + r.ID + " " + r.Kind + "AuthorisationId:" + r.AuthorisationID
}

func acrFault(detail string) error {
	return problem.New(problem.FormatInvalid, "%s", detail).At("acr_values")
}
