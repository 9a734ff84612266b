package benchmark

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"sluss.example/sluss/internal/clock"
)

// starts is how often a start is measured.
const starts = 20

// Startup measures how soon a sandbox answers, and how much memory it has then.
func Startup(ctx context.Context, o *Options) ([]Row, error) {
	var took, withToken, resident []float64
	for range starts {
		begin := clock.Real{}.Now()
		p, err := Start(ctx, o.Program, "sandbox", "--listen", "127.0.0.1:0", "--json")
		if err != nil {
			return nil, err
		}
		err = p.firstAnswers(ctx)
		took = append(took, ms(clock.Real{}.Since(begin)))
		resident = append(resident, float64(p.Resident())/megabyte)
		if err == nil {
			err = p.firstList(ctx)
		}
		withToken = append(withToken, ms(clock.Real{}.Since(begin)))
		p.Stop()
		if err != nil {
			return nil, err
		}
		o.logf("start: answers after %.0f ms, %.1f MB resident; a token and the banks after %.0f ms",
			took[len(took)-1], resident[len(resident)-1], withToken[len(withToken)-1])
	}
	rows := []Row{
		AtMost(fmt.Sprintf("start: discovery and directory answer (median of %d)", starts), Median(took), 150, "%.0f ms"),
		AtMost("start: resident then", Median(resident), 60, "%.1f MB"),
	}
	rows[0].Note = fmt.Sprintf("the first token, which waits for the new key, and the list of banks: %.0f ms", Median(withToken))
	size, err := o.strippedSize(ctx)
	if err != nil {
		return nil, err
	}
	return append(rows, AtMost("program, stripped", float64(size)/megabyte, 45, "%.1f MB")), nil
}

// firstAnswers waits until the server answers discovery and the directory. The
// latter answers 401 without a token: the first token waits for the new key.
func (p *Process) firstAnswers(ctx context.Context) error {
	for path, want := range map[string]int{
		"/.well-known/openid-configuration":       http.StatusOK,
		"/.well-known/oauth-authorization-server": http.StatusOK,
		"/psd2/aspspinformation/v1/aspsps":        http.StatusUnauthorized,
	} {
		if _, err := p.do(ctx, &Call{Method: http.MethodGet, Path: path, Status: want, Header: requestID()}); err != nil {
			return err
		}
	}
	return nil
}

// firstList gets a token and lists the banks.
func (p *Process) firstList(ctx context.Context) error {
	header, err := p.bearer(ctx, "aspspinformation private")
	if err != nil {
		return err
	}
	_, err = p.do(ctx, &Call{Method: http.MethodGet, Path: "/psd2/aspspinformation/v1/aspsps", Status: http.StatusOK, Header: header, Contain: "ESSESESS"})
	return err
}

// strippedSize returns the size of the program without symbols and debugging
// tables: as it is, if there is no strip.
func (o *Options) strippedSize(ctx context.Context) (int64, error) {
	dir, err := os.MkdirTemp("", "sluss-bench")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	name := filepath.Join(dir, "sluss")
	if exec.CommandContext(ctx, "strip", "-o", name, o.Program).Run() != nil {
		name = o.Program
	}
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
