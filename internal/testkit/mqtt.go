package testkit

import (
	"testing"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// Connect is an independent MQTT client, which leaves at the end of the test.
func Connect(t testing.TB, address, id string) paho.Client {
	t.Helper()
	c := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + address).SetClientID(id).SetAutoReconnect(false))
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { c.Disconnect(250) })
	return c
}
