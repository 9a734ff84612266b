package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/clock"
)

// lastUse tells when a secret was last used, so that one sees which can go.
func lastUse(s app.Secret) string {
	text := "never used"
	if !s.LastUsedAt.IsZero() {
		text = "last used " + s.LastUsedAt.Format(time.RFC3339)
	}
	if s.LastUsedFrom != "" {
		text += " from " + s.LastUsedFrom
	}
	if since := s.UnusedSince(clock.Real{}.Now()); !since.IsZero() {
		text += ", unused since " + since.Format(time.DateOnly) + ": safe to remove"
	}
	return text
}

// countSecrets tells how many secrets there are, and how many can go.
func countSecrets(all []app.Secret) string {
	unused := 0
	for _, s := range all {
		if !s.UnusedSince(clock.Real{}.Now()).IsZero() {
			unused++
		}
	}
	if unused == 0 {
		return strconv.Itoa(len(all))
	}
	return fmt.Sprintf("%d (%d unused)", len(all), unused)
}

// A secretCheckCmd finds secrets in a text. It takes none as an argument, since
// other users of the machine can read a command line.
type secretCheckCmd struct {
	File string `arg:"" optional:"" default:"-" help:"Text to look through; - is standard input."`
}

// Help returns the examples of the command.
func (secretCheckCmd) Help() string {
	return `It finds what has the form of a client secret, checks the checksum and prints where it is, masked. It asks no server, so it
does not know whether a secret is still good. It fails (exit status 1) unless there is a secret and each one is whole.
Scanners find secrets by the regular expression ` + app.SecretPattern + `

Examples:
  sluss app secret check < .env
  git log -p | sluss app secret check`
}

// Run implements the command.
func (c *secretCheckCmd) Run(env *Env) error {
	in := env.Stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return fmt.Errorf("read text: %w", err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	good, bad, err := findSecrets(env.Stdout, in)
	switch {
	case err != nil:
		return err
	case bad > 0:
		return fmt.Errorf("%d of %d have a wrong checksum: they were mistyped, or are no secrets", bad, good+bad)
	case good == 0:
		return errors.New("no client secret there")
	}
	return nil
}

// shownOfSecret is how much of a secret is printed: enough to know it again.
const shownOfSecret = len("sluss_") + 4

// maxTextLine bounds a line of the text: files that programs write have long
// ones.
const maxTextLine = 16 << 20

// findSecrets prints where secrets are, masked, and counts them.
func findSecrets(w io.Writer, in io.Reader) (good, bad int, err error) {
	pattern := regexp.MustCompile(app.SecretPattern)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxTextLine)
	for n := 1; lines.Scan(); n++ {
		for _, s := range pattern.FindAllString(lines.Text(), -1) {
			says := "a client secret"
			if _, err := app.ParseSecret(s); err != nil {
				bad++
				says = "wrong checksum"
			} else {
				good++
			}
			if _, err := fmt.Fprintf(w, "line %d: %s***: %s\n", n, s[:shownOfSecret], says); err != nil {
				return good, bad, err
			}
		}
	}
	return good, bad, lines.Err()
}
