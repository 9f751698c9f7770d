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

// ScreenedDay returns the day, in the evening of which somebody calls twice whom many have
// reported, then one whom some have, and one whom the house knows. It needs a judge of
// callers who lists the first of them. Each day, counted from 0, has a spammer of its own.
func ScreenedDay(number int) (*Script, error) {
	const over = `say en "The day is over."`
	before, after, _ := strings.Cut(day, over)
	evening := strings.ReplaceAll(screened, "SPAMMER", Spammers[number%len(Spammers)])
	return Parse("day.script", strings.NewReader(before+evening+over+after))
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
