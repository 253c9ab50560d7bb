// SPDX-License-Identifier: Apache-2.0

// Command generator runs each template of ../envsubst.json through the Go library that Flux uses, and writes the result
// back into the file. Run `go run .` here after adding a template.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"unicode/utf8"

	"github.com/fluxcd/pkg/envsubst"
)

const file = "../envsubst.json"

type vectors struct {
	Variables map[string]string `json:"variables"`
	Vectors   []vector          `json:"vectors"`
}

type vector struct {
	Template string `json:"template"`
	Strict   bool   `json:"strict,omitempty"`
	Output   string `json:"output"`
	Error    string `json:"error,omitempty"`
	Panic    bool   `json:"panic,omitempty"`
	Invalid  bool   `json:"invalid,omitempty"`
}

func main() {
	data, err := os.ReadFile(file)
	check(err)
	var all vectors
	check(json.Unmarshal(data, &all))
	for i := range all.Vectors {
		run(&all.Vectors[i], all.Variables)
	}
	out, err := json.MarshalIndent(all, "", " ")
	check(err)
	check(os.WriteFile(file, append(out, '\n'), 0o644))
}

func run(v *vector, variables map[string]string) {
	v.Output, v.Error, v.Panic, v.Invalid = "", "", false, false
	defer func() {
		if r := recover(); r != nil {
			v.Panic = true
		}
	}()
	output, err := envsubst.Eval(v.Template, func(name string) (string, bool) {
		value, found := variables[name]
		return value, found || !v.Strict
	})
	if err != nil {
		v.Error = fmt.Sprint(err)
		return
	}
	if !utf8.ValidString(output) {
		v.Invalid = true
		return
	}
	v.Output = output
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
