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

// failed tells whether the build failed for a remote reference. urls are the ones in the kustomization files that were
// read and in the requests that were made.
func (r *remotes) failed(err error, read [][]byte) (urls []string, remote bool) {
	var found []string
	remote = len(r.urls) > 0
	if strings.Contains(err.Error(), noGitProgram) {
		remote = true
		for _, content := range read {
			found = append(found, remoteEntries(content)...)
		}
	}
	found = append(found, r.urls...)
	slices.Sort(found)
	return slices.Compact(found), remote
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
