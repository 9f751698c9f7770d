package sip

import "math"

// samples is sound that can be repeated without a seam: 160 ms of silence, or of 425 Hz.
func samples(codec byte, tone bool) []byte {
	sound := make([]byte, 8*packetSize) // 425 Hz has 68 whole periods in 160 ms
	for i := range sound {
		var level int
		if tone {
			level = int(8000 * math.Sin(2*math.Pi*425*float64(i)/8000))
		}
		if codec == 8 {
			sound[i] = alaw(level)
		} else {
			sound[i] = ulaw(level)
		}
	}
	return sound
}

// alaw codes a sample of 16 bits by G.711.
func alaw(level int) byte {
	mask, level := byte(0xd5), level>>3
	if level < 0 {
		mask, level = 0x55, -level-1
	}
	if level < 32 {
		return byte(level>>1) ^ mask
	}
	segment := byte(1)
	for ; level > 63; level >>= 1 {
		segment++
	}
	return (segment<<4 | byte(level>>1)&0x0f) ^ mask
}

// ulaw codes a sample of 16 bits by G.711.
func ulaw(level int) byte {
	const bias, clip = 0x84, 32635
	mask := byte(0xff)
	if level < 0 {
		mask, level = 0x7f, -level
	}
	level = min(level, clip) + bias
	segment := byte(0)
	for top := level >> 8; top > 0; top >>= 1 {
		segment++
	}
	return (segment<<4 | byte(level>>(segment+3))&0x0f) ^ mask
}
