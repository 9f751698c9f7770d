package config

import (
	"fmt"
	"os"

	"github.com/callporter/callporter/call"
)

// AreaCodes reads the list of area codes that the configuration names; nil if it names none.
func AreaCodes(c Config) (*call.AreaCodes, error) {
	if c.Screening.AreaCodes == "" {
		return nil, nil
	}
	f, err := os.Open(c.Screening.AreaCodes)
	if err != nil {
		return nil, fmt.Errorf("read screening.area_codes: %w", err)
	}
	defer f.Close()
	return call.ReadAreaCodes(f)
}
