package fritztest

// OwnNumber is a number of the box's own.
type OwnNumber struct {
	Number string // as the provider gave it, usually without the area code
	Name   string
	Type   string // eVoIP, eISDN, ePOTS, eGSM; default eVoIP
}

// handset is a DECT phone.
type handset struct {
	name  string
	model string
	book  int
}

// furnish gives the box what every box has: a phonebook, two own numbers, an analog
// phone, two DECT phones, an IP phone and an answering machine.
func (t *tr064) furnish() {
	wall := t.box.clock.wall()
	t.books = []*book{{name: "Telefonbuch", capacity: bookCapacity, stamp: wall.Unix()}}
	t.bars = &book{name: "barring", capacity: bookCapacity, stamp: wall.Unix()}
	t.numbers = []OwnNumber{{"23125069", "Zuhause", "eVoIP"}, {"23125732", "Praxis", "eVoIP"}}
	t.fon = []string{"Telefon"}
	t.handsets = []*handset{{name: "Wohnzimmer", model: "0x05"}, {name: "Büro", model: "0x05"}}
	t.clients = []*sipClient{{user: "telefon1", phone: "IP-Telefon"}}
	for range maxMachines {
		t.machines = append(t.machines, &machine{})
	}
	*t.machines[0] = machine{name: "Anrufbeantworter 1", shown: true, enabled: true}
	t.dialAid, t.dialPhone = true, t.ports()[0]
	t.factor.needed = map[string]bool{"X_AVM-DE_SetClient4": true, "RegisterApp": true}
	t.epoch, t.lastCallID = wall.Unix(), firstCallID-1
}

// SetNumbers changes the box's own numbers.
func (b *Box) SetNumbers(numbers ...OwnNumber) {
	for i := range numbers {
		if numbers[i].Type == "" {
			numbers[i].Type = "eVoIP"
		}
	}
	b.tr064.edit(func(t *tr064) { t.numbers = numbers })
}

// SetCodes changes country and area code, without their prefixes: "49", "30". An
// empty area code is a box that was never told.
func (b *Box) SetCodes(country, area string) {
	b.tr064.edit(func(t *tr064) { t.country[0], t.area[0] = country, area })
}
