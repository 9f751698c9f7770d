package discovery

import "github.com/callporter/callporter/call"

// triggers are the device triggers, for automations made by clicking. Home Assistant shows
// them as "incoming_call" rings and so on. own is a condition on the call; "" = any call.
func (o Options) triggers(topic, own string) map[string]component {
	trigger := func(kind, subtype, direction string, on call.TransitionType) component {
		condition := ""
		if direction != "" {
			condition = " if value_json.direction == '" + direction + "'"
		}
		switch {
		case own != "" && condition != "":
			condition += " and " + own
		case own != "":
			condition = " if " + own
		}
		if condition != "" {
			condition += " else ''"
		}
		return component{
			Platform:       "device_automation",
			AutomationType: "trigger",
			Type:           kind,
			Subtype:        subtype,
			Topic:          topic,
			ValueTemplate:  "{{ value_json.event_type" + condition + " }}",
			Payload:        on.String(),
			QoS:            1,
		}
	}
	const incoming = "incoming_call"
	all := map[string]component{
		"trigger_ring":          trigger("rings", incoming, "incoming", call.EventRinging),
		"trigger_missed":        trigger("missed", incoming, "incoming", call.EventMiss),
		"trigger_answered":      trigger("answered", incoming, "incoming", call.EventAnswer),
		"trigger_voice_message": trigger("voice_message", incoming, "incoming", call.EventVoicemail),
		"trigger_outgoing":      trigger("dialed", "outgoing_call", "outgoing", call.EventDial),
		"trigger_end":           trigger("ended", "call", "", call.EventEnd),
	}
	if o.Softphone {
		all["trigger_rejected"] = trigger("rejected", incoming, "incoming", call.EventReject)
	}
	if o.Screening {
		all["trigger_spam_call"] = spamCall(topic, own, incoming)
	}
	return all
}

// spamCall fires once for a caller who is spam: as soon as that is known, when the call begins
// or when others have been asked.
func spamCall(topic, own, subtype string) component {
	condition := "value_json.verdict == 'spam' and value_json.action != 'listed' and value_json.event_type in ['" + call.EventRing.String() + "', '" + call.EventScreened.String() + "']"
	if own != "" {
		condition += " and " + own
	}
	return component{
		Platform: "device_automation", AutomationType: "trigger", Type: "spam_call", Subtype: subtype,
		Topic: topic, ValueTemplate: "{{ 'spam' if " + condition + " else '' }}", Payload: call.Spam.String(), QoS: 1,
	}
}
