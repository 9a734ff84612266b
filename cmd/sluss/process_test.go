package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a program may take to start or to end.
const patience = 30 * time.Second

// processes are the programs that a script has in the background.
type processes struct {
	mu  sync.Mutex
	all map[string]*process
}

type process struct {
	cmd   *exec.Cmd
	ready chan map[string]any // gets what the program says when ready
	done  chan error
}

// start runs "sluss" until it is ready, and sets AUTH, API, CONTROL, CLIENT_ID
// and CLIENT_SECRET from what it says. Its output goes to NAME.out and
// NAME.err in the work folder.
func (p *processes) start(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: start NAME ARGS...")
	}
	path, err := exec.LookPath("sluss")
	ts.Check(err)
	name := args[0]
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, v := range []string{"PATH", "HOME", "TMPDIR", "SLUSS_SEALING_KEY", "SLUSS_DATABASE", "SLUSS_LISTEN", "SLUSS_CONTROL"} {
		if value := ts.Getenv(v); value != "" {
			cmd.Env = append(cmd.Env, v+"="+value)
		}
	}
	run := &process{cmd: cmd, ready: make(chan map[string]any, 1), done: make(chan error, 1)}
	var copies sync.WaitGroup
	for ext, open := range map[string]func() (io.ReadCloser, error){".out": cmd.StdoutPipe, ".err": cmd.StderrPipe} {
		r, err := open()
		ts.Check(err)
		f, err := os.OpenFile(ts.MkAbs(name+ext), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		ts.Check(err)
		copies.Go(func() { run.watch(r, f) })
	}
	ts.Check(cmd.Start())
	p.mu.Lock()
	if p.all == nil {
		p.all = map[string]*process{}
	}
	p.all[name] = run
	p.mu.Unlock()
	go func() {
		copies.Wait()
		run.done <- cmd.Wait()
	}()
	select {
	case said := <-run.ready:
		for env, key := range map[string]string{
			"AUTH": "auth", "API": "api", "CONTROL": "control", "CLIENT_ID": "clientId", "CLIENT_SECRET": "clientSecret",
		} {
			if s, ok := said[key].(string); ok {
				if env == "CONTROL" && !strings.HasPrefix(s, "http") {
					s = "http://" + s
				}
				ts.Setenv(env, s)
			}
		}
	case err := <-run.done:
		ts.Fatalf("%s ended before it was ready: %v\n%s", name, err, ts.ReadFile(name+".err"))
	case <-time.After(patience):
		ts.Fatalf("%s is not ready after %v\n%s", name, patience, ts.ReadFile(name+".err"))
	}
}

// watch copies a program's output to f and looks for the line which says that
// it is ready: the only one of a sandbox, or "listening" in the log of a
// server.
func (run *process) watch(r io.Reader, f io.WriteCloser) {
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		_, _ = f.Write(append(lines.Bytes(), '\n'))
		var said map[string]any
		if json.Unmarshal(lines.Bytes(), &said) == nil && said["auth"] != nil {
			select {
			case run.ready <- said:
			default:
			}
		}
	}
}

// end ends a program and waits for it.
func (p *processes) end(ts *testscript.TestScript, _ bool, args []string) {
	p.mu.Lock()
	run := p.all[args[0]]
	p.mu.Unlock()
	if run == nil {
		ts.Fatalf("no program %s", args[0])
	}
	sig := syscall.SIGTERM
	if len(args) > 1 {
		sig = map[string]syscall.Signal{"KILL": syscall.SIGKILL, "INT": syscall.SIGINT}[args[1]]
	}
	ts.Check(run.cmd.Process.Signal(sig))
	select {
	case err := <-run.done:
		run.done <- err
		if err != nil && sig != syscall.SIGKILL {
			ts.Fatalf("%s: %v\n%s", args[0], err, ts.ReadFile(args[0]+".err"))
		}
	case <-time.After(patience):
		ts.Fatalf("%s did not end within %v", args[0], patience)
	}
}

// killAll ends what a script has left running.
func (p *processes) killAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, run := range p.all {
		_ = run.cmd.Process.Kill()
		<-run.done
	}
}

// freePort puts a port into a variable on which nothing listens.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	ts.Check(err)
	ts.Check(l.Close())
	ts.Setenv(args[0], port)
}
