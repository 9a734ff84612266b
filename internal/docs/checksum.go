package docs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"

	"sluss.example/sluss/internal/web"
)

// checksumPath is where the checksum of the program is.
const checksumPath = Path + "/sluss.sha256"

// checksum serves GET /docs/sluss.sha256, as sha256sum writes and reads it.
func (s *site) checksum(w http.ResponseWriter, _ *http.Request) error {
	sum, err := s.sum()
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return web.WriteBody(w, http.StatusOK, typeText, []byte(sum+"  sluss\n"))
}

// sumOfProgram returns the SHA-256 of the running program's file, in
// hexadecimal.
func sumOfProgram() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the program: %w", err)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("read the program: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read the program: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
