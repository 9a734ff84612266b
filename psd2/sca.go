package psd2

// An SCAMethod is a way for the PSU to authenticate.
type SCAMethod struct {
	AuthenticationType     string `json:"authenticationType"` // SMS_OTP, CHIP_OTP, PHOTO_OTP or PUSH_OTP
	AuthenticationMethodID string `json:"authenticationMethodId"`
	AuthenticationVersion  string `json:"authenticationVersion,omitempty"`
	Name                   string `json:"name,omitempty"`
	Explanation            string `json:"explanation,omitempty"`
}

// ChallengeData is what the PSU needs to open the authentication app. Data has
// one element: the start token, or the text of the QR code of the moment.
type ChallengeData struct {
	Image                 string   `json:"image,omitempty"` // data URI of a PNG
	Data                  []string `json:"data,omitempty"`
	ImageLink             string   `json:"imageLink,omitempty"`
	OTPMaxLength          int      `json:"otpMaxLength,omitempty"`
	OTPFormat             string   `json:"otpFormat,omitempty"` // characters or integer
	AdditionalInformation string   `json:"additionalInformation,omitempty"`
}

// StartAuthorisation is the body of PUT on an authorisation: the chosen
// method.
type StartAuthorisation struct {
	AuthenticationMethodID string `json:"authenticationMethodId"`
}

// An AuthorisationCreated is the answer to POST on authorisations.
type AuthorisationCreated struct {
	AuthorisationID string             `json:"authorisationId"`
	SCAStatus       string             `json:"scaStatus"`
	SCAMethods      []SCAMethod        `json:"scaMethods"`
	ChosenSCAMethod *SCAMethod         `json:"chosenScaMethod,omitempty"`
	ChallengeData   *ChallengeData     `json:"challengeData,omitempty"`
	PSUMessage      string             `json:"psuMessage,omitempty"`
	Links           AuthorisationLinks `json:"_links"`
	TPPMessages     []TPPMessage       `json:"tppMessages,omitempty"`
}

// An AuthorisationStarted is the answer to PUT on an authorisation. In the
// decoupled approach it has ChallengeData, else a link for the browser.
type AuthorisationStarted struct {
	SCAStatus       string             `json:"scaStatus"`
	ChosenSCAMethod *SCAMethod         `json:"chosenScaMethod,omitempty"`
	ChallengeData   *ChallengeData     `json:"challengeData,omitempty"`
	PSUMessage      string             `json:"psuMessage,omitempty"`
	Links           AuthorisationLinks `json:"_links"`
	TPPMessages     []TPPMessage       `json:"tppMessages,omitempty"`
}

// AuthorisationLinks lead on with an authorisation. SCAOAuth and SCARedirect
// are templates: the TPP replaces [CLIENT_ID], [TPP_REDIRECT_URI] and
// [TPP_STATE] by URL-encoded values and sends the browser there.
type AuthorisationLinks struct {
	SCAStatus                  *Link `json:"scaStatus,omitempty"`
	SelectAuthenticationMethod *Link `json:"selectAuthenticationMethod,omitempty"`
	AuthoriseTransaction       *Link `json:"authoriseTransaction,omitempty"`
	SCAOAuth                   *Link `json:"scaOAuth,omitempty"`
	SCARedirect                *Link `json:"scaRedirect,omitempty"`
}

// An AuthorisationList is the answer to GET on authorisations, oldest first.
type AuthorisationList struct {
	AuthorisationIDs []string     `json:"authorisationIds"`
	TPPMessages      []TPPMessage `json:"tppMessages,omitempty"`
}

// An AuthorisationStatus is the answer to a poll. ChallengeData is there while
// the PSU has not answered; a QR code must be taken from the latest poll.
type AuthorisationStatus struct {
	SCAStatus     string         `json:"scaStatus,omitempty"`
	ChallengeData *ChallengeData `json:"challengeData,omitempty"`
	TPPMessages   []TPPMessage   `json:"tppMessages,omitempty"`
}
