package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/psd2"
)

// A description holds requests against the published one. The checks of the
// handlers come first, since they say more plainly what is wrong; this finds
// the rest.
type description struct {
	doc        *openapi3.T
	operations map[string]*openapi3.Operation // by operationId
}

// loadDescription parses the description that is part of the binary.
func loadDescription() (*description, error) {
	doc, err := openapi3.NewLoader().LoadFromData(psd2.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("load API description: %w", err)
	}
	d := &description{doc: doc, operations: map[string]*openapi3.Operation{}}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			d.operations[op.OperationID] = op
		}
	}
	return d, nil
}

// input returns what the filter needs to check a request. Headers and
// parameters that are empty are left out: they count as absent.
func (d *description) input(operation string, r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	op := d.operations[operation]
	if op == nil {
		return nil, fmt.Errorf("operation %s is not in the API description", operation)
	}
	c := r.Clone(r.Context())
	for name, values := range c.Header {
		if trim(strings.Join(values, "")) == "" {
			c.Header.Del(name)
		}
	}
	query := url.Values{}
	for name, values := range r.URL.Query() {
		if strings.Join(values, "") != "" {
			query[name] = values
		}
	}
	return &openapi3filter.RequestValidationInput{
		Request: c, QueryParams: query,
		Route:   &routers.Route{Spec: d.doc, Operation: op, Method: r.Method, Path: r.URL.Path},
		Options: &openapi3filter.Options{MultiError: true},
	}, nil
}

// checkParameters checks the headers and the query.
func (d *description) checkParameters(operation string, r *http.Request) error {
	in, err := d.input(operation, r)
	if err != nil {
		return err
	}
	var faults []*problem.Error
	for _, ref := range in.Route.Operation.Parameters {
		p := ref.Value
		if p.In != openapi3.ParameterInHeader && p.In != openapi3.ParameterInQuery {
			continue
		}
		if err := openapi3filter.ValidateParameter(r.Context(), in, p); err != nil {
			e := problem.New(problem.FormatInvalid, "%s", reasonOf(err))
			e.Field, e.In = p.Name, problem.Header
			if p.In == openapi3.ParameterInQuery {
				e.In = problem.Query
			}
			faults = append(faults, e)
		}
	}
	return problem.Join(faults)
}

// checkBody checks a body that is JSON.
func (d *description) checkBody(operation string, r *http.Request, body []byte) error {
	in, err := d.input(operation, r)
	if err != nil || in.Route.Operation.RequestBody == nil {
		return err
	}
	in.Request.Body, in.Request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	in.Request.Header.Set("Content-Type", jsonType) // parameters of it are ignored
	err = openapi3filter.ValidateRequestBody(context.WithoutCancel(r.Context()), in, in.Route.Operation.RequestBody.Value)
	if err == nil {
		return nil
	}
	var faults []*problem.Error
	for _, e := range schemaErrors(err) {
		faults = append(faults, bodyFault("%s", cut(e.Reason, 200)).At(fieldOf(e.JSONPointer())))
	}
	if len(faults) == 0 {
		return bodyFault("the body does not fit the API description").Because(err)
	}
	return problem.Join(faults)
}

// reasonOf says what the description has against a value, without the value.
func reasonOf(err error) string {
	if all := schemaErrors(err); len(all) > 0 {
		return cut(all[0].Reason, 200)
	}
	if errors.Is(err, openapi3filter.ErrInvalidRequired) {
		return "is missing"
	}
	return "does not fit the API description"
}

// schemaErrors returns the errors of schemas within err. That one of several
// schemas does not fit (allOf) is no news: what that one says is.
func schemaErrors(err error) []*openapi3.SchemaError {
	switch err := err.(type) { //nolint:errorlint // walks the tree itself
	case nil:
		return nil
	case *openapi3.SchemaError:
		if inner := schemaErrors(err.Origin); err.SchemaField == "allOf" && len(inner) > 0 {
			return inner
		}
		return []*openapi3.SchemaError{err}
	case openapi3.MultiError:
		var all []*openapi3.SchemaError
		for _, e := range err {
			all = append(all, schemaErrors(e)...)
		}
		return all
	}
	return schemaErrors(errors.Unwrap(err))
}

// fieldOf returns a JSON pointer as the path of a field: a.b[0].
func fieldOf(pointer []string) string {
	var b strings.Builder
	for _, p := range pointer {
		switch {
		case p != "" && strings.Trim(p, "0123456789") == "":
			b.WriteString("[" + p + "]")
		case b.Len() > 0:
			b.WriteString("." + p)
		default:
			b.WriteString(p)
		}
	}
	return b.String()
}

// strictly checks the path, the headers and the query of a call, in strict
// mode. An id of the path that has not the form of one is unknown all the same,
// but for white space around it, which the lenient mode takes off.
func (h *Handler) strictly(c *call, r *http.Request) error {
	if !h.Strict {
		return nil
	}
	for part := range strings.SplitSeq(c.route.path, "/") {
		name := strings.Trim(part, "{}")
		if v := r.PathValue(name); v != strings.TrimSpace(v) {
			return problem.Blame(problem.New(problem.FormatInvalid, "has white space around it"), problem.Path, name)
		}
	}
	d, err := h.described()
	if err != nil {
		return err
	}
	return d.checkParameters(c.route.operation, r)
}

// strictlyBody checks the body of a call, in strict mode.
func (h *Handler) strictlyBody(r *http.Request, body []byte) error {
	if !h.Strict {
		return nil
	}
	d, err := h.described()
	if err != nil {
		return err
	}
	return d.checkBody(callOf(r).route.operation, r, body)
}
