package storetest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// A Server is a PostgreSQL server of a test's own, which it may stop.
type Server struct {
	URL string // of its one database, which is empty at first

	t         testing.TB
	programs  string // folder
	folder    string
	port      string
	runAs     *syscall.Credential // nil: as the test does
	isRunning bool
}

// NewServer starts a PostgreSQL server, which ends with the test. The test is
// skipped where there are no programs for it; check.sh has them.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, programs: findPrograms()}
	if s.programs == "" {
		t.Skip("no PostgreSQL programs; check.sh has them")
	}
	var err error
	if s.folder, err = os.MkdirTemp("", "sluss-postgres-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Stop()
		_ = os.RemoveAll(s.folder)
	})
	s.chooseUser()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, s.port, _ = net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	s.run("initdb", "-D", s.data(), "-U", "sluss", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	s.Start()
	s.URL = fmt.Sprintf("postgres://sluss@127.0.0.1:%s/postgres?sslmode=disable", s.port)
	return s
}

// findPrograms returns the folder of the newest server programs, empty if there
// are none.
func findPrograms() string {
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl"); err == nil && len(found) > 0 {
		return filepath.Dir(slices.Max(found))
	}
	if name, err := exec.LookPath("pg_ctl"); err == nil {
		return filepath.Dir(name)
	}
	return ""
}

// chooseUser gives the folder to another user if the test runs as root, whom
// the server refuses.
func (s *Server) chooseUser() {
	s.t.Helper()
	if os.Getuid() != 0 {
		return
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		if who, err = user.Lookup("nobody"); err != nil {
			s.t.Fatal(err)
		}
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		s.t.Fatal(err)
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		s.t.Fatal(err)
	}
	s.runAs = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(s.folder, int(uid), int(gid)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// run runs one of the programs.
func (s *Server) run(program string, args ...string) {
	s.t.Helper()
	// It also runs when the test's context is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(s.programs, program), args...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.runAs}
	// Not a pipe: the server would hold it open.
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(log.Name())
		s.t.Fatalf("%s: %v\n%s", program, err, text)
	}
}

// Start starts the server, and returns once it answers.
func (s *Server) Start() {
	s.t.Helper()
	s.run("pg_ctl", "-D", s.data(), "-w", "-t", "60", "-o",
		"-p "+s.port+" -c listen_addresses=127.0.0.1 -c unix_socket_directories="+s.folder+" -c fsync=off -c full_page_writes=off", "start")
	s.isRunning = true
}

// Stop stops the server at once, as if it had crashed. To stop it again does
// nothing.
func (s *Server) Stop() {
	s.t.Helper()
	if s.isRunning {
		s.run("pg_ctl", "-D", s.data(), "-m", "immediate", "-w", "stop")
		s.isRunning = false
	}
}
