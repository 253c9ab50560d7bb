// SPDX-License-Identifier: Apache-2.0

// Prints what Flux's own package builds, as the reference for the tests. Input: the root of a tree, a path below it and
// a Flux Kustomization's spec as JSON. The tree is changed, as Flux changes it: give a copy.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintf(os.Stderr, "Error: %v\n", err)
		os.Exit(1)
	}
}

func run(root, path, spec string) error {
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(spec), &fields); err != nil {
		return err
	}
	dir := filepath.Join(root, path)
	object := unstructured.Unstructured{Object: map[string]any{"spec": fields}}
	if _, err := kustomize.NewGenerator(root, object).WriteFile(dir); err != nil {
		return err
	}
	resources, err := kustomize.SecureBuild(root, dir, false)
	if err != nil {
		return err
	}
	text, err := resources.AsYaml()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}
