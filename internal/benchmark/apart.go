package benchmark

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// cores are which of the machine's cores the load has, and which a server: lists
// as taskset of util-linux takes them, such as "0-2,4".
type cores struct{ all, load, server string }

// errApart says why a server and its load cannot be kept apart.
var errApart = errors.New("needs two cores, and taskset of util-linux")

// keepApart has the load run on all cores but the last, until it ends.
func keepApart(ctx context.Context) (*cores, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil, errApart
	}
	c, ok := share(allowed(string(status)))
	if !ok {
		return nil, errApart
	}
	if err := pin(ctx, c.load, os.Getpid()); err != nil {
		return nil, err
	}
	return &c, nil
}

// end lets the load run everywhere again.
func (c *cores) end() { _ = pin(context.Background(), c.all, os.Getpid()) }

// startOn starts a program on one core.
func startOn(ctx context.Context, core, program string, args ...string) (*Process, error) {
	return Start(ctx, "taskset", slices.Concat([]string{"-c", core, program}, args)...)
}

// pin has every thread of a process, and those that they start, run on a list
// of cores.
func pin(ctx context.Context, list string, pid int) error {
	out, err := exec.CommandContext(ctx, "taskset", "-a", "-c", "-p", list, strconv.Itoa(pid)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %w %s", errApart, err, out)
	}
	return nil
}

// allowed returns the list of cores on which the process with this
// /proc/PID/status may run.
func allowed(status string) string {
	for line := range strings.Lines(status) {
		if list, ok := strings.CutPrefix(line, "Cpus_allowed_list:"); ok {
			return strings.TrimSpace(list)
		}
	}
	return ""
}

// share gives the last core of a list to the server and the others to the load.
func share(list string) (cores, bool) {
	i := strings.LastIndexAny(list, ",-") + 1
	last, err := strconv.Atoi(list[i:])
	if err != nil || i == 0 {
		return cores{}, false
	}
	others := list[:i-1]
	if list[i-1] == '-' {
		first := others[strings.LastIndex(others, ",")+1:]
		if n, err := strconv.Atoi(first); err != nil {
			return cores{}, false
		} else if n < last-1 {
			others += "-" + strconv.Itoa(last-1)
		}
	}
	return cores{all: list, load: others, server: strconv.Itoa(last)}, true
}
