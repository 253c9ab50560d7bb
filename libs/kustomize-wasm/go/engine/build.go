// SPDX-License-Identifier: Apache-2.0

// Package engine runs the real Kustomize on a tree that its host serves.
package engine

import (
	"bytes"
	"fmt"
	"net/http"
	"path"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/yaml"
)

// Request is one build.
type Request struct {
	// Path is the directory to build, relative to the root of the tree, clean.
	Path      string    `json:"path"`
	Overrides Overrides `json:"overrides"`
	// Ignored are files and directories that a generated file leaves out, and the file of Path does not get to name.
	Ignored []string `json:"ignored"`
	// Plain means exactly `kustomize build`: no generated file, no overrides, the command's default order.
	Plain bool `json:"plain"`
	// Isolated means that nothing else ever runs in this process, so that the tree may set `openapi`.
	Isolated bool `json:"isolated"`
	// Remotes is what was fetched for this build so far.
	Remotes Remotes `json:"remotes"`
}

// Build renders the directory and hands each object to the host.
func Build(host Host, request Request) (failure *Failure) {
	defer func() {
		if r := recover(); r != nil {
			failure = &Failure{Code: BuildFailed, Message: fmt.Sprintf("Kustomize panicked: %v", r), Broken: true}
		}
	}()
	b := &build{host: host, request: request, remotes: remotes{host: host, given: request.Remotes}}
	b.tree = &tree{host: host, onKustomization: b.onKustomization}
	resources, err := b.run()
	if err == nil {
		err = b.emit(resources)
	}
	if err == nil {
		return nil
	}
	return b.classify(err)
}

// Tainted tells whether a build changed the process-wide schema in spite of all; such a process must not be used again.
func Tainted() bool { return openapi.GetSchemaVersion() != builtinSchema }

var builtinSchema = openapi.GetSchemaVersion()

type build struct {
	host    Host
	request Request
	tree    *tree
	remotes remotes
}

func (b *build) run() (resmap.ResMap, error) {
	http.DefaultTransport = &b.remotes
	kind, canonical, err := b.tree.stat("stat", path.Join(treeRoot, b.request.Path))
	switch kind {
	case KindDir:
	case KindOutside:
		return nil, err
	default:
		return nil, failuref(PathNotFound, "path '%s' is not a directory of the artifact", b.request.Path)
	}
	// without links, as Kustomize will ask: the overlay must be found
	dir := path.Join(treeRoot, canonical)
	options := &krusty.Options{
		LoadRestrictions: types.LoadRestrictionsNone,
		PluginConfig:     types.DisabledPluginConfig(),
	}
	if b.request.Plain {
		options.Reorder = krusty.ReorderOptionUnspecified
	} else {
		// Flux leaves the order of the files and adds `openapi` schemas to the built-in one instead of replacing it
		options.Reorder = krusty.ReorderOptionNone
		if b.request.Isolated {
			openapi.Schema()
		}
		if err := prepare(b.tree, dir, &b.request.Overrides, newIgnored(b.request.Ignored)); err != nil {
			return nil, unprepared(err)
		}
	}
	return krusty.MakeKustomizer(options).Run(b.tree, dir)
}

// onKustomization refuses files that set `openapi` where other builds follow in the same process.
func (b *build) onKustomization(name string, content []byte) error {
	if b.request.Isolated || !maySetOpenAPI(content) {
		return nil
	}
	var kus types.Kustomization
	// lenient as well as strict: Flux's own reading ignores unknown fields
	if yaml.Unmarshal(content, &kus) == nil && len(kus.OpenAPI) > 0 {
		return failuref(NeedsIsolation, "%s sets openapi", name)
	}
	return nil
}

// maySetOpenAPI is a cheap first look. A backslash may hide the name in a quoted key, a zero byte means UTF-16.
func maySetOpenAPI(content []byte) bool {
	return bytes.ContainsAny(content, "\\\x00") || bytes.Contains(bytes.ToLower(content), []byte("openapi"))
}

func (b *build) emit(resources resmap.ResMap) error {
	for _, resource := range resources.Resources() {
		if !b.request.Plain && (resource.GetName() == "" || resource.GetKind() == "" || resource.GetApiVersion() == "") {
			// names only: the object may be a Secret
			return failuref(ManifestInvalid, "failed to decode Kubernetes apiVersion, kind and name from: %s", resource.CurId())
		}
		json, err := resource.MarshalJSON()
		if err != nil {
			return err
		}
		text, err := yaml.JSONToYAML(json)
		if err != nil {
			return err
		}
		if !b.host.Emit(json, text) {
			return failuref(BuildTooLarge, "the rendered objects exceed the output bound")
		}
	}
	return nil
}

func (b *build) classify(err error) *Failure {
	if b.tree.refused != nil {
		return asFailure(b.tree.refused)
	}
	failure := asFailure(err)
	if failure.Code != BuildFailed && failure.Code != ManifestInvalid {
		return failure
	}
	if len(b.remotes.wanted) > 0 {
		return &Failure{Code: RemoteBase, Message: failure.Message, URLs: b.remotes.urls(), Wanted: b.remotes.wanted}
	}
	if b.tree.escape != "" {
		return &Failure{Code: PathOutsideRoot, Message: failure.Message}
	}
	return failure
}
