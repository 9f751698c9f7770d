package telephony

// OwnNumber is a number of the box's own.
type OwnNumber struct {
	Number string // as the provider gave it, usually without the area code
	Name   string
	Type   string // eVoIP, eISDN, ePOTS, eGSM; default eVoIP
}

// SetNumbers changes the box's own numbers.
func (t *Services) SetNumbers(numbers ...OwnNumber) {
	for i := range numbers {
		if numbers[i].Type == "" {
			numbers[i].Type = "eVoIP"
		}
	}
	t.edit(func() { t.numbers = numbers })
}

// SetCodes changes country and area code, without their prefixes: "49", "30". An
// empty area code is a box that was never told.
func (t *Services) SetCodes(country, area string) {
	t.edit(func() { t.country[0], t.area[0] = country, area })
}
