package report_test

import (
	"fmt"
	"os"

	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/scanner"
)

// A report is a result in one of the formats.
func ExampleLookup() {
	format, err := report.Lookup("text")
	if err != nil {
		fmt.Println(err)
		return
	}
	result := &scanner.Result{Coverage: scanner.Coverage{Files: 12, Bytes: 34_000}}
	if err := format.Write(os.Stdout, result, report.Options{}); err != nil {
		fmt.Println(err)
	}
	// Output: No keys found in 12 files, 34 kB.
}

// The error of an unknown name lists the names there are.
func ExampleLookup_unknown() {
	_, err := report.Lookup("pdf")
	fmt.Println(err)
	// Output: unknown format "pdf": expected one of text, concise, json, jsonl, sarif, gitlab, junit, markdown, html, github
}
