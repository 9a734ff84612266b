package audit

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// A line is an entry within a body. The names are short, and what repeats
// itself costs next to nothing: a body is compressed.
type line struct {
	At       int64  `json:"t"` // Unix milliseconds
	Kind     string `json:"k"`
	ClientID string `json:"c,omitempty"`
	TokenID  string `json:"j,omitempty"`
	Scope    string `json:"s,omitempty"`
	Detail   string `json:"d,omitempty"`
}

// An encoder makes bodies: lines of JSON, compressed (RFC 1951).
type encoder struct {
	flate *flate.Writer // made once: it is large
}

func (e *encoder) encode(entries []Entry) ([]byte, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	var out bytes.Buffer
	if e.flate == nil {
		w, err := flate.NewWriter(&out, flate.BestSpeed)
		if err != nil {
			return nil, fmt.Errorf("encode entries: %w", err)
		}
		e.flate = w
	} else {
		e.flate.Reset(&out)
	}
	lines := json.NewEncoder(e.flate)
	for _, x := range entries {
		if err := lines.Encode(line{x.At.UnixMilli(), x.Kind, x.ClientID, x.TokenID, x.Scope, x.Detail}); err != nil {
			return nil, fmt.Errorf("encode entries: %w", err)
		}
	}
	if err := e.flate.Close(); err != nil {
		return nil, fmt.Errorf("encode entries: %w", err)
	}
	return out.Bytes(), nil
}

// Entries returns what is in the body of a block.
func (b *Block) Entries() ([]Entry, error) {
	if len(b.Body) == 0 {
		return nil, nil
	}
	r := flate.NewReader(bytes.NewReader(b.Body))
	defer func() { _ = r.Close() }()
	var entries []Entry
	for lines := json.NewDecoder(r); ; {
		var l line
		if err := lines.Decode(&l); err == io.EOF {
			return entries, nil
		} else if err != nil {
			return nil, fmt.Errorf("decode entries: %w", err)
		}
		entries = append(entries, Entry{time.UnixMilli(l.At).UTC(), l.Kind, l.ClientID, l.TokenID, l.Scope, l.Detail})
	}
}
