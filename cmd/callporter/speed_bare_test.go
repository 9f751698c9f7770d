package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strings"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// bare is the smallest possible bridge: it splits the line and publishes the caller.
func bare() {
	client := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + os.Args[2]).SetClientID("bare"))
	if token := client.Connect(); token.Wait() && token.Error() != nil {
		fmt.Fprintln(os.Stderr, token.Error())
		os.Exit(1)
	}
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	line := make([]byte, 0, 4096)
	for part := make([]byte, 4096); ; {
		n, err := conn.Read(part)
		line = append(line, part[:n]...)
		for i := bytes.IndexByte(line, '\n'); i >= 0; i = bytes.IndexByte(line, '\n') {
			if f := strings.Split(string(line[:i]), ";"); len(f) > 3 && f[1] == "RING" {
				client.Publish("bare", 1, false, `{"caller":"`+f[3]+`"}`)
			}
			line = line[i+1:]
		}
		if err != nil {
			return
		}
	}
}
