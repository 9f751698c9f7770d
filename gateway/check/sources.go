package check

import (
	"context"
	"encoding/json"

	"github.com/callporter/callporter/gateway/config"
	"github.com/callporter/callporter/gateway/control"
)

// sources asks the gateway that runs on the data directory which sources outside the house
// give no answers. Nobody asks them for a check: they would count it.
func (c *checker) sources(ctx context.Context) (found []Finding) {
	if !c.gatewayRuns || !control.Supported {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, portsTimeout)
	defer cancel()
	line, err := control.Exchange(ctx, c.config.Data, control.Request{Query: "status"})
	if err != nil {
		return nil
	}
	var answer struct {
		Data struct {
			Screening struct {
				Sources []struct{ Name, Reason, Hint string }
			}
		}
	}
	if json.Unmarshal(line, &answer) != nil {
		return nil
	}
	for _, s := range answer.Data.Screening.Sources {
		if s.Reason != "" {
			found = append(found, c.finding("source_down", "name", config.Printable(s.Name), "hint", config.Printable(s.Hint)))
		}
	}
	return found
}
