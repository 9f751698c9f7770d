package mirror

import "slices"

// CountBits is how many bits of a payload a count takes.
const CountBits = 5

// counts are the counts that a payload can hold. 0 is none.
var counts = [1 << CountBits]int{
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20,
	25, 30, 35, 40, 45, 50, 60, 70, 80, 100, 150, 200, 300, 500, 1000, 2000,
}

// PackCount makes [CountBits] bits of a count: it is rounded down.
func PackCount(n int) uint16 {
	level, exact := slices.BinarySearch(counts[:], max(n, 0))
	if !exact {
		level--
	}
	return uint16(level)
}

// UnpackCount returns the count: there are at least so many.
func UnpackCount(level uint16) int { return counts[level&(1<<CountBits-1)] }
