#!/usr/bin/env python3
"""Renders every template of Home Assistant discovery documents with real Jinja2.

Reads JSON lines on standard input, each a message as it went over MQTT:

    {"topic": "...", "payload": "...", "retain": false}

Messages on .../device/<id>/config are discovery documents; the last one of a
topic counts, an empty one removes it. All others are payloads: each is rendered
with every template that reads its topic, and the result is held against what
Home Assistant accepts from that component (options, device class, payloads,
length, attributes). "retain" is the flag the message carried; it may be left out.

An undefined variable is a fault here. Home Assistant would log a warning and
render nothing. Only filters of plain Jinja2 are known.

    render.py [--complete] [--results] < messages.jsonl

--complete also demands that every topic a document reads had a message.
--results prints every result as a line of JSON on standard output:
{"document", "component", "what", "topic", "result"}.

Prints one fault per line on standard error. Exit code 0: no fault, 1: faults,
2: input unreadable.
"""

import datetime
import functools
import json
import re
import sys
from collections import Counter

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

ENV = ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined,
    extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
)
DOCUMENT = re.compile(r"^.+/device/(?:[A-Za-z0-9_-]+/)?[A-Za-z0-9_-]+/config$")
MAX_STATE = 255
MAX_ATTRIBUTES = 16384
SHARED = (
    "availability availability_mode availability_template availability_topic command_topic "
    "encoding message_expiry_interval payload_available payload_not_available state_topic qos"
).split()
# Attributes Home Assistant drops without a word, and those it drops by platform.
BLOCKED = set(
    "assumed_state available device_class device_info entity_category entity_picture "
    "entity_registry_enabled_default extra_state_attributes force_update icon friendly_name "
    "should_poll state supported_features unique_id unit_of_measurement".split()
)
BLOCKED_BY = {
    "sensor": {"last_reset", "state_class"},
    "event": {"event_type", "event_types"},
    "number": {"min", "max", "step"},
    "select": {"options"},
    "text": {"min", "max", "mode", "pattern"},
}
# Keys of an event that would hide attributes of the entity itself.
EVENT_TAKEN = {
    "event_types", "device_class", "friendly_name", "icon", "entity_picture",
    "unit_of_measurement", "state",
}
TEXT_CLASSES = {None, "enum", "timestamp", "uptime", "date"}


class Fault(Exception):
    """What is wrong with a rendered value."""


def number(text):
    try:
        return float(text)
    except ValueError:
        raise Fault("is not a number") from None


def one_of(text, allowed):
    if text not in allowed:
        raise Fault("is none of " + ", ".join(map(repr, allowed)))


def sensor(c, text):
    kind = c.get("device_class")
    if text == "None" and (kind in ("timestamp", "uptime", "date") or "else 'None'" in c.get("value_template", "")):
        return  # unknown, and meant
    if kind in ("timestamp", "uptime"):
        try:
            stamp = datetime.datetime.fromisoformat(text)
        except ValueError:
            raise Fault("is not an ISO 8601 time") from None
        if stamp.tzinfo is None:
            raise Fault("is a time without offset")
    elif kind == "date":
        try:
            datetime.date.fromisoformat(text)
        except ValueError:
            raise Fault("is not a date") from None
    elif kind not in TEXT_CLASSES or c.get("state_class") or c.get("unit_of_measurement"):
        number(text)
    else:
        if text == "None":
            raise Fault("is None: the payload has null, or the template nothing to say")
        if len(text) > MAX_STATE:
            raise Fault(f"has {len(text)} characters, more than {MAX_STATE}")
        if "options" in c:
            one_of(text, c["options"])


def binary_sensor(c, text):
    one_of(text, [c.get("payload_on", "ON"), c.get("payload_off", "OFF")])


def switch(c, text):
    on, off = c.get("payload_on", "ON"), c.get("payload_off", "OFF")
    one_of(text, [c.get("state_on", on), c.get("state_off", off), "None"])  # None = unknown


def event(c, text):
    if text in ("", "None", "{}"):
        return  # ignored without a word
    value = parse_object(text)
    if "event_type" not in value:
        raise Fault("has no event_type")
    if value["event_type"] not in c["event_types"]:
        raise Fault(f"has the unknown event_type {value['event_type']!r}")
    if taken := EVENT_TAKEN & value.keys():
        raise Fault("has attributes of the entity itself: " + ", ".join(sorted(taken)))
    if len(text.encode()) > MAX_ATTRIBUTES:
        raise Fault(f"is larger than {MAX_ATTRIBUTES} bytes, which are not recorded")


def number_entity(c, text):
    value = number(text)
    if not c.get("min", 0) <= value <= c.get("max", 100):
        raise Fault("is out of range")


def select(c, text):
    one_of(text, c["options"])


def text_entity(c, text):
    if not c.get("min", 0) <= len(text) <= c.get("max", 255):
        raise Fault("is too short or too long")
    if not re.match(c.get("pattern", ""), text):
        raise Fault("does not match the pattern")


def trigger(c, text):
    if len(text) > MAX_STATE:
        raise Fault("is no short word")


STATES = {
    "sensor": sensor, "binary_sensor": binary_sensor, "switch": switch, "event": event,
    "number": number_entity, "select": select, "text": text_entity,
}


def parse_object(text):
    try:
        value = json.loads(text)
    except ValueError:
        raise Fault("is not JSON") from None
    if not isinstance(value, dict):
        raise Fault("is not a JSON object")
    return value


def attributes(c, text):
    value = parse_object(text)
    if dropped := (BLOCKED | BLOCKED_BY.get(c["platform"], set())) & value.keys():
        raise Fault("has attributes that Home Assistant drops: " + ", ".join(sorted(dropped)))
    if len(text.encode()) > MAX_ATTRIBUTES:
        raise Fault(f"is larger than {MAX_ATTRIBUTES} bytes, which are not recorded")


def available(entry):
    def check(_, text):
        one_of(text, [entry.get("payload_available", "online"), entry.get("payload_not_available", "offline")])
    return check


def readers(c):
    """Yields (what, topic, template, check, may be retained) of one component,
    and None for a template nobody here knows."""
    known = {"value_template", "json_attributes_template", "availability_template"}
    for key in c:
        if key.endswith("_template") and key not in known:
            yield None, key, None, None, None
    platform = c["platform"]
    template = c.get("value_template")
    if platform == "device_automation":
        yield "value", c["topic"], template, trigger, False
        return
    if platform in STATES and "state_topic" in c:
        yield "value", c["state_topic"], template, STATES[platform], platform != "event"
    elif template is not None:
        yield None, "value_template", None, None, None
    if "json_attributes_topic" in c:
        yield "attributes", c["json_attributes_topic"], c.get("json_attributes_template"), attributes, True
    if "availability_topic" in c:
        yield "availability", c["availability_topic"], c.get("availability_template"), available(c), True
    for entry in c.get("availability", []):
        yield "availability", entry["topic"], entry.get("value_template"), available(entry), True


compiled = functools.cache(ENV.from_string)


def render(template, payload):
    if template is None:
        return payload
    variables = {"value": payload}
    try:
        variables["value_json"] = json.loads(payload)
    except ValueError:
        pass  # as in Home Assistant: value_json is undefined then
    try:
        return compiled(template).render(variables).strip()
    except jinja2.TemplateError as e:
        raise Fault(f"cannot be rendered: {e}") from None
    except Exception as e:  # whatever a filter raises
        raise Fault(f"cannot be rendered: {type(e).__name__}: {e}") from None


def load(lines):
    documents, messages = {}, []
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            m = json.loads(line)
            topic, payload = m["topic"], m["payload"]
            if not isinstance(topic, str) or not isinstance(payload, str):
                raise TypeError("topic and payload must be strings")
        except (ValueError, KeyError, TypeError) as e:
            print(f"line {n}: {e}", file=sys.stderr)
            sys.exit(2)
        if not DOCUMENT.match(topic):
            messages.append((topic, payload, m.get("retain")))
        elif payload:
            documents[topic] = payload
        else:
            documents.pop(topic, None)
    return documents, messages


def components(documents, faults):
    for topic, payload in documents.items():
        try:
            doc = parse_object(payload)
            parts = doc["components"].items()
        except (Fault, KeyError, AttributeError) as e:
            faults[f"{topic}: no device document: {e}"] += 1
            continue
        for key, c in parts:
            if set(c) == {"platform"}:
                continue  # a tombstone
            merged = {k: doc[k] for k in SHARED if k in doc}
            merged.update(c)
            yield topic, key, merged


def main(arguments):
    if set(arguments) - {"--complete", "--results"}:
        print(__doc__, file=sys.stderr)
        return 2
    documents, messages = load(sys.stdin)
    faults, templates, rendered = Counter(), 0, 0
    if not documents:
        faults["no discovery document in the input"] += 1
    for document, key, c in components(documents, faults):
        name = f"{document}: {key}"
        for what, topic, template, check, retained in readers(c):
            if what is None:
                faults[f"{name}: this program does not know the key {topic} here"] += 1
                continue
            templates += template is not None
            seen = False
            for at, payload, retain in messages:
                if at != topic or payload == "" and retained:
                    continue  # an empty retained message only clears the topic
                seen = True
                rendered += 1
                if retain and not retained:
                    faults[f"{name}: {what}: the message on {topic} is retained, it would fire at every start"] += 1
                try:
                    text = payload
                    text = render(template, payload)
                    if "--results" in arguments:
                        print(json.dumps({"document": document, "component": key, "what": what, "topic": topic, "result": text}))
                    check(c, text)
                except Fault as e:
                    faults[f"{name}: {what}: {text[:300]!r} {e}"] += 1
            if not seen and "--complete" in arguments:
                faults[f"{name}: {what}: no message on {topic}"] += 1
    for fault, n in faults.items():
        print(fault if n == 1 else f"{fault} ({n} times)", file=sys.stderr)
    print(f"{len(documents)} documents, {templates} templates, {len(messages)} messages, "
          f"{rendered} results, {sum(faults.values())} faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
