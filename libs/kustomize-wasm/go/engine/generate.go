// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// prepare does what Flux does before a build, as an overlay in memory: it takes or generates the kustomization file
// of dir, takes out what is ignored, merges the overrides into it and lays the result over the tree.
func prepare(t *tree, dir string, overrides *Overrides, ignored ignored) error {
	kus, file, err := loadOrGenerate(t, dir, ignored)
	if err != nil {
		return err
	}
	ignored.filter(dir, kus)
	if err := overrides.merge(t, dir, kus); err != nil {
		return err
	}
	content, err := yaml.Marshal(kus)
	if err != nil {
		return err
	}
	rel, err := t.relative("write", file)
	if err != nil {
		return err
	}
	t.overlayPath, t.overlayContent = rel, content
	return nil
}

// placeholderNamespace stands in files that would be empty; there is nothing that it could apply to.
const placeholderNamespace = "_placeholder"

func newKustomization() *types.Kustomization {
	return &types.Kustomization{
		TypeMeta: types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
	}
}

func loadOrGenerate(t *tree, dir string, ignored ignored) (*types.Kustomization, string, error) {
	kus := newKustomization()
	file, found := kustomizationFile(t, dir)
	if !found {
		if err := generate(t, dir, kus, ignored); err != nil {
			return nil, "", err
		}
		return kus, path.Join(dir, konfig.DefaultKustomizationFileName()), nil
	}
	content, err := t.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	if err := yaml.Unmarshal(content, kus); err != nil {
		return nil, "", fmt.Errorf("%s: %w", file, err)
	}
	if len(kus.Resources) == 0 {
		// Kustomize refuses a file without any content; this is the harmless content that Flux gives it
		kus.BuildMetadata = []string{types.OriginAnnotations}
	}
	return kus, file, nil
}

func kustomizationFile(t *tree, dir string) (string, bool) {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		file := path.Join(dir, name)
		if kind, _, err := t.stat("stat", file); err == nil && kind == KindFile {
			return file, true
		}
	}
	return "", false
}

// generate lists every manifest below dir. A directory with a kustomization file of its own is one resource.
func generate(t *tree, dir string, kus *types.Kustomization, ignored ignored) error {
	err := t.Walk(dir, func(name string, info fs.FileInfo, err error) error {
		switch {
		case err != nil:
			return err
		case name == dir:
			return nil
		case info.IsDir():
			if _, found := kustomizationFile(t, name); !found {
				return nil
			}
			kus.Resources = append(kus.Resources, "."+strings.TrimPrefix(name, dir))
			return fs.SkipDir
		case path.Ext(name) != ".yaml" && path.Ext(name) != ".yml":
			return nil
		case ignored.has(name):
			return nil
		}
		if err := checkManifests(t, name); err != nil {
			return err
		}
		kus.Resources = append(kus.Resources, "."+strings.TrimPrefix(name, dir))
		return nil
	})
	if err == nil && len(kus.Resources) == 0 {
		// an empty directory builds to nothing, but Kustomize refuses an empty file
		kus.Namespace = placeholderNamespace
	}
	return err
}

func checkManifests(t *tree, name string) (err error) {
	content, err := t.ReadFile(name)
	if err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: the YAML parser panicked: %v", name, r)
		}
	}()
	if _, err := provider.NewDefaultDepProvider().GetResourceFactory().SliceFromBytes(content); err != nil {
		return fmt.Errorf("failed to decode Kubernetes YAML from %s: %w", name, err)
	}
	return nil
}
