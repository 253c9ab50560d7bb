// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"slices"

	"sigs.k8s.io/kustomize/kyaml/openapi"
)

// Warm does what makes a first build slow: it parses the built-in OpenAPI schema, and it builds a small overlay that
// goes through the usual transformers, so that WebAssembly compiles them.
func Warm() *Failure {
	openapi.Schema()
	return Build(sample{}, Request{Path: "overlay", Overrides: Overrides{NamePrefix: "warm-"}})
}

// sample is a host with a tree of its own, whose output nobody wants.
type sample struct{}

var sampleFiles = map[string]string{
	"overlay/kustomization.yaml": `
namespace: warm
resources: [../base]
labels: [{pairs: {a: b}, includeSelectors: true}]
commonAnnotations: {a: b}
images: [{name: image, newTag: "2"}]
replicas: [{name: web, count: 2}]
configMapGenerator: [{name: settings, literals: [a=b]}]
patches:
  - path: patch.yaml
  - target: {kind: Service}
    patch: '[{"op": "add", "path": "/metadata/annotations", "value": {"a": "b"}}]'
replacements:
  - source: {kind: Service, name: web, fieldPath: metadata.name}
    targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.service], options: {create: true}}]
`,
	"overlay/patch.yaml": `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, env: [{name: A, value: b}]}]}}}
`,
	"base/a.yaml": `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "image:1", envFrom: [{configMapRef: {name: settings}}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`,
	"base/kustomization.yaml": "resources: [a.yaml]",
}

var sampleDirectories = []string{".", "base", "overlay"}

func (sample) Stat(path string) (PathKind, string) {
	if slices.Contains(sampleDirectories, path) {
		return KindDir, path
	}
	if _, found := sampleFiles[path]; found {
		return KindFile, path
	}
	return KindMissing, path
}

func (s sample) Read(path string) ([]byte, PathKind) {
	kind, _ := s.Stat(path)
	return []byte(sampleFiles[path]), kind
}

func (sample) List(string) ([]Entry, PathKind) { return nil, KindFailed }

func (sample) Emit(_, _ []byte) bool { return true }
