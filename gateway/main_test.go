package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callporter/callporter/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long something that must happen may take. Only a failing test
// waits that long.
const patience = 20 * time.Second

var (
	eventually = testkit.Eventually(patience, testkit.Tick)
	background = testkit.Background(patience)
)

// Numbers of the house, as the box writes them.
const (
	practice = "23125732"
	home     = "23125069"

	patient   = "01713920055"
	neighbour = "03023125123"
	munich    = "08999998123"
	friend    = "04066969021"
	pest      = "06990009666"
)

// The same as the contract writes them.
const (
	practiceMSN   = "493023125732"
	homeMSN       = "493023125069"
	patientE164   = "+491713920055"
	neighbourE164 = "+493023125123"
	munichE164    = "+498999998123"
	friendE164    = "+494066969021"
	pestE164      = "+496990009666"
)

// caller is the number of one of 3000 callers, as the box writes it and as the
// contract does.
func caller(i int) (number, e164 string) {
	number = []string{"03023125", "06990009", "04066969"}[i/1000] + fmt.Sprintf("%03d", i%1000)
	return number, "+49" + number[1:]
}
