package cli

import "testing"

func TestPercentFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		live uint64
		want int
	}{
		{0, 30}, {1 << 20, 1000}, {4 << 20, 250}, {7 << 20, 100}, {10 << 20, 40}, {12 << 20, 30}, {31 << 20, 30}, {64 << 20, 60}, {1 << 30, 100},
	} {
		if got := percentFor(tt.live); got != tt.want {
			t.Errorf("percentFor(%d) = %d, want %d", tt.live, got, tt.want)
		}
	}
}
