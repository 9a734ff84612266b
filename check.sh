#!/usr/bin/env bash
# check.sh: everything that CI checks, in one command.
#
#   ./check.sh          formatting, lint, all tests twice: with the race detector, and without cgo
#   ./check.sh fast     formatting, vet and the tests once, without the race detector
#   ./check.sh fuzz     every fuzz target for FUZZTIME (default 60s)
#   ./check.sh lint     formatting and lint alone
#   ./check.sh browser  the tests in a browser alone; with SLUSS_SCREENSHOTS=FOLDER they leave pictures of all pages there
#
# It needs Go. What else the tests need (a PostgreSQL server, curl, Node.js, Python with requests, a C compiler for the
# race detector, OpenSSL's
# headers and SoftHSM2 for the key backends, Chromium and npm for the tests in a browser) it looks for, installs with apt-get if it may, and otherwise names. The PostgreSQL server is its own: in a temporary
# folder, on a free port, as an ordinary user, gone at the end.
set -euo pipefail
cd "$(dirname "$0")"

started=$SECONDS
passed=0
step() { printf '\n== %s (%d s)\n' "$*" "$((SECONDS - started))"; }
die() { printf 'check.sh: %s\n' "$*" >&2; exit 1; }

# need COMMAND PACKAGE WHY: looks for a command and installs the distribution's package if it is missing.
need() {
  command -v "$1" >/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    step "installing $2"
    apt_update
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" >/dev/null
  fi
  command -v "$1" >/dev/null || die "$1 is missing: install $2 ($3)"
}
apt_update() {
  [ -n "${apt_updated:-}" ] || apt-get update -qq >/dev/null
  apt_updated=1
}

# need_header FILE PACKAGE WHY: the same for a header of C.
need_header() {
  echo "#include <$1>" | gcc -E -x c - >/dev/null 2>&1 && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    step "installing $2"
    apt_update
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" >/dev/null
  fi
  echo "#include <$1>" | gcc -E -x c - >/dev/null 2>&1 || die "$1 is missing: install $2 ($3)"
}

# need_examples looks for what the examples of the guides are run with.
need_examples() {
  need curl curl "the README's commands and the examples of the guides are run as printed"
  need node nodejs "examples of the guides are in JavaScript"
  need python3 python3 "examples of the guides are in Python"
  python3 -c 'import requests' 2>/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    step "installing python3-requests"
    apt_update
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-requests >/dev/null
  fi
  python3 -c 'import requests' 2>/dev/null || die "Python's requests is missing: install python3-requests (examples of the guides)"
}

# need_browser looks for what the tests in a browser want: Chromium from the distribution, and axe-core from npm's registry, which is
# fetched into a folder of its own: its licence is not ours, so it is no part of the project.
need_browser() {
  need chromium chromium "the pages are tested in a browser"
  need npm npm "axe-core, which tests pages for who cannot see them, is one of its packages"
  axe_dir=$(mktemp -d)
  step "fetching axe-core $axe_version"
  npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix "$axe_dir" "axe-core@$axe_version" >"$axe_dir/log" 2>&1 ||
    { cat "$axe_dir/log" >&2; die "axe-core cannot be had"; }
  export SLUSS_AXE="$axe_dir/node_modules/axe-core/axe.min.js"
}
axe_version=4.14.1

# browser walks through the pages, in a browser. SLUSS_SCREENSHOTS=FOLDER has it leave pictures of all of them there.
browser() {
  step "pages in a browser"
  go_test "the run in the browser" -timeout 15m -tags browser ./internal/browser
}

# need_backends looks for what the key backends are built with.
need_backends() {
  need gcc gcc "the race detector and the key backends"
  need_header openssl/evp.h libssl-dev "the key backend libcrypto"
  need softhsm2-util softhsm2 "the tests of the key backend pkcs11"
}

# backends tests the key backends, and that the program can be built with them.
backends() {
  step "key backends: libcrypto and pkcs11"
  CGO_ENABLED=1 go build -tags "$backend_tags" -o /dev/null ./cmd/sluss
  CGO_ENABLED=1 go_test "the run of the key backends" -race -timeout 15m -tags "$backend_tags" ./internal/keyring/... ./internal/benchmark/... ./internal/cli/...
}
backend_tags=libcrypto,pkcs11

# postgres_bin prints the folder of the newest PostgreSQL server programs.
postgres_bin() {
  local dir
  dir=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  if [ -x "$dir/initdb" ]; then echo "$dir"; return; fi
  if command -v initdb >/dev/null && command -v postgres >/dev/null; then dirname "$(command -v initdb)"; fi
}

# as_user runs a command as the user that owns the PostgreSQL server, which refuses to run as root.
as_user() { if [ "$(id -u)" = 0 ]; then runuser -u "$pg_user" -- "$@"; else "$@"; fi; }

start_postgres() {
  local bin port
  bin=$(postgres_bin)
  if [ -z "$bin" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    step "installing postgresql"
    apt_update
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
    bin=$(postgres_bin)
  fi
  [ -n "$bin" ] || die "a PostgreSQL server is missing: install postgresql (the tests run on it as well as on SQLite)"
  step "starting PostgreSQL ($("$bin/postgres" --version))"
  pg_user=nobody
  getent passwd postgres >/dev/null && pg_user=postgres
  pg_dir=$(mktemp -d "${TMPDIR:-/tmp}/sluss-postgres.XXXXXX")
  [ "$(id -u)" != 0 ] || chown "$pg_user" "$pg_dir"
  trap stop_postgres EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  (cd "$pg_dir" && as_user "$bin/initdb" -D "$pg_dir/data" -U sluss -A trust -E UTF8 --locale=C --no-sync >"$pg_dir.log" 2>&1) ||
    { cat "$pg_dir.log" >&2; die "initdb failed"; }
  port=$(free_port)
  pg_ctl="$bin/pg_ctl"
  (cd "$pg_dir" && as_user "$pg_ctl" -D "$pg_dir/data" -w -t 60 -l "$pg_dir/server.log" -o \
    "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$pg_dir -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 -c max_pred_locks_per_transaction=256" \
    start >/dev/null) || { cat "$pg_dir/server.log" >&2; die "PostgreSQL did not start"; }
  export SLUSS_TEST_POSTGRES="postgres://sluss@127.0.0.1:$port/postgres?sslmode=disable"
}

free_port() {
  local port
  for port in $(shuf -i 20000-32000 -n 50); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  die "no free port for PostgreSQL"
}

stop_postgres() {
  [ -z "${checktest:-}" ] || rm -rf "$(dirname "$checktest")"
  [ -z "${axe_dir:-}" ] || rm -rf "$axe_dir"
  [ -n "${pg_dir:-}" ] || return 0
  (cd / && as_user "$pg_ctl" -D "$pg_dir/data" -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$pg_dir" "$pg_dir.log"
}

# go_test LABEL ARG...: runs the tests, tells of each package when it is done, prints what failed and counts what
# ran. A skipped test fails the run: here is everything that a test may need.
go_test() {
  local label=$1 report status=0
  shift
  report=$(mktemp)
  go test -json "$@" | "$checktest" | tee "$report" || status=$?
  passed=$((passed + $(sed -n '$s/ passed.*//p' "$report")))
  rm -f "$report"
  [ "$status" = 0 ] || die "$label failed"
}

formatting() {
  step "formatting"
  local files
  files=$(find . -name '*.go' -not -path './.git/*' -exec go tool -modfile=tools/go.mod gofumpt -l {} +)
  [ -z "$files" ] || die "not formatted, run gofumpt: $files"
}

lint() {
  formatting
  step "lint"
  go tool -modfile=tools/go.mod golangci-lint run ./...
  CGO_ENABLED=1 go tool -modfile=tools/go.mod golangci-lint run --build-tags "$backend_tags" ./internal/keyring/... ./internal/benchmark/...
  go tool -modfile=tools/go.mod golangci-lint run --build-tags browser ./internal/browser
}

fuzz() {
  local pkg target
  for pkg in $(go list ./...); do
    for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
      step "fuzz $pkg $target"
      go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-60s}" "$pkg"
    done
  done
}

build_checktest() {
  checktest=$(mktemp -d)/checktest
  go build -o "$checktest" ./internal/checktest
}

command -v go >/dev/null || die "Go is missing: install Go 1.26 or newer"
case "${1:-all}" in
lint)
  need_backends
  lint
  ;;
fuzz) fuzz ;;
fast)
  formatting
  need_examples
  start_postgres
  build_checktest
  step "tests"
  go_test tests ./...
  ;;
browser)
  need_browser
  trap stop_postgres EXIT
  build_checktest
  browser
  ;;
all)
  need_backends
  need_examples
  need_browser
  lint
  start_postgres
  build_checktest
  step "tests with the race detector"
  go_test "the race run" -race -timeout 15m ./...
  backends
  browser
  step "tests without cgo"
  CGO_ENABLED=0 go_test "the run without cgo" -timeout 15m ./...
  ;;
*) die "usage: ./check.sh [all|fast|lint|fuzz|browser]" ;;
esac
step "all is well"
[ "$passed" = 0 ] || printf '%d passed, 0 failed, 0 skipped\n' "$passed"
