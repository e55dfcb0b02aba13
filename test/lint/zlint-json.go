// Command zlint-json lints certificate files (PEM, with one certificate or a chain, or DER) with every certificate lint
// of zlint, revocation lists (PEM) with every one for those, and prints one JSON object a line for each file. It judges nothing: exit code 0 means that all files were
// read, whatever was found in them. Built by scripts/build-zlint.sh, read by test/lint/zlint.ts.
package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"sort"

	"github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3"
	"github.com/zmap/zlint/v3/lint"
)

// finding is one lint that did not pass; Index counts the certificates of its file from 0.
type finding struct {
	Index   int    `json:"index"`
	Lint    string `json:"lint"`
	Status  string `json:"status"`
	Source  string `json:"source"`
	Details string `json:"details"`
}

// report is what one file gave; Index of a finding counts certificates, or revocation lists, each from 0. LintsRun counts the lints that applied, so that a reader can tell "clean" from "not
// looked at".
type report struct {
	File         string    `json:"file"`
	Certificates int       `json:"certificates"`
	Lists        int       `json:"lists"`
	LintsRun     int       `json:"lintsRun"`
	Findings     []finding `json:"findings"`
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: zlint-json FILE...")
		os.Exit(2)
	}
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	for _, file := range os.Args[1:] {
		result, err := lintFile(file)
		if err == nil {
			err = output.Encode(result)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "zlint-json: %s: %v\n", file, err)
			os.Exit(1)
		}
	}
}

func lintFile(file string) (report, error) {
	result := report{File: file, Findings: []finding{}}
	content, err := os.ReadFile(file)
	if err != nil {
		return result, err
	}
	certificates, lists := certificatesOf(content), blocksOf(content, "X509 CRL")
	if len(certificates)+len(lists) == 0 {
		return result, fmt.Errorf("holds no certificate")
	}
	result.Certificates, result.Lists = len(certificates), len(lists)
	for index, der := range certificates {
		lintDer(&result, index, der)
	}
	for index, der := range lists {
		lintList(&result, index, der)
	}
	return result, nil
}

// certificatesOf gives the DER of each CERTIFICATE block, or the content itself when it begins as a DER sequence does.
func certificatesOf(content []byte) [][]byte {
	if bytes.HasPrefix(content, []byte{0x30}) {
		return [][]byte{content}
	}
	return blocksOf(content, "CERTIFICATE")
}

// blocksOf gives the DER of each PEM block with this label.
func blocksOf(content []byte, label string) [][]byte {
	var found [][]byte
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == label {
			found = append(found, block.Bytes)
		}
	}
	return found
}

// lintDer adds what one certificate gave. One that zlint's parser refuses is a fatal finding of the source "Parser".
func lintDer(result *report, index int, der []byte) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		result.Findings = append(result.Findings, finding{index, "parse_certificate", "fatal", "Parser", err.Error()})
		return
	}
	result.add(index, zlint.LintCertificate(certificate))
}

// lintList is lintDer for a revocation list.
func lintList(result *report, index int, der []byte) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		result.Findings = append(result.Findings, finding{index, "parse_crl", "fatal", "Parser", err.Error()})
		return
	}
	result.add(index, zlint.LintRevocationList(list))
}

func (result *report) add(index int, set *zlint.ResultSet) {
	first := len(result.Findings)
	for name, outcome := range set.Results {
		if outcome.Status >= lint.Pass {
			result.LintsRun++
		}
		if outcome.Status > lint.Pass {
			source := string(outcome.LintMetadata.Source)
			result.Findings = append(result.Findings, finding{index, name, statusName(outcome.Status), source, outcome.Details})
		}
	}
	added := result.Findings[first:]
	sort.Slice(added, func(a, b int) bool { return added[a].Lint < added[b].Lint })
}

// statusName is zlint's own name, but "notice" for what zlint's API calls Notice and its JSON "info".
func statusName(status lint.LintStatus) string {
	if status == lint.Notice {
		return "notice"
	}
	return status.String()
}
