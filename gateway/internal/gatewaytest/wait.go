package gatewaytest

import (
	"time"

	"github.com/callporter/callporter/internal/testkit"
)

// Patience is how long something that must happen may take. Only a failing test
// waits that long.
const Patience = 20 * time.Second

// Eventually waits until something holds, Background runs something beside the test.
var (
	Eventually = testkit.Eventually(Patience, testkit.Tick)
	Background = testkit.Background(Patience)
)
