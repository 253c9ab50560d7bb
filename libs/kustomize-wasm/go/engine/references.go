// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// Reference is one file that a kustomization names. Path has no symbolic links and is relative to the root of the tree.
type Reference struct {
	// Use is "file" or "env" of a secret generator, "patch", or "resource".
	Use string `json:"use"`
	// Name tells the format of the content: the key of a generated file, else the path as it is written.
	Name string `json:"name"`
	Path string `json:"path"`
}

// References hands to the host what the kustomization of request.Path, and all below it, take from files: what secret
// generators and patches name, and plain resources. What cannot be found is left out: the build says so.
func References(host Host, request Request) (failure *Failure) {
	defer func() {
		if r := recover(); r != nil {
			failure = &Failure{Code: BuildFailed, Message: fmt.Sprintf("Kustomize panicked: %v", r), Broken: true}
		}
	}()
	t := &tree{host: host}
	kind, canonical, err := t.stat("stat", path.Join(treeRoot, request.Path))
	switch kind {
	case KindDir:
	case KindOutside:
		return &Failure{Code: PathOutsideRoot, Message: err.Error()}
	default:
		return failuref(PathNotFound, "path '%s' is not a directory of the artifact", request.Path)
	}
	dir := path.Join(treeRoot, canonical)
	if err := prepare(t, dir, &request.Overrides, newIgnored(request.Ignored)); err != nil {
		return asFailure(err)
	}
	w := &referenceWalk{tree: t, seen: map[string]bool{}, named: map[string]bool{}}
	w.directory(dir)
	if w.full {
		return failuref(BuildTooLarge, "the list of referenced files exceeds the output bound")
	}
	return nil
}

type referenceWalk struct {
	tree *tree
	// seen are the directories, named the files, by their paths without links.
	seen, named map[string]bool
	full        bool
}

func (w *referenceWalk) directory(dir string) {
	if w.seen[dir] || w.full {
		return
	}
	w.seen[dir] = true
	file, found := kustomizationFile(w.tree, dir)
	if !found {
		return
	}
	content, err := w.tree.ReadFile(file)
	if err != nil {
		return
	}
	kus := newKustomization()
	if yaml.Unmarshal(content, kus) != nil {
		return
	}
	w.files(dir, kus)
	for _, list := range [][]string{kus.Resources, kus.Bases, kus.Components} {
		for _, name := range list {
			w.resource(dir, name)
		}
	}
}

func (w *referenceWalk) files(dir string, kus *types.Kustomization) {
	for _, generator := range kus.SecretGenerator {
		for _, source := range generator.FileSources {
			key, name, found := strings.Cut(source, "=")
			if !found {
				name = key
			}
			w.file("file", dir, key, name)
		}
		for _, name := range generator.EnvSources {
			w.file("env", dir, name, name)
		}
	}
	for _, patch := range kus.Patches {
		if patch.Path != "" && !hasHost(patch.Path) {
			w.file("patch", dir, patch.Path, patch.Path)
		}
	}
}

func (w *referenceWalk) resource(dir, name string) {
	if hasHost(name) {
		return
	}
	kind, canonical, err := w.tree.stat("stat", join(dir, name))
	if err == nil && kind == KindDir {
		w.directory(path.Join(treeRoot, canonical))
	}
	if err == nil && kind == KindFile {
		w.emit("resource", name, canonical)
	}
}

func (w *referenceWalk) file(use, dir, key, name string) {
	if kind, canonical, err := w.tree.stat("stat", join(dir, name)); err == nil && kind == KindFile {
		w.emit(use, key, canonical)
	}
}

func (w *referenceWalk) emit(use, name, canonical string) {
	// a file may be a resource here and the source of a generator there
	id := canonical
	if use == "resource" {
		id = "resource " + canonical
	}
	if w.named[id] {
		return
	}
	w.named[id] = true
	data, err := json.Marshal(Reference{Use: use, Name: name, Path: canonical})
	if err != nil || !w.tree.host.Emit(data, nil) {
		w.full = true
	}
}

func join(dir, name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(dir, name)
}

func hasHost(name string) bool {
	parsed, err := url.Parse(name)
	return err == nil && parsed.Scheme != "" && parsed.Host != ""
}
