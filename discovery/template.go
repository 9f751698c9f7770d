package discovery

import "github.com/callporter/callporter/call"

// Templates over the documents. They are plain Jinja2 and rely on every key being there, so
// none can meet an undefined value.
const (
	// callerNumber is the caller of an incoming call, answering machine included:
	// "withheld" in every language if it sent none, "" while nobody calls. The
	// number dialled by an outgoing call is no caller; it stands in the attributes
	// of the call state.
	callerNumber = `{% set c = value_json.call %}{% if c.direction == 'incoming' %}` +
		`{{ 'withheld' if c.caller.withheld else c.caller.number }}{% endif %}`
	callerName = `{% set c = value_json.call %}{% if c.direction == 'incoming' %}` +
		`{{ c.caller.name }}{% endif %}`
	callerPlace = `{% set c = value_json.call %}{% if c.direction == 'incoming' %}` +
		`{{ c.caller.place }}{% endif %}`

	// flatCall is the call c with the attributes of Home Assistant's own FRITZ!Box call
	// monitor and those of a simple automation: who the other party is. Numbers of the first
	// are as the box writes them, without spaces, and a name that is not known is "unknown".
	// The last call may be a document of an earlier version, which had no label.
	flatCall = `{% set p = c.callee if c.direction == 'outgoing' else c.caller %}` +
		`{% set flat = dict(c, **{'name': p.name, 'number': p.number, 'label': p.get('label') or p.name or p.display, 'duration': c.talk_seconds,` +
		` 'type': c.direction, 'from': c.caller.display | replace(' ', ''), 'to': c.callee.display | replace(' ', ''),` +
		` 'from_name': (c.caller.name or 'unknown') if c.direction == 'incoming' else '',` +
		` 'to_name': (c.callee.name or 'unknown') if c.direction == 'outgoing' else '',` +
		` 'with': p.display | replace(' ', '') if c.answered else '', 'with_name': (p.name or 'unknown') if c.answered else '',` +
		` 'device': c.device or c.trunk, 'initiated': c.started, 'accepted': c.answered, 'closed': c.ended}) %}`

	lastCall = `{% set c = value_json %}` + flatCall + `{{ flat | tojson }}`

	// last result: what a result says to people, and its parts.
	resultNote = `{% set e = value_json.error or {'code': 'ok', 'message': value_json.data.get('message', ''), 'hint': ''} %}` +
		`{{ {'command': value_json.command, 'ok': value_json.ok, 'code': e.code, 'message': e.message, 'hint': e.hint} | tojson }}`
)

// currentCall is the call that makes the state. The state itself stays English, since
// automations ask for it; status says it to people.
func (d describer) currentCall() string {
	status := d.lang.Pick(
		`{'idle': 'idle', 'ringing': 'ringing', 'dialing': 'dialing', 'talking': 'talking'}`,
		`{'idle': 'frei', 'ringing': 'klingelt', 'dialing': 'wählt', 'talking': 'im Gespräch'}`)
	return `{% set c = value_json.call %}` + flatCall + `{{ dict(flat, status=` + status + `[value_json.state]) | tojson }}`
}

// result is what came of a command, in a sentence where there is one.
func result(l call.Language) string {
	return `{% set text = value_json.error.message if value_json.error else value_json.data.get('message', '') %}` +
		`{{ (text or '` + l.Pick("done", "erledigt") + `')[:255] }}`
}

// fine are the states of a link that nothing is wrong with.
const fine = `['up', 'off', 'connecting']`

// problem is whether one of the links is not as it should be.
const problem = `[value_json.monitor, value_json.tr064, value_json.sip, value_json.journal, value_json.screening] | rejectattr('reason', 'equalto', '') | list` +
	` or [value_json.monitor, value_json.tr064, value_json.sip, value_json.journal, value_json.screening] | rejectattr('state', 'in', ` + fine + `) | list`

// problemNote tells of each link how it is, since when, why, and what to do.
func (d describer) problemNote() string {
	words := d.lang.Pick(
		`{'up': 'up', 'connecting': 'connecting', 'down': 'down', 'silent': 'silent', 'off': 'off'}`,
		`{'up': 'in Ordnung', 'connecting': 'wird aufgebaut', 'down': 'gestört', 'silent': 'stumm', 'off': 'aus'}`)
	part := func(key string) string {
		return `'` + key + `': {'state': words.get(value_json.` + key + `.state, value_json.` + key + `.state), 'since': value_json.` + key + `.since,` +
			` 'reason': value_json.` + key + `.reason, 'hint': value_json.` + key + `.hint}`
	}
	return `{% set words = ` + words + ` %}{{ {` + part("monitor") + `, ` + part("tr064") + `, ` + part("sip") + `, ` + part("journal") + `, ` + part("screening") +
		`, 'sources': value_json.screening.sources, 'phonebooks': value_json.phonebooks} | tojson }}`
}
