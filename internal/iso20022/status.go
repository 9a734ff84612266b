// Package iso20022 has words of the message standard ISO 20022 that banks and
// TPPs share. It has no rules: what follows what is the business of the package
// payment.
package iso20022

// A Status is a transaction status, ISO ExternalPaymentTransactionStatus1Code.
type Status string

// The statuses that the API shows.
const (
	RCVD Status = "RCVD" // received, nothing signed
	PDNG Status = "PDNG" // pending checks
	ACTC Status = "ACTC" // technically accepted; signed and waiting for its execution date
	PATC Status = "PATC" // partly signed, more signatures needed
	ACCP Status = "ACCP" // customer profile checked
	ACFC Status = "ACFC" // funds checked
	ACWC Status = "ACWC" // accepted with a change
	ACWP Status = "ACWP" // accepted, not posted yet
	ACSP Status = "ACSP" // settlement in process
	ACSC Status = "ACSC" // settled on the debtor's account
	ACCC Status = "ACCC" // settled on the creditor's account
	PART Status = "PART" // part of a bulk accepted
	RJCT Status = "RJCT" // rejected
	CANC Status = "CANC" // cancelled
)
