package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/callporter/callporter/gateway/config"
)

// BrokerFlags say which broker a temporary client connects to.
type BrokerFlags struct {
	config, url string
	BaseTopic   string // of --base-topic, "" = not given
}

// Add adds the flags to a command.
func (f *BrokerFlags) Add(cmd *cobra.Command) {
	ConfigFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.url, "mqtt", "", "broker `URL` instead of the configured one, such as mqtt://192.168.178.10")
	cmd.Flags().StringVar(&f.BaseTopic, "base-topic", "", "first part of the `TOPIC`s instead of the configured one")
}

// Unnamed reports whether nothing says which broker it is: neither flag nor configuration.
func (f *BrokerFlags) Unnamed() bool { return f.url == "" && !Configured(f.config) }

// Load reads the configuration with what the flags override.
func (f *BrokerFlags) Load() (config.Config, error) {
	flags := map[string]string{} // by the variable they stand for
	var without []string
	if f.url != "" {
		flags["CALLPORTER_MQTT_URL"] = "--mqtt"
		without = append(without, "CALLPORTER_MQTT_URL", "CALLPORTER_MQTT_URL_FILE", "CALLPORTER_MQTT_URLS", "CALLPORTER_MQTT_URLS_FILE")
	}
	if f.BaseTopic != "" {
		flags["CALLPORTER_MQTT_BASE_TOPIC"] = "--base-topic"
		without = append(without, "CALLPORTER_MQTT_BASE_TOPIC", "CALLPORTER_MQTT_BASE_TOPIC_FILE")
	}
	env := environment(without...)
	if f.url != "" {
		env = append(env, "CALLPORTER_MQTT_URL="+f.url)
	}
	if f.BaseTopic != "" {
		env = append(env, "CALLPORTER_MQTT_BASE_TOPIC="+f.BaseTopic)
	}
	cfg, err := config.Load(ConfigPath(f.config), env)
	if f.url != "" {
		cfg.MQTT.URLs = nil // they belong to the broker that is replaced
	}
	var all *config.Problems
	if errors.As(err, &all) && len(all.List) == 1 && flags[all.List[0].Variable] != "" {
		return cfg, Fail(ExitUsage, fmt.Errorf("%s %s", flags[all.List[0].Variable], all.List[0].Text), "")
	}
	return cfg, Fail(ExitConfig, err, configHint(err))
}
