package tr064_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/callporter/callporter/fritz/fritztest/internal/boxtest"
)

// TestEveryAction asks for every action of every description: each has to be done,
// or refused with an error of its own, and what is answered is what is described.
func TestEveryAction(t *testing.T) {
	_, c := boxtest.NewTR064(t)
	type argument struct {
		Name      string `xml:"name"`
		Direction string `xml:"direction"`
		Variable  string `xml:"relatedStateVariable"`
	}
	var root struct {
		Services []struct {
			Type    string `xml:"serviceType"`
			SCPD    string `xml:"SCPDURL"`
			Control string `xml:"controlURL"`
		} `xml:"device>serviceList>service"`
	}
	if err := xml.Unmarshal([]byte(c.List(c.Base+"/tr64desc.xml")), &root); err != nil {
		t.Fatal(err)
	}
	actions := 0
	for _, s := range root.Services {
		service := strings.TrimPrefix(s.Type, boxtest.ServiceSpace)
		if s.Control != boxtest.Path(service) {
			t.Fatalf("%s: control URL %s", service, s.Control)
		}
		var d struct {
			Actions []struct {
				Name      string     `xml:"name"`
				Arguments []argument `xml:"argumentList>argument"`
			} `xml:"actionList>action"`
			Variables []struct {
				Name string `xml:"name"`
				Type string `xml:"dataType"`
			} `xml:"serviceStateTable>stateVariable"`
		}
		if err := xml.Unmarshal([]byte(c.List(c.Base+s.SCPD)), &d); err != nil {
			t.Fatal(err)
		}
		types := map[string]string{}
		for _, v := range d.Variables {
			types[v.Name] = v.Type
		}
		for _, a := range d.Actions {
			if a.Name == "Reboot" || a.Name == "SetConfigPassword" {
				continue
			}
			actions++
			var args, outs []string
			for _, x := range a.Arguments {
				kind := types[x.Variable]
				switch {
				case kind == "":
					t.Errorf("%s: %s has no state variable", a.Name, x.Name)
				case x.Direction == "out":
					outs = append(outs, x.Name)
				case kind == "string" || kind == "uuid":
					args = append(args, x.Name, "x")
				default:
					args = append(args, x.Name, "0")
				}
			}
			out, code := c.Call(service, a.Name, args...)
			if code == 401 || code == 402 && !strings.Contains(a.Name, "Entry") {
				t.Errorf("%s is described and answers %d", a.Name, code)
			}
			if code != 0 {
				continue
			}
			for _, name := range outs {
				if _, ok := out[name]; !ok {
					t.Errorf("%s: %s is described and not answered", a.Name, name)
				}
			}
			if len(out) != len(outs) {
				t.Errorf("%s answers %v, described are %v", a.Name, out, outs)
			}
			c.Fails(402, service, a.Name, append(args, "NewNonsense", "1")...)
		}
	}
	if actions < 80 {
		t.Errorf("only %d actions are described", actions)
	}
}
