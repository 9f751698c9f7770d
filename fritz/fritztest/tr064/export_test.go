package tr064

// ReadEnvelope reads a SOAP request and writes what was understood of it.
func ReadEnvelope(body []byte) (action string, arguments [][2]string, err error) {
	e, err := readEnvelope(body)
	for _, a := range e.arguments {
		arguments = append(arguments, [2]string{a.name, a.value})
	}
	return e.action, arguments, err
}

// ParseFields reads an Authorization header.
func ParseFields(text string) map[string]string { return parseFields(text) }

// NonceLife is how long a nonce lives at first.
const NonceLife = nonceLife
