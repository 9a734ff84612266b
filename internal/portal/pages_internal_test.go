package portal

import (
	"net/http"
	"testing"

	"sluss.example/sluss/internal/ui"
)

// TestPages: each page of the portal can be parsed, which is else not known
// before somebody asks for it.
func TestPages(t *testing.T) {
	t.Parallel()
	assets, err := ui.NewAssets()
	if err != nil {
		t.Fatal(err)
	}
	h := &Handler{Assets: assets}
	if err := h.Mount(http.NewServeMux()); err != nil {
		t.Fatal(err)
	}
	if err := h.pages.Check(); err != nil {
		t.Error(err)
	}
}
