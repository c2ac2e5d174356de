package scanner_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// A scan of standard input. What is printed never contains a token.
func ExampleScan() {
	text := "QAS_TOKEN=" + keytest.Key(1, keytest.Made) + "\n"
	result, err := scanner.Scan(context.Background(), []string{"-"}, scanner.Options{Stdin: strings.NewReader(text)})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range result.Findings {
		for _, o := range f.Occurrences {
			fmt.Printf("%s:%d:%d: %s[%s] %s\n", o.Path, o.Line, o.Column, f.Severity, f.Rule.ID, f.Key)
		}
	}
	fmt.Println("complete:", result.Coverage.Complete())
	// Output:
	// stdin:1:11: error[qas-assigned-key] rer6156506.1CJo8oDjj_ZwyinHERHusRP.****
	// complete: true
}
