// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"path"

	"sigs.k8s.io/kustomize/api/types"
)

// ignored holds the paths, as Kustomize sees them, that are not to be built.
type ignored map[string]struct{}

func newIgnored(names []string) ignored {
	set := make(ignored, len(names))
	for _, name := range names {
		set[path.Join(treeRoot, name)] = struct{}{}
	}
	return set
}

func (i ignored) has(name string) bool {
	_, found := i[name]
	return found
}

// filter takes what is ignored out of the lists of kus, the kustomization file of dir. A file that is left with nothing builds to
// nothing, which Kustomize refuses unless some field is set.
func (i ignored) filter(dir string, kus *types.Kustomization) {
	if len(i) == 0 {
		return
	}
	before := len(kus.Resources)
	kus.Resources = i.rest(dir, kus.Resources)
	kus.Components = i.rest(dir, kus.Components)
	kus.Crds = i.rest(dir, kus.Crds)
	if before > 0 && len(kus.Resources) == 0 && kus.Namespace == "" {
		kus.Namespace = placeholderNamespace
	}
}

func (i ignored) rest(dir string, names []string) []string {
	var rest []string
	for _, name := range names {
		if !i.has(path.Join(dir, name)) {
			rest = append(rest, name)
		}
	}
	return rest
}
