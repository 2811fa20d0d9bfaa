// Package law is the law as data: the contract documents, the catalogue of measures,
// the working-day calendars and the scenarios that prove the contracts. It embeds
// files and gives them out; it has no logic and never reads them.
//
// Files:
//
//	*.yaml             contract documents (language: package contract)
//	measures.json      the catalogue of measures
//	calendar-*.json    working-day calendars by year (format: credit.ParseYear)
//	scenarios/*.yaml   given, when at a date, then (format: contract.ParseScenarios)
//
// What is marked counsel in a file has to be confirmed by counsel before it serves a
// real network. TestEveryDocumentCompiles and TestScenarios in package contract hold
// the documents to their checker and their scenarios.
package law

import "embed"

// Files holds every file of this folder by its name.
//
//go:embed *.yaml *.json scenarios/*.yaml
var Files embed.FS

// MeasuresFile is the name of the catalogue of measures.
const MeasuresFile = "measures.json"

// Source is one embedded file.
type Source struct {
	File   string // e.g. "judgment-defaulter.yaml"
	Source []byte
}
