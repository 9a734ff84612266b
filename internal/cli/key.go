package cli

import (
	"fmt"

	"sluss.example/sluss/internal/keyring"
)

// A keyCmd makes keys.
type keyCmd struct {
	NewSealing newSealingCmd `cmd:"" help:"Print a new key that seals secrets at rest."`
	Rotate     keyRotateCmd  `cmd:"" help:"Make a successor of the key that signs tokens, out of turn."`
	List       keyListCmd    `cmd:"" help:"List the keys that sign tokens."`
}

// A newSealingCmd prints a sealing key.
type newSealingCmd struct{}

// Help returns the examples of the command.
func (newSealingCmd) Help() string {
	return `The key is 32 random bytes in base64. Whoever has it and the database can sign tokens; without it the
database's signing keys are lost. Keep it apart from the database's backups.

Example:
  (umask 077; sluss key new-sealing > sealing.key)`
}

// Run implements the command.
func (c *newSealingCmd) Run(env *Env) error {
	_, err := fmt.Fprintln(env.Stdout, keyring.NewSealingKey().Text())
	return err
}
