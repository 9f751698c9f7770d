package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/callporter/callporter/mqtt"
)

// waitFor waits for a condition: a file, an HTTP answer, an MQTT message.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "waitfor FILE|URL PATTERN")
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	if strings.HasPrefix(args[0], "mqtt://") || strings.HasPrefix(args[0], "ws://") {
		waitForMessage(ts, args[0], pattern)
		return
	}
	client := http.Client{Timeout: deadline}
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	late := time.After(deadline)
	for {
		var text []byte
		if strings.HasPrefix(args[0], "http://") {
			if answer, err := client.Get(args[0]); err == nil {
				text, _ = io.ReadAll(answer.Body)
				answer.Body.Close()
			}
		} else {
			text, _ = os.ReadFile(ts.MkAbs(args[0]))
		}
		if pattern.Match(text) {
			return
		}
		select {
		case <-ticks.C:
		case <-late:
			ts.Fatalf("%s does not match %s:\n%s", args[0], args[1], text)
		}
	}
}

func post(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "post URL TEXT")
	answer, err := http.Post(args[0], "text/plain", strings.NewReader(args[1]))
	ts.Check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%s\n%s", answer.Status, text)
}

// subscribe passes the messages of the filters to receive, in order, until the function it
// returns is called. The client may publish.
func subscribe(ts *testscript.TestScript, broker string, filters []string, receive func(mqtt.Message)) (*mqtt.Client, func()) {
	o := mqtt.Options{URLs: []string{broker}, ClientID: "session-" + rand.Text()}
	for _, filter := range filters {
		o.Subscriptions = append(o.Subscriptions, mqtt.Subscription{Filter: filter, Handle: func(_ context.Context, m mqtt.Message) { receive(m) }})
	}
	client, err := mqtt.NewClient(o)
	ts.Check(err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		client.Run(ctx)
	}()
	return client, func() { stop(); <-done }
}

// brokerAndTopic splits mqtt://HOST:PORT/TOPIC.
func brokerAndTopic(ts *testscript.TestScript, address string) (broker, topic string) {
	before, fragment, hash := strings.Cut(address, "#") // a wildcard here
	u, err := url.Parse(before)
	ts.Check(err)
	topic = strings.TrimPrefix(u.Path, "/")
	if hash {
		topic += "#" + fragment
	}
	return (&url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host}).String(), topic
}

func waitForMessage(ts *testscript.TestScript, address string, pattern *regexp.Regexp) {
	broker, topic := brokerAndTopic(ts, address)
	found := make(chan struct{}, 1000)
	last := make(chan string, 1)
	_, stop := subscribe(ts, broker, []string{topic}, func(m mqtt.Message) {
		select {
		case <-last:
		default:
		}
		last <- string(m.Payload)
		if pattern.Match(m.Payload) {
			select {
			case found <- struct{}{}:
			default:
			}
		}
	})
	defer stop()
	select {
	case <-found:
	case <-time.After(deadline):
		text := "nothing"
		select {
		case text = <-last:
		default:
		}
		ts.Fatalf("%s does not match %s; last: %s", address, pattern, text)
	}
}

// printRetained prints what a broker retains. Our own message comes after all of it.
func printRetained(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "retained mqtt://HOST:PORT/FILTER")
	broker, filter := brokerAndTopic(ts, args[0])
	marker := "session/" + rand.Text()
	var lines []string
	all := make(chan struct{})
	client, stop := subscribe(ts, broker, []string{filter, marker}, func(m mqtt.Message) {
		switch {
		case m.Topic == marker:
			close(all)
		case m.Retained:
			lines = append(lines, m.Topic+" "+string(m.Payload))
		}
	})
	defer stop()
	client.Emit(marker, []byte("all"), time.Now())
	select {
	case <-all:
	case <-time.After(deadline):
		ts.Fatalf("the broker does not answer")
	}
	slices.Sort(lines)
	for _, line := range lines {
		fmt.Fprintln(ts.Stdout(), line)
	}
}
