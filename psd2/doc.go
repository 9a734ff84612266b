// Package psd2 has the wire types of the open banking APIs, NextGenPSD2 1.3 as
// sluss speaks it, their message codes, and the description of every public
// endpoint in OpenAPI 3.0 ([OpenAPI]).
//
// It has no behaviour. The server converts its own types to these by hand, and
// an SDK or a connector to another bank reads them. A pointer, and a slice
// with omitzero, is nil for a member that is absent.
package psd2

import _ "embed" // the description is part of the binary

//go:embed openapi.yaml
var description string

// OpenAPI returns the description of the APIs: OpenAPI 3.0.3, as YAML.
func OpenAPI() []byte { return []byte(description) }
