package server

import (
	"context"
	"net/http"
)

// wire builds the parts and joins them.
func (s *Server) wire(ctx context.Context) error {
	s.public, s.control, s.close = http.NotFoundHandler(), http.NotFoundHandler(), func() error { return nil }
	return nil
}
