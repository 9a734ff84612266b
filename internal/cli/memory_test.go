package cli

import "testing"

func TestPercentFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		live uint64
		want int
	}{
		{0, 40}, {1 << 20, 1000}, {4 << 20, 300}, {8 << 20, 100}, {10 << 20, 60}, {12 << 20, 40}, {1 << 30, 40},
	} {
		if got := percentFor(tt.live); got != tt.want {
			t.Errorf("percentFor(%d) = %d, want %d", tt.live, got, tt.want)
		}
	}
}
