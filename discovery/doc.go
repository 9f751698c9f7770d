// Package discovery describes callporter to Home Assistant: which devices there
// are, which entities they have, and where on MQTT each entity finds its state.
//
// Home Assistant reads retained JSON documents below a prefix, usually
// "homeassistant". One document describes a whole device with all its components
// (device-based discovery, Core 2024.11 and later):
//
//	homeassistant/device/callporter_fritzbox/config
//	{"device": …, "origin": …, "availability": …, "components": {"call_state": {"platform": "sensor", …}, …}}
//
// What it does with them is strict in places and silent in others:
//
//   - A key it does not know in the root, in device or in origin makes it drop the
//     whole document. So does one entity without unique_id.
//   - Leaving a component out removes nothing. A component is removed by a
//     tombstone, {"platform": "button"} and nothing else; a device by an empty
//     payload on its topic.
//   - Two different documents of one device within seconds: the rest of the second
//     one is lost. An identical repeat is harmless. See Announcer.
//   - default_entity_id holds only with its domain: "sensor.fritzbox_call_state". Core
//     before 2025.10 knows object_id alone, without the domain; later ones pass over it.
//     Ids are English in every language and never change; names are translated.
//   - A friendly name is the device's name, a space, the entity's name.
//   - Options of the root are copied into each component that lacks them.
//   - An event entity that comes back from unavailable changes its state to the last event,
//     which a state trigger takes for a new one. So it is never unavailable.
//   - A text without state shows what was typed last, and sends the same text only once.
//   - States that are cleared before their document make a warning each.
//   - An event entity ignores "", "{}" and retained messages without a word.
//
// Component keys and default entity ids are part of callporter's MQTT contract: a
// key is never used for another platform, and never renamed.
//
// Sources: Home Assistant's documentation of MQTT discovery and of each MQTT
// platform, and Core's components/mqtt (discovery.py, schemas.py, const.py) as of
// 2026. The rules are encoded once more, independently, in this package's tests.
package discovery
