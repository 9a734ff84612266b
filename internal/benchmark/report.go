package benchmark

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// A Row is one figure beside its target.
type Row struct {
	What, Measured, Target string
	Met                    bool
	Note                   string
}

// AtLeast returns the row of a figure that must not be less than target.
func AtLeast(what string, got, target float64, format string) Row {
	return Row{What: what, Measured: fmt.Sprintf(format, got), Target: "at least " + fmt.Sprintf(format, target), Met: got >= target}
}

// AtMost returns the row of a figure that must not be more than target.
func AtMost(what string, got, target float64, format string) Row {
	return Row{What: what, Measured: fmt.Sprintf(format, got), Target: "at most " + fmt.Sprintf(format, target), Met: got <= target}
}

// Print writes the rows as a table and reports whether every target was met.
func Print(w io.Writer, rows []Row) (met bool, err error) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	met = true
	for _, r := range rows {
		verdict := "met"
		if !r.Met {
			verdict, met = "MISSED", false
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", r.What, r.Measured, r.Target, verdict, r.Note)
	}
	return met, out.Flush()
}

// Median returns the median of xs, which must not be empty.
func Median(xs []float64) float64 {
	s := slices.Sorted(slices.Values(xs))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

const megabyte = 1 << 20
