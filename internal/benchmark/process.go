package benchmark

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"sluss.example/sluss/internal/clock"
)

// A Ready is the line that a server prints once it listens.
type Ready struct {
	Auth         string `json:"auth"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
}

// A Process is a server that runs as a child.
type Process struct {
	Ready
	Addr   string        // host:port
	Took   time.Duration // until its line was there
	cmd    *exec.Cmd
	faults bytes.Buffer
}

// Start runs program with args and waits for the line that says where it
// listens. It ends with ctx, at the latest.
func Start(ctx context.Context, program string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.CommandContext(ctx, program, args...)}
	p.cmd.Stderr = &p.faults
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(os.Interrupt) }
	p.cmd.WaitDelay = 10 * time.Second
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	start := clock.Real{}.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	in := bufio.NewReader(out)
	line, err := in.ReadBytes('\n')
	if err != nil {
		_ = p.cmd.Wait()
		return nil, fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, p.faults.String())
	}
	p.Took = clock.Real{}.Since(start)
	go func() { _, _ = io.Copy(io.Discard, in) }() // ends with the process
	if err := json.Unmarshal(line, &p.Ready); err != nil {
		return nil, fmt.Errorf("%s printed %.200q: %w", program, line, err)
	}
	u, err := url.Parse(p.Auth)
	if err != nil {
		return nil, err
	}
	p.Addr = net127(u)
	return p, nil
}

// net127 returns the host and port of u with an address in the place of
// localhost, so that no look-up is measured.
func net127(u *url.URL) string { return "127.0.0.1:" + u.Port() }

// Stop ends the process and waits for it.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
}

// Resident returns how many bytes of memory the process has resident. It is
// zero where there is no /proc, and for what is no process.
func (p *Process) Resident() int64 {
	if p.cmd == nil {
		return 0
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}

// CPUTime returns the processor time that the process with the id has used. It
// is zero where there is no /proc.
func CPUTime(pid int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// The name, in parentheses, may have spaces; user and system time are the
	// twelfth and thirteenth field after it, in hundredths of a second.
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * (time.Second / 100)
}

// CPU returns the name of the machine's processor and how many of its threads
// Go may use here.
func CPU(threads int) string {
	name := "unknown CPU"
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			name = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%s, %d threads", name, threads)
}
