// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
)

var errNoNetwork = errors.New("remote resources are not available to this build")

// remotes collects what a build wanted from the network. It stands in for Go's default transport, which Kustomize
// uses for files; for Git references Kustomize looks for the git program, which does not exist here.
type remotes struct{ urls []string }

func (r *remotes) RoundTrip(request *http.Request) (*http.Response, error) {
	r.urls = append(r.urls, request.URL.String())
	return nil, errNoNetwork
}

const noGitProgram = "no 'git' program on path"

// wanted returns the remote references that failed the build; read are the kustomization files of the build.
func (r *remotes) wanted(err error, read [][]byte) []string {
	var found []string
	if strings.Contains(err.Error(), noGitProgram) {
		for _, content := range read {
			found = append(found, remoteEntries(content)...)
		}
	}
	for _, url := range r.urls {
		if !slices.ContainsFunc(found, func(known string) bool { return known == url }) {
			found = append(found, url)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

var scpLike = regexp.MustCompile(`^[^/@\s]+@[^/:\s]+:`)

func remoteEntries(content []byte) []string {
	var kus types.Kustomization
	if kus.Unmarshal(content) != nil {
		return nil
	}
	var found []string
	for _, list := range [][]string{
		kus.Resources, kus.Bases, kus.Components, kus.Generators, kus.Transformers, kus.Validators,
	} {
		for _, entry := range list {
			if !isLocal(entry) || scpLike.MatchString(entry) {
				found = append(found, entry)
			}
		}
	}
	return found
}
