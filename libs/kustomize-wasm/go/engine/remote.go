// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

var errNoNetwork = errors.New("remote resources are not available to this build")

// cloneMethod is what overlay/cloner.go.txt asks for a repository with.
const cloneMethod = "CLONE"

// Remotes is what the host fetched for a build: a file or a repository for each thing that earlier tries wanted.
type Remotes struct {
	// Files by their URL.
	Files map[string]RemoteFile `json:"files"`
	// Repositories, by position: the directory of number n is remoteRoot/n.
	Repositories []RemoteRepository `json:"repositories"`
}

// RemoteFile is what a server answered. Its content is the host's file of that number.
type RemoteFile struct {
	Status int    `json:"status"`
	Number int    `json:"number"`
	Error  string `json:"error"`
}

// RemoteRepository is a repository at a reference, as a kustomization file names it.
type RemoteRepository struct {
	URL        string `json:"url"`
	Ref        string `json:"ref"`
	Submodules bool   `json:"submodules"`
}

// Wanted is something that a build needs from the network: a file where Raw is empty, else a repository.
type Wanted struct {
	URL        string `json:"url"`
	Raw        string `json:"raw,omitempty"`
	Ref        string `json:"ref,omitempty"`
	Submodules bool   `json:"submodules,omitempty"`
	TimeoutMs  int64  `json:"timeoutMs,omitempty"`
}

// remotes answers what a build asks of the network from what the host has fetched, and collects the rest. It stands in
// for Go's default transport.
type remotes struct {
	host   Host
	given  Remotes
	wanted []Wanted
}

func (r *remotes) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == cloneMethod {
		return r.clone(request)
	}
	url := request.URL.String()
	file, known := r.given.Files[url]
	if !known {
		r.want(Wanted{URL: url})
		return nil, errNoNetwork
	}
	if file.Error != "" {
		return nil, errors.New(file.Error)
	}
	content, kind := r.host.Read(remoteFiles + strconv.Itoa(file.Number))
	if kind != KindFile {
		return nil, errNoNetwork
	}
	return respond(request, file.Status, content), nil
}

func (r *remotes) clone(request *http.Request) (*http.Response, error) {
	query := request.URL.Query()
	timeoutMs, _ := strconv.ParseInt(query.Get("timeoutMs"), 10, 64)
	repository := RemoteRepository{query.Get("url"), query.Get("ref"), query.Get("submodules") == "true"}
	at := slices.Index(r.given.Repositories, repository)
	if at < 0 {
		r.want(Wanted{repository.URL, query.Get("raw"), repository.Ref, repository.Submodules, timeoutMs})
		return nil, errNoNetwork
	}
	return respond(request, http.StatusOK, []byte(fmt.Sprintf("%s/%d", remoteRoot, at))), nil
}

func (r *remotes) want(wanted Wanted) {
	if !slices.Contains(r.wanted, wanted) {
		r.wanted = append(r.wanted, wanted)
	}
}

// urls are what the wanted things are called in the kustomization files.
func (r *remotes) urls() []string {
	var found []string
	for _, wanted := range r.wanted {
		if wanted.Raw != "" {
			found = append(found, wanted.Raw)
		} else {
			found = append(found, wanted.URL)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func respond(request *http.Request, status int, content []byte) *http.Response {
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode:    status,
		Header:        http.Header{},
		Body:          io.NopCloser(bytes.NewReader(content)),
		ContentLength: int64(len(content)),
		Request:       request,
	}
}

// remoteRoot is where Kustomize sees the repositories; the host knows them, and the files, by a path beside its tree.
const remoteRoot = "/remote"
const remoteFiles = "../file/"

func isRemotePath(cleaned string) bool { return strings.HasPrefix(cleaned, remoteRoot+"/") }
