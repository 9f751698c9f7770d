package tr064

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"strings"
)

// Prolog begins every XML file and the data of every entry.
const Prolog = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

// Escape returns a text as XML content.
func Escape(s string) string {
	var x strings.Builder
	_ = xml.EscapeText(&x, []byte(s)) // a strings.Builder takes everything
	return x.String()
}

// Element returns <name>text</name>.
func Element(name, text string) string {
	return "<" + name + ">" + Escape(text) + "</" + name + ">"
}

// Flag returns "1" or "0".
func Flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// Model is what a box says of itself.
type Model struct {
	Name     string // default "FRITZ!Box 7530"
	Firmware string // of the box, model code first; default "164.08.02" (FRITZ!OS 8.02)
	Friendly string // what its owner calls it; default Name
	Maker    string // default "AVM"; newer firmware says "FRITZ!"
	Serial   string // MAC address; default "02:00:00:00:06:4A"
	Hardware string // default "236"
}

func (m Model) complete() Model {
	for _, field := range []struct {
		value     *string
		otherwise string
	}{
		{&m.Name, "FRITZ!Box 7530"},
		{&m.Firmware, "164.08.02"},
		{&m.Maker, "AVM"},
		{&m.Serial, "02:00:00:00:06:4A"},
		{&m.Hardware, "236"},
	} {
		if *field.value == "" {
			*field.value = field.otherwise
		}
	}
	m.Friendly = cmp.Or(m.Friendly, m.Name)
	return m
}

// uuid is the box's UDN: its tail is the MAC address.
func (m Model) uuid() string {
	return "75802409-bccb-40e7-8e6c-" + strings.ReplaceAll(m.Serial, ":", "")
}

// describe writes /tr64desc.xml. host is the address that the box was asked by.
func (m Model) describe(host string) string {
	var x strings.Builder
	x.WriteString(Prolog + "<root xmlns=\"" + namespace + "device-1-0\">\n<specVersion>\n<major>1</major>\n<minor>0</minor>\n</specVersion>\n<systemVersion>\n")
	version := append(strings.Split(m.Firmware, "."), "0", "0", "0")
	for i, name := range []string{"Major", "Minor", "Patch"} {
		part := cmp.Or(strings.TrimLeft(version[i], "0"), "0")
		if name == "Major" {
			x.WriteString(Element("HW", m.Hardware) + "\n")
		}
		x.WriteString(Element(name, part) + "\n")
	}
	x.WriteString("<Buildnumber>117978</Buildnumber>\n" + Element("Display", m.Firmware) + "\n</systemVersion>\n")
	m.writeDevice(&x, deviceTree)
	// The presentation page belongs to the outermost device.
	x.WriteString("<presentationURL>http://" + Escape(host) + "</presentationURL>\n</device>\n</root>\n")
	return x.String()
}

// writeDevice writes the first device with the others nested in it. The outermost
// element stays open.
func (m Model) writeDevice(x *strings.Builder, devices []device) {
	d := devices[0]
	x.WriteString("<device>\n" + Element("deviceType", namespace+"device:"+d.kind+":1") + "\n")
	for _, field := range [][2]string{
		{"friendlyName", m.Friendly}, {"manufacturer", m.Maker}, {"manufacturerURL", "www.avm.de"},
		{"modelDescription", m.Name}, {"modelName", m.Name}, {"modelNumber", strings.TrimPrefix(m.Name, "FRITZ!Box ") + " - avm"},
		{"modelURL", "www.avm.de"}, {"UDN", "uuid:" + m.uuid()}, {"serialNumber", m.Serial},
	} {
		x.WriteString(Element(field[0], field[1]) + "\n")
	}
	x.WriteString("<serviceList>\n")
	for _, s := range d.services {
		fmt.Fprintf(x, "<service>\n<serviceType>%sservice:%s</serviceType>\n<serviceId>urn:%s</serviceId>\n<controlURL>/upnp/control/%s</controlURL>\n<eventSubURL>/upnp/control/%s</eventSubURL>\n<SCPDURL>/%sSCPD.xml</SCPDURL>\n</service>\n",
			namespace, s.kind, s.id, s.path, s.path, s.path)
	}
	x.WriteString("</serviceList>\n")
	if len(devices) > 1 {
		x.WriteString("<deviceList>\n")
		m.writeDevice(x, devices[1:])
		x.WriteString("</device>\n</deviceList>\n")
	}
}
