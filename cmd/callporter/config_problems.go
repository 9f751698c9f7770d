package main

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/callporter/callporter/gateway/config"
)

// printProblems prints the problems of a configuration as JSON.
func printProblems(w io.Writer, err error) error {
	type problem struct {
		File     string `json:"file"`     // "" where no file is to blame
		Line     int    `json:"line"`     // 0 where no line is
		Variable string `json:"variable"` // of the environment; "" where none is
		Key      string `json:"key"`
		Text     string `json:"text"`
	}
	report := struct {
		OK       bool      `json:"ok"`
		Problems []problem `json:"problems"`
		More     int       `json:"more"` // problems that are not listed
	}{err == nil, []problem{}, 0}
	var all *config.Problems
	if errors.As(err, &all) {
		report.More = all.More
		for _, p := range all.List {
			report.Problems = append(report.Problems, problem{p.File, p.Line, p.Variable, p.Key, p.Text})
		}
	} else if err != nil {
		report.Problems = append(report.Problems, problem{Text: err.Error()})
	}
	return json.NewEncoder(w).Encode(report)
}
