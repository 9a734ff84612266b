package psd2

// A BasketRequest is the body of POST on signing baskets.
type BasketRequest struct {
	PaymentIDs []string `json:"paymentIds"`
}

// A BasketCreated is the answer to POST on signing baskets.
type BasketCreated struct {
	TransactionStatus string         `json:"transactionStatus"`
	BasketID          string         `json:"basketId"`
	SCAMethods        []SCAMethod    `json:"scaMethods"`
	ChosenSCAMethod   *SCAMethod     `json:"chosenScaMethod,omitempty"`
	ChallengeData     *ChallengeData `json:"challengeData,omitempty"`
	PSUMessage        string         `json:"psuMessage,omitempty"`
	Links             PaymentLinks   `json:"_links"`
	TPPMessages       []TPPMessage   `json:"tppMessages,omitempty"`
}

// A Basket is the answer to GET on a signing basket. It has StartAuthorisation
// among its links as long as it can be signed.
type Basket struct {
	PaymentIDs        []string     `json:"paymentIds"`
	TransactionStatus string       `json:"transactionStatus"`
	Links             PaymentLinks `json:"_links"`
	TPPMessages       []TPPMessage `json:"tppMessages,omitempty"`
}
