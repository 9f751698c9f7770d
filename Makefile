# Needs nothing but Go.

.PHONY: test test-all demo build lint fuzz

# The tests, but for those that take long: within five minutes on two cores.
test:
	go test -race -shuffle=on ./...

# The long ones too, as CI runs them.
test-all: test
	sh .ci/long

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
