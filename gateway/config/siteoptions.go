package config

import "github.com/callporter/callporter/screening/site"

// Options is the source as package site takes it.
func (w *WebSource) Options() site.Options {
	return site.Options{
		Name: w.Name, URL: w.URL, Header: string(w.Header), Encoding: w.Encoding, Countries: w.Countries,
		Unknown: w.Unknown, Score: w.Score, Scale: w.Scale, Ratings: w.Ratings, Label: w.Label, Comment: w.Comment,
		CallerName: w.CallerName,
	}
}

// Directory reports whether the source tells names alone.
func (w *WebSource) Directory() bool { return w.Score == "" }
