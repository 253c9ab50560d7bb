// SPDX-License-Identifier: Apache-2.0

// Prints what Kustomize as it is released builds from each of the directories that standard input names as a JSON list. With the
// argument `schema`, how an OpenAPI document on standard input differs from the one that Kustomize carries.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

type outcome struct {
	YAML  *string `json:"yaml,omitempty"`
	Error *string `json:"error,omitempty"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "schema" {
		lean, err := io.ReadAll(os.Stdin)
		if err != nil {
			panic(err)
		}
		fmt.Print(difference(lean))
		return
	}
	var directories []string
	if err := json.NewDecoder(os.Stdin).Decode(&directories); err != nil {
		panic(err)
	}
	outcomes := []outcome{}
	for _, directory := range directories {
		outcomes = append(outcomes, build(directory))
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		panic(err)
	}
}

func build(directory string) (result outcome) {
	fail := func(message string) outcome { return outcome{Error: &message} }
	defer func() {
		if r := recover(); r != nil {
			result = fail(fmt.Sprintf("Kustomize panicked: %v", r))
		}
	}()
	options := &krusty.Options{
		LoadRestrictions: types.LoadRestrictionsNone,
		PluginConfig:     types.DisabledPluginConfig(),
		Reorder:          krusty.ReorderOptionUnspecified,
	}
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), directory)
	if err != nil {
		return fail(err.Error())
	}
	text, err := resources.AsYaml()
	if err != nil {
		return fail(err.Error())
	}
	yaml := string(text)
	return outcome{YAML: &yaml}
}
