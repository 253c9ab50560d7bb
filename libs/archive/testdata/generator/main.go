// SPDX-License-Identifier: Apache-2.0

// Command generator runs the Go libraries that Flux uses over ../ignore.json (which paths are left out of an artifact) and over
// a small tree (../flux.tar.gz, the artifact of it), and writes what they say beside. Run `go run .` here after adding a case.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/artifact/storage"
	"github.com/fluxcd/pkg/sourceignore"
)

const ignoreFile = "../ignore.json"

// ignoreCases holds the paths to judge (directories with a slash at their end) and the sets of patterns.
type ignoreCases struct {
	Paths []string     `json:"paths"`
	Cases []ignoreCase `json:"cases"`
}

// ignoreCase is one set of patterns; Ignored counts the paths that are left out.
type ignoreCase struct {
	Files   map[string]string `json:"files"`
	Spec    *string           `json:"spec,omitempty"`
	Ignored []int             `json:"ignored"`
}

func main() {
	judgePaths()
	archiveTree()
}

func judgePaths() {
	data, err := os.ReadFile(ignoreFile)
	check(err)
	var all ignoreCases
	check(json.Unmarshal(data, &all))
	for i := range all.Cases {
		judge(&all.Cases[i], all.Paths)
	}
	out, err := json.Marshal(all)
	check(err)
	text := strings.ReplaceAll(string(out), `{"files"`, "\n{\"files\"")
	check(os.WriteFile(ignoreFile, []byte(text+"\n"), 0o644))
}

type fakeInfo struct {
	os.FileInfo
	isDir bool
}

func (f fakeInfo) IsDir() bool { return f.isDir }

// judge does what the GitRepository reconciler does.
func judge(c *ignoreCase, paths []string) {
	root, err := os.MkdirTemp("", "ignore")
	check(err)
	defer os.RemoveAll(root)
	for dir, text := range c.Files {
		check(os.MkdirAll(filepath.Join(root, dir), 0o755))
		check(os.WriteFile(filepath.Join(root, dir, sourceignore.IgnoreFile), []byte(text), 0o644))
	}
	domain := strings.Split(root, string(filepath.Separator))
	patterns, err := sourceignore.LoadIgnorePatterns(root, domain)
	check(err)
	if c.Spec != nil {
		patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(*c.Spec), domain)...)
	}
	filter := storage.SourceIgnoreFilter(patterns, domain)
	c.Ignored = []int{}
	for i, path := range paths {
		if filter(filepath.Join(root, path), fakeInfo{isDir: strings.HasSuffix(path, "/")}) {
			c.Ignored = append(c.Ignored, i)
		}
	}
}

// archiveTree makes an artifact as source-controller does, from a tree that needs every form of header.
func archiveTree() {
	root, err := os.MkdirTemp("", "tree")
	check(err)
	defer os.RemoveAll(root)
	long := strings.Repeat("d", 60) + "/" + strings.Repeat("e", 60)
	files := map[string]os.FileMode{
		"app.yaml": 0o644, "run.sh": 0o755, "a/x.yaml": 0o600, "a/b/c.yaml": 0o444, "empty.txt": 0o644,
		long + "/split.yaml":                   0o644,
		strings.Repeat("n", 120) + ".yaml":     0o644,
		"uni/gr\u00fc\u00dfe \U0001f680.yaml":  0o644,
		strings.Repeat("\u00e9", 70) + ".yaml": 0o755,
		long + "/" + strings.Repeat("f", 120):  0o644,
		"exactly/" + strings.Repeat("x", 92):   0o644, "one-more/" + strings.Repeat("y", 92): 0o644,
	}
	for path, mode := range files {
		file := filepath.Join(root, path)
		check(os.MkdirAll(filepath.Dir(file), 0o755))
		content := "content of " + path + "\n"
		if path == "empty.txt" {
			content = ""
		}
		if path == "app.yaml" {
			content = strings.Repeat("0123456789abcdef", 32)
		}
		check(os.WriteFile(file, []byte(content), 0o644))
		check(os.Chmod(file, mode))
	}
	check(os.MkdirAll(filepath.Join(root, "hollow"), 0o777))
	check(os.Symlink("app.yaml", filepath.Join(root, "link.yaml")))
	store := storage.Storage{BasePath: root + "-store", Hostname: "x"}
	artifact := meta.Artifact{Path: "kind/ns/name/flux.tar.gz"}
	check(store.MkdirAll(artifact))
	defer os.RemoveAll(store.BasePath)
	check(store.Archive(&artifact, root, storage.SourceIgnoreFilter(nil, nil)))
	data, err := os.ReadFile(store.LocalPath(artifact))
	check(err)
	check(os.WriteFile("../flux.tar.gz", data, 0o644))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
