package config

import (
	_ "embed" // the comments of config.go are the text of the example
	"log/slog"
	"reflect"
	"slices"
	"strings"
)

// String is the configuration as YAML, without secrets.
func (c Config) String() string {
	var w writer
	w.section(reflect.ValueOf(c.Redacted()), "", "")
	return w.text.String()
}

// LogValue is a summary for one line of the log, without secrets.
func (c Config) LogValue() slog.Value {
	broker := "embedded " + c.Broker.Listen
	if !c.EmbeddedBroker() {
		var shown []string
		for _, u := range c.MQTT.Brokers() {
			shown = append(shown, BrokerURL(u).String())
		}
		broker = strings.Join(shown, " ")
	}
	return slog.GroupValue(slog.Int("boxes", len(c.Boxes)), slog.String("broker", broker),
		slog.String("web", c.Web.Listen), slog.String("data", c.Data))
}

// Redacted is a copy with "••••" in place of every secret. It is for showing; no client can
// connect with it.
func (c Config) Redacted() Config {
	c.Boxes, c.MQTT.URLs, c.Broker.Users = slices.Clone(c.Boxes), slices.Clone(c.MQTT.URLs), slices.Clone(c.Broker.Users)
	walkValues(reflect.ValueOf(&c).Elem(), "", field{}, func(_ string, _ field, v reflect.Value) {
		switch v.Type() {
		case secretType:
			v.SetString(v.Interface().(Secret).String())
		case brokerURLType:
			v.SetString(v.Interface().(BrokerURL).String())
		}
	})
	return c
}
