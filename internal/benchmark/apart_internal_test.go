package benchmark

import "testing"

func TestShareCores(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]cores{
		"":        {},
		"0":       {},
		"x-y":     {},
		"0-1":     {"0-1", "0", "1"},
		"0-3":     {"0-3", "0-2", "3"},
		"2,5":     {"2,5", "2", "5"},
		"0-2,4-5": {"0-2,4-5", "0-2,4", "5"},
		"1,4-7":   {"1,4-7", "1,4-6", "7"},
	} {
		got, ok := share(list)
		if got != want || ok != (want != cores{}) {
			t.Errorf("share(%q) = %v, %v, want %v", list, got, ok, want)
		}
	}
	if got := allowed("Name:\tsluss\nCpus_allowed_list:\t0-1\nMems_allowed:\t1\n"); got != "0-1" {
		t.Errorf("allowed() = %q, want 0-1", got)
	}
}
