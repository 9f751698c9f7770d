// Package config is everything a user can set: the keys on one page ([Config]), where
// they come from (defaults, then a file, then the environment), what they may be, and
// what the client and the broker make of them.
//
// The file is YAML, or the JSON that the Supervisor writes for a Home Assistant app
// (/data/options.json). A variable of the environment overrides one key:
// CALLPORTER_MQTT_URL is mqtt.url, CALLPORTER_BOXES_0_HOST is boxes[0].host, and one with
// _FILE behind it names a file that holds the value. A mistake is named with its line or
// its variable, and never shows a secret.
package config
