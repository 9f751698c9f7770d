package discovery

import (
	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/topic"
)

// addScreening adds what shows the verdict about a caller.
func (o Options) addScreening(components map[string]component, d describer, t topic.Box) {
	if !o.Screening {
		return // what was there before is removed by what was announced
	}
	components["spam_score"] = d.spamScore(t.State)
	components["verdict"] = d.verdict(t.State)
	components["reason"] = aside(d.sensor("reason", "Verdict reason", "Grund des Urteils", "mdi:text-box-search-outline", t.State, verdictReason))
	components["spam_calling"] = d.binarySensor("spam_calling", "Spam calling", "Spam ruft an", "mdi:phone-alert", t.State, spamCalling)
	components["auto_reject"] = d.autoReject(t)
	components["spam_threshold"] = d.spamThreshold(t)
}

// spamScore is unknown while nobody calls, and of a caller who is not judged.
func (d describer) spamScore(topic string) component {
	c := aside(d.sensor("spam_score", "Spam score", "Spam-Wert", "mdi:gauge", topic, spamScore))
	c.StateClass = "measurement"
	return c
}

// verdict is unknown while nobody calls.
func (d describer) verdict(topic string) component {
	c := aside(d.sensor("verdict", "Verdict", "Urteil", "mdi:shield-search", topic, verdict))
	c.DeviceClass = "enum"
	for _, j := range call.Judgements {
		c.Options = append(c.Options, j.String())
	}
	return c
}

func (d describer) autoReject(t topic.Box) component {
	c := d.onOff("auto_reject", "Auto reject", "Spam abweisen", "mdi:phone-lock", t, "{{ value_json.auto_reject }}", "auto_reject")
	c.EntityCategory = "config"
	return c
}

// spamThreshold is from which score a caller is spam.
func (d describer) spamThreshold(t topic.Box) component {
	c := d.entity("number", "spam_threshold", "Spam threshold", "Spam-Schwelle", "mdi:tune")
	c.StateTopic, c.ValueTemplate = t.Settings, "{{ value_json.threshold }}"
	c.CommandTopic, c.Retain, c.Optimistic = t.Command("threshold"), new(bool), new(bool)
	c.EntityCategory, c.Mode = "config", "box"
	c.Min, c.Max = 1, 100
	c.Availability = d.gatewayAvailability
	return c
}

const (
	// A state of None is shown as unknown.
	spamScore = `{% set c = value_json.call %}` +
		`{{ c.score if c.direction == 'incoming' and c.score is not none else 'None' }}`
	verdict = `{% set c = value_json.call %}` +
		`{{ c.verdict if c.direction == 'incoming' else 'None' }}`
	verdictReason = `{% set c = value_json.call %}{% if c.direction == 'incoming' %}{{ c.reason }}{% endif %}`

	// spamCalling is whether one of the callers who ring is spam.
	spamCalling = `([value_json.call] + value_json.calls) | selectattr('phase', 'equalto', 'ringing') | selectattr('verdict', 'equalto', 'spam') | list`
)
