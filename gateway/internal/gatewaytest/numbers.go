package gatewaytest

import "fmt"

// Numbers of the house, as the box writes them.
const (
	Practice = "23125732"
	Home     = "23125069"

	Patient   = "01713920055"
	Neighbour = "03023125123"
	Munich    = "08999998123"
	Friend    = "04066969021"
	Pest      = "06990009666"
)

// The same as the contract writes them.
const (
	PracticeMSN   = "493023125732"
	HomeMSN       = "493023125069"
	PatientE164   = "+491713920055"
	NeighbourE164 = "+493023125123"
	MunichE164    = "+498999998123"
	FriendE164    = "+494066969021"
	PestE164      = "+496990009666"
)

// Caller is the number of one of 3000 callers, as the box writes it and as the
// contract does.
func Caller(i int) (number, e164 string) {
	number = []string{"03023125", "06990009", "04066969"}[i/1000] + fmt.Sprintf("%03d", i%1000)
	return number, "+49" + number[1:]
}
