package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/mqtt/broker"
)

// Rules say what a single value may be, by the word of the tag "is". A rule gets the value
// as it would stand in the file. It returns what is allowed, "" if the value is.
var Rules = map[string]func(string) string{
	"area_code":     matches(`0?[1-9][0-9]{0,6}`, "digits, with or without the leading 0, such as 030"),
	"auto":          word[Auto]("auto, true or false"),
	"block_where":   word[BlockWhere]("auto, own, barring or phonebook"),
	"client_id":     textUpTo(128),
	"country_rule":  matches(`([A-Z]{2}|\+[1-9][0-9]{0,6})=(screen|ring|reject)`, `a country or a beginning of numbers, and screen, ring or reject: "AT=ring", "+7=reject"`),
	"directory":     oneOf(Directories),
	"encoding":      encodingRule,
	"foreign":       word[ForeignRule]("screen, ring or reject"),
	"hours":         hoursRule,
	"megabytes":     between(1, 100_000, "a number of megabytes from 1 to 100000"),
	"minutes":       between(1, 1440, "a number of minutes from 1 to 1440"),
	"page":          oneOf(Pages),
	"page_url":      pageURLRule,
	"repeat_calls":  matches(`0|[2-9]|1[0-9]|20`, "a number of calls from 2 to 20, or 0"),
	"scale":         scaleRule,
	"selector":      selectorRule,
	"source_url":    sourceURLRule,
	"withheld":      word[WithheldRule]("ring or reject"),
	"country":       matches(`[A-Z]{2}`, "two capital letters, such as DE, AT or CH"),
	"days":          between(0, 36500, "a number of days from 0 to 36500"),
	"debounce":      debounceRule,
	"fingerprint":   fingerprintRule,
	"format":        word[LogFormat]("text or json"),
	"header":        headerRule,
	"hold":          holdRule,
	"host":          hostRule,
	"id":            matches(`[a-z0-9_]{1,32}`, "1 to 32 of a to z, 0 to 9 and _"),
	"language":      word[call.Language]("en or de"),
	"level":         word[LogLevel]("debug, info, warn or error"),
	"listen":        listenRule("1883"),
	"listen_sip":    listenRule("5070"),
	"listen_agi":    listenRule("4573"),
	"listen_tls":    listenRule("8883"),
	"listen_web":    listenRule("8099"),
	"listen_ws":     listenRule("9001"),
	"listen_wss":    listenRule("9443"),
	"name":          textUpTo(64),
	"network":       networkRule,
	"number":        textUpTo(128),
	"origin":        originRule,
	"password":      secretRule,
	"path":          textUpTo(4096),
	"port_or_0":     between(0, 65535, "a port from 1 to 65535, or 0"),
	"port":          between(1, 65535, "a port from 1 to 65535"),
	"score":         between(1, 100, "a score from 1 to 100"),
	"qos":           between(0, 1, "0 or 1"),
	"ports":         portsRule,
	"record_length": durationRule(5*time.Second, 5*time.Minute, "a duration from 5s to 5m, such as 1m"),
	"ring":          ringRule,
	"saying":        word[Saying]("caller_type or not_in_service"),
	"talk_limit":    durationRule(10*time.Second, 10*time.Minute, "a duration from 10s to 10m, such as 2m"),
	"ratings":       ratingsRule,
	"reject_method": word[RejectMethod]("hangup, busy, decline, unknown, announce or machine"),
	"right":         rightRule,
	"sip_contact":   sipContactRule,
	"sip_transport": word[SIPTransport]("udp, tcp or tls"),
	"sip_user":      matches(`[A-Za-z0-9._+*~-]{1,64}`, "1 to 64 letters, digits and . _ - + * ~, such as callporter"),
	"text":          textUpTo(256),
	"timezone":      timezoneRule,
	"topic":         topicRule,
	"url":           brokerURLRule,
	"user":          userRule,
}

func matches(pattern, allowed string) func(string) string {
	re := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(s string) string {
		if re.MatchString(s) {
			return ""
		}
		return allowed
	}
}

func between(low, high int, allowed string) func(string) string {
	return func(s string) string {
		if n, err := strconv.Atoi(s); err == nil && n >= low && n <= high {
			return ""
		}
		return allowed
	}
}

// word is the rule of a type with a closed list of words.
func word[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](allowed string) func(string) string {
	return func(s string) string {
		if P(new(T)).UnmarshalText([]byte(s)) != nil {
			return allowed
		}
		return ""
	}
}

func textUpTo(limit int) func(string) string {
	return func(s string) string {
		if s != "" && utf8.RuneCountInString(s) <= limit && plain(s) {
			return ""
		}
		return "1 to " + strconv.Itoa(limit) + " characters, no control characters"
	}
}

// plain reports whether s is one line of UTF-8 without control characters.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func secretRule(s string) string {
	if s != "" && len(s) <= 65535 && utf8.ValidString(s) && !strings.ContainsRune(s, 0) {
		return ""
	}
	return "text (UTF-8) of at most 65535 bytes"
}

func debounceRule(s string) string {
	if d, err := time.ParseDuration(s); err == nil && d >= 0 && d <= 10*time.Second {
		return ""
	}
	return "a duration from 0s to 10s, such as 500ms"
}

func timezoneRule(s string) string {
	if s != "" && plain(s) {
		if _, err := time.LoadLocation(s); err == nil {
			return ""
		}
	}
	return "a time zone such as Europe/Berlin"
}

func fingerprintRule(s string) string {
	if hexadecimal.MatchString(strings.ReplaceAll(s, ":", "")) {
		return ""
	}
	return "64 hexadecimal digits (SHA-256), with or without colons"
}

var (
	hexadecimal = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)
	hostName    = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$`)
	hasPort     = regexp.MustCompile(`^([^:]+|\[.*\]):[0-9]+$`)
)

// isHost reports whether s is an IP address or could be a host name. Digits and
// dots alone are an address or a mistake.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return len(s) <= 253 && hostName.MatchString(s) && strings.Trim(s, "0123456789.") != ""
}

func hostRule(s string) string {
	switch {
	case isHost(s):
		return ""
	case strings.Contains(s, "://"):
		return "a host name or IP address without scheme, such as fritz.box"
	case hasPort.MatchString(s):
		return "a host name or IP address; the port goes into monitor_port"
	}
	return "a host name or IP address, such as fritz.box or 192.168.178.1"
}

// listenRule names a port that nothing else of callporter has as the example.
func listenRule(port string) func(string) string {
	allowed := "an address and a port, such as 127.0.0.1:" + port
	return func(s string) string {
		i := strings.LastIndexByte(s, ':')
		if i < 0 || between(0, 65535, allowed)(s[i+1:]) != "" || strings.ContainsAny(s[i+1:], "+-") {
			return allowed
		}
		host := s[:i]
		if bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"); strings.Contains(bare, ":") != (host != bare) || host != "" && !isHost(bare) {
			return allowed
		}
		return ""
	}
}

// topicRule keeps what is published apart from wildcards, from the broker's own
// topics ($SYS) and from empty levels.
func topicRule(s string) string {
	if s != "" && len(s) <= 128 && plain(s) && !strings.ContainsAny(s, "+#") && s[0] != '$' &&
		!strings.HasPrefix(s, "/") && !strings.HasSuffix(s, "/") && !strings.Contains(s, "//") {
		return ""
	}
	return "a topic of at most 128 bytes, without + and #, not starting with $, no / at its ends or doubled"
}

// brokerSchemes are the schemes the MQTT client knows.
var brokerSchemes = map[string]bool{"mqtt": true, "tcp": true, "ws": true, "mqtts": true, "ssl": true, "tls": true, "wss": true}

func brokerURLRule(s string) string {
	u, err := url.Parse(s)
	if err != nil || !plain(s) || !brokerSchemes[u.Scheme] || !isHost(u.Hostname()) || u.RawQuery != "" || u.Fragment != "" {
		const allowed = "a URL such as mqtt://192.168.178.10:1883, mqtts, ws or wss"
		if strings.Contains(s, "@") {
			return allowed + "; name and password have keys of their own"
		}
		return allowed
	}
	if p := u.Port(); strings.HasSuffix(u.Host, ":") || p != "" && between(1, 65535, "-")(p) != "" {
		return "a URL with a port from 1 to 65535"
	}
	if webSocket := u.Scheme == "ws" || u.Scheme == "wss"; !webSocket && strings.Trim(u.Path, "/") != "" {
		return "a URL without a path; only ws and wss have one"
	}
	return ""
}

// overTLS reports whether the connection to this broker is encrypted.
func (u BrokerURL) overTLS() bool {
	scheme, _, _ := strings.Cut(string(u), "://")
	return scheme == "mqtts" || scheme == "ssl" || scheme == "tls" || scheme == "wss"
}

func userRule(s string) string {
	name, password, found := strings.Cut(s, ":")
	if !found || password == "" || textUpTo(64)(name) != "" || secretRule(s) != "" || !plain(s) {
		return `"name:password", the name at most 64 characters`
	}
	if broker.Hashed(password) && broker.CheckHash(password) != nil {
		return `"name:hash" with a bcrypt hash of cost 14 at most, as callporter broker passwd prints it`
	}
	return ""
}

func rightRule(s string) string {
	name, right := cutRight(s)
	if _, known := brokerRights[right]; known && name != "" {
		return ""
	}
	return `"name=read", "name=commands" or "name=all", with the name of a user`
}

// originRule takes what a browser sends as the origin of a page: scheme, host and,
// if it is not the usual one, port.
func originRule(s string) string {
	u, err := url.Parse(s)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && isHost(u.Hostname()) && s == u.Scheme+"://"+u.Host {
		return ""
	}
	return "a web site without a path, such as https://house.example or http://192.168.178.10:8123"
}
