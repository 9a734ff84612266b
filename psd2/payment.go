package psd2

// A Payment is the body of POST on a payment product. Which fields there are
// depends on the product; see the API description.
type Payment struct {
	InstructedAmount                  Amount                `json:"instructedAmount"`
	DebtorAccount                     DebtorAccount         `json:"debtorAccount"`
	CreditorAccount                   *AccountReference     `json:"creditorAccount,omitempty"` // all but swedish-giro
	CreditorGiro                      *GiroReference        `json:"creditorGiro,omitempty"`    // swedish-giro
	CreditorName                      string                `json:"creditorName"`
	CreditorAddress                   *InternationalAddress `json:"creditorAddress,omitempty"`
	CreditorAgent                     string                `json:"creditorAgent,omitempty"` // BIC
	CreditorAgentName                 string                `json:"creditorAgentName,omitempty"`
	RequestedExecutionDate            string                `json:"requestedExecutionDate,omitempty"` // date; as soon as possible if empty
	RemittanceInformationUnstructured string                `json:"remittanceInformationUnstructured,omitempty"`
	InvoiceRef                        string                `json:"invoiceRef,omitempty"`
	OCRRef                            string                `json:"ocrRef,omitempty"`
	DebtorAccountMessage              string                `json:"debtorAccountMessage,omitempty"`
	CreditorAccountMessage            string                `json:"creditorAccountMessage,omitempty"`
	EndToEndIdentification            string                `json:"endToEndIdentification,omitempty"`
	PurposeCode                       string                `json:"purposeCode,omitempty"`
	RegulatoryReporting               []RegulatoryReporting `json:"regulatoryReporting,omitempty"`
}

// A DebtorAccount is an account reference that may also be a giro number.
type DebtorAccount struct {
	AccountReference
	BankgiroNumber string `json:"bankgiroNumber,omitempty"`
	PlusgiroNumber string `json:"plusgiroNumber,omitempty"`
}

// A GiroReference is a Swedish giro number, with its hyphen or without.
type GiroReference struct {
	GiroNumber string `json:"giroNumber"`
	GiroType   string `json:"giroType"` // BANKGIRO or PLUSGIRO
}

// An InternationalAddress is an address that may have a state.
type InternationalAddress struct {
	Address
	State string `json:"state,omitempty"`
}

// A RegulatoryReporting is what some countries want to know of a payment.
type RegulatoryReporting struct {
	DetailsCode        string `json:"detailsCode,omitempty"`
	DetailsInformation string `json:"detailsInformation,omitempty"`
}

// A PaymentCreated is the answer to POST on a payment product.
type PaymentCreated struct {
	TransactionStatus string         `json:"transactionStatus"`
	PaymentID         string         `json:"paymentId"`
	SCAMethods        []SCAMethod    `json:"scaMethods"`
	ChosenSCAMethod   *SCAMethod     `json:"chosenScaMethod,omitempty"`
	ChallengeData     *ChallengeData `json:"challengeData,omitempty"`
	PSUMessage        string         `json:"psuMessage,omitempty"`
	// VerificationOfPayee is there for sepa-credit-transfers.
	VerificationOfPayee *PayeeVerification `json:"verificationOfPayee,omitempty"`
	Links               PaymentLinks       `json:"_links"`
	TPPMessages         []TPPMessage       `json:"tppMessages,omitempty"`
}

// A PayeeVerification says whether the name of a payee is that of the account.
type PayeeVerification struct {
	PartyNameMatch string       `json:"partyNameMatch"` // MTCH, CMTC, NMTC or NOAP
	MatchedName    string       `json:"matchedName,omitempty"`
	TPPMessages    []TPPMessage `json:"tppMessages,omitempty"`
}

// PaymentLinks lead on from a payment or a signing basket.
type PaymentLinks struct {
	Self               *Link `json:"self,omitempty"`
	Status             *Link `json:"status,omitempty"`
	StartAuthorisation *Link `json:"startAuthorisation,omitempty"`
}

// PaymentInformation is the answer to GET on a payment: one shape for all
// products. The giro number of the creditor is a bban in CreditorAccount too.
type PaymentInformation struct {
	DebtorAccount                     DebtorAccount         `json:"debtorAccount"`
	InstructedAmount                  Amount                `json:"instructedAmount"`
	CreditorAccount                   AccountReference      `json:"creditorAccount"`
	CreditorName                      string                `json:"creditorName"`
	TransactionStatus                 string                `json:"transactionStatus"`
	EndToEndIdentification            string                `json:"endToEndIdentification,omitempty"`
	CreditorAgent                     string                `json:"creditorAgent,omitempty"`
	CreditorAgentName                 string                `json:"creditorAgentName,omitempty"`
	CreditorAddress                   *InternationalAddress `json:"creditorAddress,omitempty"`
	CreditorGiro                      *GiroReference        `json:"creditorGiro,omitempty"`
	RemittanceInformationUnstructured string                `json:"remittanceInformationUnstructured,omitempty"`
	RemittanceInformationStructured   *PaymentReference     `json:"remittanceInformationStructured,omitempty"`
	OCRRef                            string                `json:"ocrRef,omitempty"`
	InvoiceRef                        string                `json:"invoiceRef,omitempty"`
	DebtorAccountMessage              string                `json:"debtorAccountMessage,omitempty"`
	CreditorAccountMessage            string                `json:"creditorAccountMessage,omitempty"`
	RequestedExecutionDate            string                `json:"requestedExecutionDate,omitempty"` // in force
	PurposeCode                       string                `json:"purposeCode,omitempty"`
	RegulatoryReporting               []RegulatoryReporting `json:"regulatoryReporting,omitempty"`
	TPPMessages                       []TPPMessage          `json:"tppMessages,omitempty"`
}

// A PaymentReference is the reference that the creditor asked to be paid with.
type PaymentReference struct {
	Reference       string `json:"reference"`
	ReferenceType   string `json:"referenceType,omitempty"`
	ReferenceIssuer string `json:"referenceIssuer,omitempty"`
}

// PaymentStatus is the answer to GET on the status of a payment or of a signing
// basket.
type PaymentStatus struct {
	TransactionStatus string       `json:"transactionStatus"`
	TPPMessages       []TPPMessage `json:"tppMessages,omitempty"`
}

// A PaymentCancelling is the answer to DELETE on a payment whose cancellation
// takes an SCA.
type PaymentCancelling struct {
	TransactionStatus string         `json:"transactionStatus"`
	SCAMethods        []SCAMethod    `json:"scaMethods"`
	ChosenSCAMethod   *SCAMethod     `json:"chosenScaMethod,omitempty"`
	ChallengeData     *ChallengeData `json:"challengeData,omitempty"`
	Links             PaymentLinks   `json:"_links"`
	TPPMessages       []TPPMessage   `json:"tppMessages,omitempty"`
}

// A CancellationList is the answer to GET on cancellation-authorisations, oldest
// first.
type CancellationList struct {
	CancellationIDs []string     `json:"cancellationIds"`
	TPPMessages     []TPPMessage `json:"tppMessages,omitempty"`
}
