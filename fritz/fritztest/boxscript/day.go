package boxscript

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/callporter/callporter/fritz/fritztest"
)

//go:embed day.script
var day string

//go:embed screening.script
var screened string

//go:embed spam.script
var spam string

//go:embed salesman.script
var salesman string

// Day returns a believable day at a box with two own numbers in Berlin (030),
// 23125732 for a practice and 23125069 for its owners' home. It takes about 95 s
// at speed 1, tells what happens in English and German, and declares the events
// that each call must lead to.
func Day() (*Script, error) { return Parse("day.script", strings.NewReader(day)) }

// Callers whom the screening of the day meets: those whom many have reported, in the order in
// which they call, one on each day, and one whom some have.
var (
	Spammers = spammers()
	Suspect  = "02214710444"
)

func spammers() (numbers []string) {
	for n := range 20 {
		numbers = append(numbers, fmt.Sprintf("06990009%d", 700+n))
	}
	return numbers
}

// Scenes are the parts of a day, played one after the other.
type Scenes struct {
	// Day is that of Day, in the evening of which somebody calls twice whom many have reported,
	// then one whom some have, and one whom the house knows.
	Day *Script
	// Spam is a caller whom many have reported. Whoever plays it has switched rejecting on.
	Spam *Script
	// Salesman is a caller whom nobody knows, and who still rings at its end. Whoever plays it
	// turns him away then.
	Salesman *Script
	End      *Script
}

// All are the scenes in order.
func (s *Scenes) All() []*Script { return []*Script{s.Day, s.Spam, s.Salesman, s.End} }

// Expectations are those of all scenes.
func (s *Scenes) Expectations() (all []Expectation) {
	for _, script := range s.All() {
		all = append(all, script.Expectations()...)
	}
	return all
}

// ScreenedDay returns a day that needs a judge of callers, who lists the first spammer, and a
// phone at the box that turns callers away. Each day, counted from 0, has spammers of its own.
func ScreenedDay(number int) (*Scenes, error) {
	const over = `say en "The day is over."`
	before, after, _ := strings.Cut(day, over)
	number %= len(Spammers) / 2
	spammer := func(text string, i int) string { return strings.ReplaceAll(text, "SPAMMER", Spammers[i]) }
	s := &Scenes{}
	for _, part := range []struct {
		of         **Script
		name, text string
	}{
		{&s.Day, "day.script", before + spammer(screened, number)},
		{&s.Spam, "spam.script", spammer(spam, len(Spammers)/2+number)},
		{&s.Salesman, "salesman.script", salesman},
		{&s.End, "day.script", over + after},
	} {
		var err error
		if *part.of, err = Parse(part.name, strings.NewReader(part.text)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// DayContacts are the callers of the day who stand in the phonebook of a house that speaks
// a language, en or de.
func DayContacts(language string) (list []fritztest.Contact) {
	for _, c := range []struct{ number, en, de string }{
		{"030 23125123", "Neighbour", "Nachbarin"},
		{"0152 28817386", "Grandmother", "Großmutter"},
		{"069 90009040", "Laboratory", "Labor"},
		{"040 66969021", "A friend", "Freundin"},
		{"+41 44 234 56 78", "Cousin in Switzerland", "Cousine in der Schweiz"},
	} {
		list = append(list, contact(c.number, c.en, c.de, language))
	}
	return list
}

// FurnishDay gives a box the contacts of the day and the number that is barred in it.
func FurnishDay(b *fritztest.Box, language string) error {
	for _, c := range DayContacts(language) {
		if err := b.AddContact("Telefonbuch", c); err != nil {
			return fmt.Errorf("furnish simulated box: %w", err)
		}
	}
	if err := b.AddContact("barring", contact("06990009666", "Advertising", "Werbung", language)); err != nil {
		return fmt.Errorf("furnish simulated box: %w", err)
	}
	return nil
}

func contact(number, en, de, language string) fritztest.Contact {
	c := fritztest.Contact{Name: en, Numbers: []fritztest.PhoneNumber{{Number: number, Type: "home"}}}
	if language == "de" {
		c.Name = de
	}
	return c
}

// DayText returns the day as it is written, as an example of the language.
func DayText() string { return day }
