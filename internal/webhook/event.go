package webhook

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sluss.example/sluss/internal/event"
)

// The types of events of this package.
const (
	TypeTest     = "webhook.test"     // somebody asked for one
	TypeDisabled = "webhook.disabled" // an endpoint has failed for too long
)

// A Message is what is sent. It tells what happened to which resource, and no
// more: no names, no numbers of accounts, no amounts.
type Message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // business time
	Data      Data      `json:"data"`
}

// Data is what happened.
type Data struct {
	ID       string `json:"id"` // of the resource
	ClientID string `json:"clientId,omitempty"`
	Status   string `json:"status"` // last word of the type
	BICFI    string `json:"bicFi,omitempty"`
}

// MessageOf returns the message of an event.
func MessageOf(e event.Event) Message {
	return Message{
		Type: e.Type, Timestamp: e.At.UTC(),
		Data: Data{ID: e.Subject, ClientID: e.ClientID, Status: e.Type[strings.LastIndexByte(e.Type, '.')+1:], BICFI: e.BICFI},
	}
}

// Encode returns the message as it is sent.
func (m Message) Encode() (string, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("encode message: %w", err)
	}
	return string(b), nil
}

// Told reports whether apps are told of events of the type. What an operator
// does to an app is for the audit trail alone.
func Told(kind string) bool {
	for _, family := range []string{"app.", "key.", "endpoint."} {
		if strings.HasPrefix(kind, family) {
			return false
		}
	}
	return true
}
