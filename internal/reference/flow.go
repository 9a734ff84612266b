package reference

import "slices"

// A folder of a collection has steps, which are run in their order.
type folder struct {
	family string
	steps  []step
}

// A step is an operation in a collection. What is run twice has another name
// each time.
type step struct {
	id, name string
	// wait names a member of the answer and the value that it must have; until
	// then the step is run again.
	wait, value string
	// also are statuses that the answer may have beside the good ones that are
	// described.
	also    []int
	note    string            // why it may
	browser bool              // leads elsewhere: what is there is not asked for
	set     map[string]string // headers, parts of the path and parameters that are sent
	body    string            // in place of the example
	scripts []string          // after the answer
}

// preferred is what a client sends that wants the bank's page.
func preferred() map[string]string { return map[string]string{"TPP-Redirect-Preferred": "true"} }

// later is the body of a payment that is not carried out at once, so that its
// cancellation is to be signed.
const later = `{
  "instructedAmount": {"currency": "SEK", "amount": "120.00"},
  "debtorAccount": {"iban": "SE4550000000058398257466"},
  "creditorAccount": {"iban": "SE1412000000000012345678"},
  "creditorName": "Landlord",
  "remittanceInformationUnstructured": "Rent",
  "requestedExecutionDate": "{{later}}"
}`

// simple is the body of a payment to an account.
const simple = `{
  "instructedAmount": {"currency": "SEK", "amount": "150.00"},
  "debtorAccount": {"iban": "SE4550000000058398257466"},
  "creditorAccount": {"iban": "SE1412000000000012345678"},
  "creditorName": "Leverantör AB"
}`

// Why an answer may be a refusal, in Markdown.
const (
	unsigned = "A simulated bank takes a cancellation without a signature, so that this is refused, unless the sandbox has `--profile cancel-signed`."
	plain    = "A simulated bank has no such redirect, so that this is refused, unless the sandbox has `--profile plain-redirect`."
)

// flow is the order in which everything can be run against a sandbox: what is
// made before what is read, what is signed before what needs the signature, and
// what is ended last. An operation that it lacks comes at the end of its family.
func flow() []folder {
	return []folder{
		{"Token", tokenSteps()},
		{"Directory", nil},
		{"Consent", consentSteps()},
		{"Accounts", []step{
			{id: "getAccountList"}, {id: "readAccountDetails"}, {id: "getBalances"}, {id: "getTransactionList"}, {id: "getTransactionDetails"},
		}},
		{"Payments", paymentSteps()},
		{"Signing baskets", basketSteps()},
		{"Currency exchange", []step{{id: "createFxQuote"}, {id: "getFxQuote"}, {id: "confirmFxQuote"}, {id: "getFxOrder"}}},
		{"KYC", []step{
			{id: "createKycForm", scripts: []string{"keep(\"instanceId\", (answer.kycUrl || \"\").split(\"instanceId=\")[1]);"}},
			{id: "getKycStatus"},
			{id: "createKycFormOlder", name: "Start the KYC of an organisation, older path"},
			{id: "getKycStatusOlder", name: "Read whether an organisation may pay, older path"},
			{id: "getKycForm", set: map[string]string{"instanceId": "{{instanceId}}"}},
		}},
	}
}

func tokenSteps() []step {
	return []step{
		{id: "postToken", scripts: []string{"keep(\"spare\", answer.access_token);"}},
		{id: "postIntrospect", set: map[string]string{"token": "{{spare}}"}},
		{id: "postRevocation", set: map[string]string{"token": "{{spare}}"}},
		{id: "getOpenIDConfiguration"},
		{id: "getAuthorizationServerMetadata", name: "Discovery document, where RFC 8414 has it"},
		{id: "getJWKS"},
		{id: "getPlainRedirect", also: []int{400}, note: plain, browser: true},
	}
}

// consentSteps has a consent on its way to the bank's page, which is given up,
// and one that is signed in the bank's app, which the accounts are read under.
func consentSteps() []step {
	oauth := map[string]string{
		"client_id": "{{clientId}}", "redirect_uri": "http://localhost/callback", "response_type": "code", "scope": "{{scope}}", "state": "8vQ3nZ",
	}
	return []step{
		{id: "createConsent", set: preferred()},
		{id: "getConsentInformation"},
		{id: "getConsentStatus"},
		{id: "startConsentAuthorisation", set: preferred()},
		{id: "updateConsentsPsuData", set: preferred(), scripts: keepLink("scaOAuth", "scope")},
		{id: "getAuthorize", set: oauth, browser: true},
		{id: "deleteConsent"},
		{id: "createConsent", name: "Create a consent, for the bank's app"},
		{id: "startConsentAuthorisation", name: "Create an authorisation, for the bank's app"},
		{id: "getConsentAuthorisation"},
		{id: "updateConsentsPsuData", name: "Choose the bank's app and start the SCA"},
		{id: "getConsentScaStatus", wait: "scaStatus", value: "finalised"},
	}
}

// keepLink keeps a parameter of a link of the answer.
func keepLink(link, parameter string) []string {
	return []string{
		"const link = ((answer._links || {})." + link + " || {}).href || \"\";",
		"const found = link.split(\"?\").pop().split(\"&\").find((p) => p.startsWith(\"" + parameter + "=\")) || \"\";",
		"keep(\"" + parameter + "\", decodeURIComponent(found.split(\"=\")[1] || \"\"));",
	}
}

// paymentSteps has a payment that is carried out, and one that is cancelled.
func paymentSteps() []step {
	all := []step{
		{id: "initiatePayment", body: simple},
		{id: "getPaymentInformation"},
		{id: "startPaymentAuthorisation"},
		{id: "getPaymentInitiationAuthorisation"},
		{id: "updatePaymentPsuData"},
		{id: "getPaymentInitiationScaStatus", wait: "scaStatus", value: "finalised"},
		{id: "getPaymentInitiationStatus", wait: "transactionStatus", value: "ACSC"},
		{id: "getProofOfPayment"},
		{id: "initiatePayment", name: "Create a payment of a later day", body: later},
		{id: "startPaymentAuthorisation", name: "Create an authorisation of the payment of a later day"},
		{id: "updatePaymentPsuData", name: "Start the SCA of the payment of a later day"},
		{id: "getPaymentInitiationScaStatus", name: "Poll the authorisation of the payment of a later day", wait: "scaStatus", value: "finalised"},
		{id: "cancelPayment"},
		{id: "startPaymentInitiationCancellationAuthorisation", also: []int{409}, note: unsigned},
		{id: "getPaymentInitiationCancellationAuthorisationInformation"},
		{id: "updatePaymentCancellationPsuData", also: []int{404}, note: unsigned},
		{id: "getPaymentCancellationScaStatus", also: []int{404}, note: unsigned},
		{id: "initiateBulkPayment", name: "Create a bulk payment", also: []int{400}},
		{id: "initiatePeriodicPayment", name: "Create a periodic payment", also: []int{400}},
	}
	for i := range all[:len(all)-2] {
		all[i].set = map[string]string{"product": "domestic"}
	}
	return all
}

// basketSteps has a basket that is given up, and one that is signed.
func basketSteps() []step {
	return []step{
		{id: "initiatePayment", name: "Create a payment for a basket", set: map[string]string{"product": "domestic"}, body: simple},
		{id: "createSigningBasket"},
		{id: "getSigningBasket"},
		{id: "getSigningBasketStatus"},
		{id: "deleteSigningBasket"},
		{id: "createSigningBasket", name: "Put the payments into another basket"},
		{id: "startSigningBasketAuthorisation"},
		{id: "updateSigningBasketPsuData"},
		{id: "getSigningBasketScaStatus", wait: "scaStatus", value: "finalised"},
	}
}

// folders returns the families with the steps of each: those of the flow, and
// then what no step of any folder is about.
func (d *Description) folders() []folder {
	taken := map[string]bool{}
	all := flow()
	for _, f := range all {
		for _, s := range f.steps {
			taken[s.id] = true
		}
	}
	out := make([]folder, len(d.Families))
	for i, f := range d.Families {
		out[i].family = f.Name
		if at := slices.IndexFunc(all, func(x folder) bool { return x.family == f.Name }); at >= 0 {
			out[i].steps = all[at].steps
		}
		for _, o := range f.Operations {
			if !taken[o.ID] {
				out[i].steps = append(out[i].steps, step{id: o.ID})
			}
		}
	}
	return out
}
