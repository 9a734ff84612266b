package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// A versionCmd prints the version of the program.
type versionCmd struct{}

// Help returns the examples of the command.
func (versionCmd) Help() string { return "Example:\n  sluss version" }

// Run implements the command.
func (c *versionCmd) Run(env *Env) error {
	_, err := fmt.Fprintf(env.Stdout, "sluss %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version returns the version of the module, or the commit that the program
// was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return "devel"
}
