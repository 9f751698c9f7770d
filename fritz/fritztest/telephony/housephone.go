package telephony

// HousePhone is a phone that rings without a registration: an analog one or DECT.
type HousePhone struct {
	Extension int
	Name      string
}

// HousePhones lists the analog phones and the handsets.
func (t *Services) HousePhones() []HousePhone {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []HousePhone
	for i, name := range t.analog {
		list = append(list, HousePhone{i, name})
	}
	for i, h := range t.handsets {
		list = append(list, HousePhone{10 + i, h.name})
	}
	return list
}

// NameOf is what the box's phonebooks and its barring list call a number; "" if nobody has it.
func (t *Services) NameOf(number string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.name(number)
}
