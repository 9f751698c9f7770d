package config

import "testing"

func TestCollide(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"127.0.0.1:1883", "127.0.0.1:1883"}:          true,
		{"127.0.0.1:1883", "127.0.0.1:1884"}:          false,
		{"127.0.0.1:1883", "127.0.0.2:1883"}:          false,
		{"127.0.0.1:0", "127.0.0.1:0"}:                false,
		{"0.0.0.0:1883", "127.0.0.1:1883"}:            true,
		{":1883", "127.0.0.1:1883"}:                   true,
		{"[::]:1883", "127.0.0.1:1883"}:               true,
		{"[::]:1883", "[::1]:1883"}:                   true,
		{"[::]:1883", "0.0.0.0:1883"}:                 true,
		{"0.0.0.0:1883", "[::1]:1883"}:                false,
		{"localhost:1883", "127.0.0.1:1883"}:          true,
		{"LOCALHOST:1883", "localhost:1883"}:          true,
		{"localhost:1883", "[::1]:1883"}:              false,
		{"porter.lan:1883", "0.0.0.0:1883"}:           true,
		{"porter.lan:1883", "Porter.lan:01883"}:       true,
		{"porter.lan:1883", "127.0.0.1:1883"}:         false, // nobody knows without asking
		{"[::ffff:127.0.0.1]:1883", "127.0.0.1:1883"}: true,
		{"", "127.0.0.1:1883"}:                        false,
		{"nonsense", "nonsense"}:                      false,
	} {
		if got := AddressesCollide(pair[0], pair[1]); got != want || AddressesCollide(pair[1], pair[0]) != want {
			t.Errorf("%v: %v", pair, got)
		}
	}
}
