// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
)

// Overrides is what a Flux Kustomization's spec lays over the kustomization file.
type Overrides struct {
	TargetNamespace         string   `json:"targetNamespace"`
	NamePrefix              string   `json:"namePrefix"`
	NameSuffix              string   `json:"nameSuffix"`
	Patches                 []Patch  `json:"patches"`
	Images                  []Image  `json:"images"`
	Components              []string `json:"components"`
	IgnoreMissingComponents bool     `json:"ignoreMissingComponents"`
	BuildMetadata           []string `json:"buildMetadata"`
}

// Patch is an inline patch with its target.
type Patch struct {
	Patch  string    `json:"patch"`
	Target *Selector `json:"target"`
}

// Selector has the names of Flux's API.
type Selector struct {
	Group              string `json:"group"`
	Version            string `json:"version"`
	Kind               string `json:"kind"`
	Name               string `json:"name"`
	Namespace          string `json:"namespace"`
	LabelSelector      string `json:"labelSelector"`
	AnnotationSelector string `json:"annotationSelector"`
}

// Image has the names of Flux's API.
type Image struct {
	Name    string `json:"name"`
	NewName string `json:"newName"`
	NewTag  string `json:"newTag"`
	Digest  string `json:"digest"`
}

// merge lays the overrides over kus, the kustomization file of dir.
func (o *Overrides) merge(t *tree, dir string, kus *types.Kustomization) error {
	if o.TargetNamespace != "" {
		kus.Namespace = o.TargetNamespace
	}
	if o.NamePrefix != "" {
		kus.NamePrefix = o.NamePrefix
	}
	if o.NameSuffix != "" {
		kus.NameSuffix = o.NameSuffix
	}
	for _, patch := range o.Patches {
		kus.Patches = append(kus.Patches, types.Patch{Patch: patch.Patch, Target: patch.Target.toKustomize()})
	}
	for _, component := range o.Components {
		if !isLocal(component) {
			return failuref(BuildFailed, "spec.components: '%s' must be a path relative to spec.path", component)
		}
		if o.IgnoreMissingComponents && !t.Exists(path.Join(dir, component)) {
			continue
		}
		kus.Components = append(kus.Components, component)
	}
	for _, image := range o.Images {
		kus.Images = mergeImage(kus.Images, image)
	}
	if len(o.BuildMetadata) > 0 {
		kus.BuildMetadata = o.BuildMetadata
	}
	return nil
}

func (s *Selector) toKustomize() *types.Selector {
	if s == nil {
		return nil
	}
	return &types.Selector{
		ResId: resid.ResId{
			Gvk:       resid.Gvk{Group: s.Group, Version: s.Version, Kind: s.Kind},
			Name:      s.Name,
			Namespace: s.Namespace,
		},
		LabelSelector:      s.LabelSelector,
		AnnotationSelector: s.AnnotationSelector,
	}
}

// mergeImage sets what the override names in the entry of the same image. Tag and digest choose one version together,
// so that either replaces both.
func mergeImage(images []types.Image, override Image) []types.Image {
	for i := range images {
		if images[i].Name != override.Name {
			continue
		}
		if override.NewName != "" {
			images[i].NewName = override.NewName
		}
		if override.NewTag != "" || override.Digest != "" {
			images[i].NewTag, images[i].Digest = override.NewTag, override.Digest
		}
		return images
	}
	return append(images, types.Image{
		Name: override.Name, NewName: override.NewName, NewTag: override.NewTag, Digest: override.Digest,
	})
}

var remotePrefixes = []string{
	"git::", "gh:", "ssh://", "https://", "http://", "git@", "github.com:", "github.com/",
}

// isLocal tells a path below or beside spec.path from absolute paths and from what Kustomize would take as remote.
func isLocal(name string) bool {
	lower := strings.ToLower(name)
	for _, prefix := range remotePrefixes {
		if len(lower) > len(prefix) && strings.HasPrefix(lower, prefix) {
			return false
		}
	}
	return !path.IsAbs(name) && !path.IsAbs(strings.TrimPrefix(lower, "file://"))
}
