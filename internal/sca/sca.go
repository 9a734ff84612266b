// Package sca has the words of strong customer authentication: the status
// machine of an authorisation, its approaches, methods and challenges.
//
// It keeps nothing. A consent, a payment and a basket each store their own
// authorisations; a bank runs the SCA itself (package bank).
package sca

import "time"

// A Status is an scaStatus (NextGenPSD2 1.3, data type scaStatus). An authorisation passes through
// them in the order below and may skip some; [Finalised], [Failed] and
// [Exempted] are final.
type Status string

// The statuses.
const (
	Received                        Status = "received"
	PSUIdentified                   Status = "psuIdentified"
	PSUAuthenticated                Status = "psuAuthenticated"
	MethodSelected                  Status = "scaMethodSelected"
	AuthenticationStarted           Status = "authenticationStarted"
	AuthoriseCreditorAccountStarted Status = "authoriseCreditorAccountStarted"
	Started                         Status = "started"
	Finalised                       Status = "finalised"
	Failed                          Status = "failed"
	Exempted                        Status = "exempted"
)

// Final reports whether s never changes again.
func (s Status) Final() bool { return s == Finalised || s == Failed || s == Exempted }

// Signed reports whether s means that the PSU has given the signature.
func (s Status) Signed() bool { return s == Finalised || s == Exempted }

// An Approach is how the PSU meets the bank.
type Approach string

// The approaches. Embedded SCA is not offered. OAuthRedirect and PlainRedirect
// are both REDIRECT on the wire.
const (
	Decoupled     Approach = "decoupled"
	OAuthRedirect Approach = "oauth"
	PlainRedirect Approach = "plain"
)

// Redirect reports whether the PSU signs on a page of the bank.
func (a Approach) Redirect() bool { return a == OAuthRedirect || a == PlainRedirect }

// Wire returns the value of the ASPSP-SCA-Approach header.
func (a Approach) Wire() string {
	if a.Redirect() {
		return "REDIRECT"
	}
	return "DECOUPLED"
}

// A Method is an authentication method that a bank offers.
type Method struct {
	ID   string // authenticationMethodId, such as "mbid"
	Type string // authenticationType: SMS_OTP, CHIP_OTP, PHOTO_OTP or PUSH_OTP
	Name string // for the PSU
}

// The ids of the BankID methods.
const (
	MBID           = "mbid"
	MBIDSameDevice = "mbid_same_device"
	MBIDQRToken    = "mbid_animated_qr_token"
	MBIDQRImage    = "mbid_animated_qr_image"
)

// BankID returns the four methods of Swedish banks.
func BankID() []Method {
	return []Method{
		{MBID, "PUSH_OTP", "Mobilt BankID"},
		{MBIDSameDevice, "CHIP_OTP", "Mobile BankID on this device"},
		{MBIDQRToken, "PHOTO_OTP", "Mobile BankID on another device"},
		{MBIDQRImage, "PHOTO_OTP", "Mobile BankID on another device, as an image"},
	}
}

// A Challenge is what the PSU needs to open the authentication app: a start
// token, the current QR text, or the current QR image.
type Challenge struct {
	Data  []string // start token or QR text
	Image string   // data URI of a PNG
}

// A Failure says why an authorisation failed, as the API's message code.
type Failure string

// The failures.
const (
	SessionExpired Failure = "AUTHENTICATION_SESSION_EXPIRED"
	NotActivated   Failure = "BANKID_NOT_ACTIVATED"
	UserCancel     Failure = "USER_CANCEL"
	RightsMissing  Failure = "PSU_RIGHTS_MISSING"
	RefusedByBank  Failure = "RAW"
)

// The time-outs that are ours to keep. Those of a decoupled run are the bank's.
const (
	RedirectTimeout = 15 * time.Minute // from start to the PSU's answer
	UnstartedAfter  = 24 * time.Hour   // an authorisation that was never started
	CodeLifetime    = 10 * time.Minute // of an authorisation code
)

// An Authorisation is one run of SCA by one person on one resource. Its owner
// beyond PSU is that of the resource.
type Authorisation struct {
	ID       string // UUID
	PSU      string // PSU-ID that created it, normalised; empty until known
	Status   Status
	Approach Approach
	Method   string // authenticationMethodId, empty until chosen
	// BankRef names the run at the bank, empty until it was started there.
	BankRef string
	// Digest is a hash of what the PSU was shown, set when it was started. It is
	// empty for a consent.
	Digest string
	// Signer is the PSU-ID of the person who signed, as the bank reports it.
	Signer string
	// MoreNeeded says that the signature was given and another one is needed.
	MoreNeeded bool
	Failure    Failure // why it failed
	Message    string  // a sentence beside Failure

	CreatedAt time.Time
	StartedAt time.Time // zero until started
	// SignedAt is when the bank reported the signature. In [OAuthRedirect] the
	// status stays [Started] from then until the code is exchanged.
	SignedAt   time.Time
	FinishedAt time.Time // zero until final
}

// Pending reports whether the authorisation was started and is not final.
func (a *Authorisation) Pending() bool { return a.Status != Received && !a.Status.Final() }
