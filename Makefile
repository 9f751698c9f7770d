# Needs nothing but Go.

.PHONY: test demo build lint fuzz

# The tests, as CI runs them.
test:
	go test -race -shuffle=on ./...

# The main job without box, broker or configuration.
demo:
	go run ./cmd/callporter demo

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o callporter ./cmd/callporter

lint:
	sh .ci/lint

# Ten seconds of every fuzz target.
fuzz:
	sh .ci/fuzz 10s
