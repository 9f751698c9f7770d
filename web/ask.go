package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

// Answer is what a running callporter says about itself.
type Answer struct {
	Ready   bool
	Version string
}

// Ask requests /readyz at an address, host and port, until ctx ends. An answer of another
// program is an error.
func Ask(ctx context.Context, address string) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return Answer{}, fmt.Errorf("ask %s: %w", address, err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: it is near
	answer, err := client.Do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("ask %s: %w", address, err)
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	var document probeDocument
	err = json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&document)
	if err != nil || document.Checks == nil || document.Status != ready && document.Status != notReady {
		return Answer{}, errors.New("ask " + address + ": what answers is not callporter")
	}
	return Answer{Ready: document.Status == ready, Version: document.Version}, nil
}
