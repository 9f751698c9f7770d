package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/callporter/callporter/call"
	"github.com/callporter/callporter/fritz/callmonitor"
	boxerr "github.com/callporter/callporter/fritz/tr064"
	"github.com/callporter/callporter/gateway/check"
	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/query"
	"github.com/callporter/callporter/gateway/retained"
	"github.com/callporter/callporter/mqtt"
	"github.com/callporter/callporter/order"
)

// manual reads a document of the repository; a line break goes before its title, so that
// every heading has one.
func manual(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return "\n" + string(text)
}

// firstCells are the code words in the first cell of each row of the tables below
// a heading.
func firstCells(t *testing.T, text, heading string) []string {
	t.Helper()
	_, section, ok := strings.Cut(text, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("there is no heading %q", heading)
	}
	if next := regexp.MustCompile(`(?m)^#{1,3} `).FindStringIndex(section); next != nil {
		section = section[:next[0]]
	}
	var words []string
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
				words = append(words, m[1])
			}
		}
	}
	slices.Sort(words)
	return words
}

func same(t *testing.T, what string, documented, real []string) {
	t.Helper()
	slices.Sort(real)
	for _, w := range real {
		if !slices.Contains(documented, w) {
			t.Errorf("%s %s is not in the manual", what, w)
		}
	}
	for _, w := range documented {
		if !slices.Contains(real, w) {
			t.Errorf("%s %s is in the manual only", what, w)
		}
	}
}

func TestManualListsEveryCommand(t *testing.T) {
	var uses []string
	for _, c := range newRoot().Commands() {
		if c.Name() == "replay" || c.Name() == "command" || c.Name() == "completion" {
			use, _, _ := strings.Cut(c.Use, " [")
			uses = append(uses, use)
		} else if !c.Hidden && c.Name() != "help" {
			uses = append(uses, c.Name())
		}
	}
	documented := slices.DeleteFunc(firstCells(t, manual(t, "docs/commands.md"), "# Commands"), func(s string) bool { return strings.HasPrefix(s, "--") })
	same(t, "command", documented, uses)
}

func TestManualListsEveryResultCode(t *testing.T) {
	var codes []string
	for _, c := range order.Codes {
		codes = append(codes, string(c))
	}
	same(t, "result code", firstCells(t, manual(t, "docs/reference.md"), "## Result codes"), codes)
}

func TestManualListsEveryOrder(t *testing.T) {
	_, section, _ := strings.Cut(manual(t, "docs/mqtt.md"), "\n## Commands\n")
	for _, f := range order.Forms() {
		if name := "`" + strings.ReplaceAll(f.Name, "/ID", "/<id>") + "`"; !strings.Contains(section, name) {
			t.Errorf("the command %s is not in the manual", name)
		}
	}
}

func TestManualListsEveryTopic(t *testing.T) {
	cfg := config.Default()
	cfg.Boxes[0].AreaCode, cfg.Boxes[0].Numbers = "030", []string{"23125732=Practice"}
	cfg.Boxes[0].Username, cfg.Boxes[0].Password, cfg.Boxes[0].Pictures = "porter", "secret", true
	topics, err := retained.Topics(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var real []string
	for _, topic := range topics {
		if strings.HasPrefix(topic, "callporter/") {
			topic = strings.NewReplacer("callporter/fritzbox/", "<base>/<box>/", "callporter/", "<base>/", "493023125732", "<msn>").Replace(topic)
			real = append(real, topic)
		}
	}
	documented := slices.DeleteFunc(firstCells(t, manual(t, "docs/mqtt.md"), "## State: retained"), func(s string) bool { return !strings.HasPrefix(s, "<base>") })
	same(t, "topic", documented, real)
}

func TestManualListsEveryEntity(t *testing.T) {
	cfg := config.Default()
	cfg.Boxes[0].Username, cfg.Boxes[0].Password, cfg.Boxes[0].Pictures = "porter", "secret", true
	cfg.Commands.Dial, cfg.Boxes[0].SIP.Enabled = true, true
	documents, err := retained.Documents(cfg, "test")
	if err != nil {
		t.Fatal(err)
	}
	var real []string
	for _, d := range documents {
		var doc struct {
			Components map[string]struct {
				ID string `json:"default_entity_id"`
			}
		}
		if err := json.Unmarshal(d.Payload, &doc); err != nil {
			t.Fatal(err)
		}
		for _, c := range doc.Components {
			if c.ID != "" {
				real = append(real, c.ID)
			}
		}
	}
	// Those of a box with one switch of each kind, which Documents cannot know.
	real = append(real, "switch.fritzbox_deflection_0", "switch.fritzbox_answering_machine_0")
	same(t, "entity", firstCells(t, manual(t, "docs/home-assistant.md"), "# Home Assistant"), real)
}

func TestManualExplainsTheLinkReasons(t *testing.T) {
	var real []string
	for _, r := range callmonitor.LinkReasons {
		if r != callmonitor.Failed { // anything else; the log has the error
			real = append(real, r.String())
		}
	}
	documented := firstCells(t, manual(t, "docs/troubleshooting.md"), "## The call monitor")
	documented = slices.DeleteFunc(documented, func(s string) bool { return strings.Contains(s, ".") })
	same(t, "reason", documented, real)
}

func TestManualListsEveryFinding(t *testing.T) {
	var real []string
	for _, name := range check.Checks {
		real = append(real, check.Codes(name)...)
	}
	same(t, "finding", firstCells(t, manual(t, "docs/troubleshooting.md"), "## Findings of callporter check"), real)
}

func TestManualListsEveryQuestion(t *testing.T) {
	same(t, "question", firstCells(t, manual(t, "docs/reference.md"), "## The command socket"), slices.Clone(query.Names))
}

func TestManualNamesEveryWord(t *testing.T) {
	text := manual(t, "docs/mqtt.md")
	var words []string
	for _, k := range call.TransitionTypes {
		words = append(words, k.String())
	}
	for _, o := range call.Outcomes {
		words = append(words, o.String())
	}
	for k := call.NumberUnknown; k <= call.Invalid; k++ {
		words = append(words, k.String())
	}
	for _, w := range words {
		if !strings.Contains(text, "`"+w+"`") {
			t.Errorf("the manual does not explain %q", w)
		}
	}
}

// Home Assistant's Supervisor takes every config.* for an app and build.* for its
// build file; only the root may hold a config.yaml.
func TestNoFileMisleadsTheSupervisor(t *testing.T) {
	out, err := exec.Command("git", "-C", "../..", "ls-files", "-co", "--exclude-standard").Output()
	if err != nil {
		t.Skip("not a git checkout:", err)
	}
	misleading := regexp.MustCompile(`^(config|build|repository)\.(ya?ml|json)$`)
	for file := range strings.Lines(string(out)) {
		file = strings.TrimSpace(file)
		if misleading.MatchString(filepath.Base(file)) && filepath.Dir(file) != "." {
			t.Errorf("%s misleads the Supervisor: give it another name", file)
		}
	}
}

func TestManualExplainsTheBrokerReasons(t *testing.T) {
	var real []string
	for _, r := range mqtt.Troubles {
		real = append(real, string(r))
	}
	same(t, "reason", firstCells(t, manual(t, "docs/troubleshooting.md"), "## The way to the broker"), real)
}

// The words of a table have to be reasons; which of all reasons can stand there, the box decides.
func TestManualKnowsTheAccessReasons(t *testing.T) {
	for _, word := range firstCells(t, manual(t, "docs/troubleshooting.md"), "## The access to the box") {
		e := boxerr.Error{Reason: boxerr.Reason(word)}
		if !strings.Contains(word, ".") && e.Message(call.English) == word {
			t.Errorf("reason %s is in the manual only", word)
		}
	}
}

func TestManualListsEveryMetric(t *testing.T) {
	name := regexp.MustCompile(`"(?:callporter_)?((?:monitor|sip|record|tr064|events|calls|call|active|mqtt|broker|journal|build|screening|verdicts|would)_[a-z_]+)"`)
	var real []string
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "metrics.go" && !strings.HasSuffix(path, "limit/refusals.go") && !strings.HasSuffix(path, "store/health.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			real = append(real, "callporter_"+m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "metric", firstCells(t, manual(t, "docs/reference.md"), "## Metrics"), real)
}
