package tr064

import (
	_ "embed" // the table of services
	"fmt"
	"slices"
	"strings"
)

//go:embed services.txt
var serviceTable string

// namespace is the prefix of the type of every service and device of TR-064.
const namespace = "urn:dslforum-org:"

// device is a device of the description with its services.
type device struct {
	kind     string // "InternetGatewayDevice"
	services []*service
}

// service is one service of the box.
type service struct {
	kind    string // "X_AVM-DE_OnTel:1"
	id      string // "X_AVM-DE_OnTel-com:serviceId:X_AVM-DE_OnTel1"
	path    string // "x_contact"
	actions []*operation
}

// operation is an action of a service as its description has it.
type operation struct {
	service *service
	name    string
	right   string // the letters of the rights of which one is needed; "none", "any"
	in, out []parameter
}

// parameter is an argument of an operation.
type parameter struct {
	name     string // on the wire: "NewPhonebookID"
	variable string // the state variable it belongs to
	kind     string // "string", "ui2", "ui4", "i4", "boolean", "uuid", "dateTime"
	choice   []string
	low      string // of a range; "" = none
	high     string
}

// deviceTree is the table, outermost device first.
var deviceTree = readServices(serviceTable)

// readServices reads the table, which is part of the program: a mistake in it is
// one in the source.
func readServices(table string) []device {
	var devices []device
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		last := len(devices) - 1
		switch fields[0] {
		case "device":
			devices = append(devices, device{kind: fields[1]})
		case "service":
			devices[last].services = append(devices[last].services, &service{kind: fields[1], id: fields[2], path: fields[3]})
		default:
			s := devices[last].services[len(devices[last].services)-1]
			s.actions = append(s.actions, readOperation(s, fields))
		}
	}
	return devices
}

func readOperation(s *service, fields []string) *operation {
	o := &operation{service: s, name: fields[0], right: fields[1]}
	arrow := slices.Index(fields, "->")
	for _, f := range fields[2:arrow] {
		o.in = append(o.in, readParameter(f))
	}
	for _, f := range fields[arrow+1:] {
		o.out = append(o.out, readParameter(f))
	}
	return o
}

// readParameter reads NAME[=VARIABLE][:TYPE].
func readParameter(text string) parameter {
	name, kind, _ := strings.Cut(text, ":")
	name, variable, other := strings.Cut(name, "=")
	if !other {
		variable = name
	}
	p := parameter{name: "New" + name, variable: variable, kind: kind}
	switch {
	case kind == "":
		p.kind = "string"
	case kind[0] == '{':
		p.kind, p.choice = "string", strings.Split(strings.Trim(kind, "{}"), "|")
	default:
		var bounds string
		if p.kind, bounds, other = strings.Cut(kind, "["); other {
			p.low, p.high, _ = strings.Cut(strings.TrimSuffix(bounds, "]"), "..")
		}
	}
	return p
}

// serviceAt finds the service of a path such as /upnp/control/x_contact.
func serviceAt(path string) *service {
	name, ok := strings.CutPrefix(path, "/upnp/control/")
	if !ok {
		return nil
	}
	for _, b := range deviceTree {
		for _, s := range b.services {
			if s.path == name {
				return s
			}
		}
	}
	return nil
}

// describedAt finds the service whose description a path such as
// /x_contactSCPD.xml asks for.
func describedAt(path string) *service {
	name, ok := strings.CutSuffix(strings.TrimPrefix(path, "/"), "SCPD.xml")
	if !ok {
		return nil
	}
	return serviceAt("/upnp/control/" + name)
}

// action finds an operation by its name.
func (s *service) action(name string) *operation {
	for _, o := range s.actions {
		if o.name == name {
			return o
		}
	}
	return nil
}

// title is how scripts and State name an operation: "X_AVM-DE_OnTel:1#GetPhonebook".
func (o *operation) title() string { return o.service.kind + "#" + o.name }

// ActionNames lists the names of all actions.
func ActionNames() []string {
	var list []string
	for _, b := range deviceTree {
		for _, s := range b.services {
			for _, o := range s.actions {
				list = append(list, o.name)
			}
		}
	}
	return list
}

// describe writes the SCPD of a service without the actions that are absent.
func (s *service) describe(absent func(*operation) bool) string {
	var x strings.Builder
	x.WriteString(Prolog + "<scpd xmlns=\"" + namespace + "service-1-0\">\n<specVersion>\n<major>1</major>\n<minor>0</minor>\n</specVersion>\n<actionList>\n")
	var variables []parameter
	list := func(direction string, parameters []parameter) {
		for _, p := range parameters {
			fmt.Fprintf(&x, "<argument>\n<name>%s</name>\n<direction>%s</direction>\n<relatedStateVariable>%s</relatedStateVariable>\n</argument>\n", p.name, direction, p.variable)
			if !slices.ContainsFunc(variables, func(v parameter) bool { return v.variable == p.variable }) {
				variables = append(variables, p)
			}
		}
	}
	for _, o := range s.actions {
		if absent(o) {
			continue
		}
		x.WriteString("<action>\n<name>" + o.name + "</name>\n")
		if len(o.in)+len(o.out) > 0 {
			x.WriteString("<argumentList>\n")
			list("in", o.in)
			list("out", o.out)
			x.WriteString("</argumentList>\n")
		}
		x.WriteString("</action>\n")
	}
	x.WriteString("</actionList>\n<serviceStateTable>\n")
	for _, v := range variables {
		x.WriteString("<stateVariable sendEvents=\"no\">\n<name>" + v.variable + "</name>\n<dataType>" + v.kind + "</dataType>\n")
		if len(v.choice) > 0 {
			x.WriteString("<allowedValueList>\n")
			for _, value := range v.choice {
				x.WriteString("<allowedValue>" + value + "</allowedValue>\n")
			}
			x.WriteString("</allowedValueList>\n")
		}
		if v.low != "" {
			x.WriteString("<allowedValueRange>\n<minimum>" + v.low + "</minimum>\n<maximum>" + v.high + "</maximum>\n<step>1</step>\n</allowedValueRange>\n")
		}
		x.WriteString("</stateVariable>\n")
	}
	x.WriteString("</serviceStateTable>\n</scpd>\n")
	return x.String()
}
