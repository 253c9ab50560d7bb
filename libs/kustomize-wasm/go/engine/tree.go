// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// treeRoot is where Kustomize sees the artifact. It is not "/", so that ".." beyond the artifact is seen as such.
const treeRoot = "/artifact"

var errReadOnly = errors.New("read-only file system")

// tree is the read-only file system that Kustomize works on: the host's tree with at most one file laid over it.
type tree struct {
	host Host
	// onKustomization sees every kustomization file before Kustomize does; an error refuses the file.
	onKustomization func(name string, content []byte) error

	overlayPath    string
	overlayContent []byte
	// escape is the first path outside of the root that was asked for.
	escape string
	// refused is what onKustomization returned; Kustomize may swallow the error of a single file.
	refused error
}

var _ filesys.FileSystem = (*tree)(nil)

// relative maps a path of Kustomize to one of the host.
func (t *tree) relative(op, name string) (string, error) {
	cleaned := name
	if !path.IsAbs(cleaned) {
		cleaned = path.Join(treeRoot, cleaned)
	}
	cleaned = path.Clean(cleaned)
	if cleaned == treeRoot {
		return ".", nil
	}
	if isRemotePath(cleaned) {
		return ".." + cleaned, nil
	}
	if rest, inside := strings.CutPrefix(cleaned, treeRoot+"/"); inside {
		return rest, nil
	}
	return "", t.outside(op, name)
}

func (t *tree) outside(op, name string) error {
	if t.escape == "" {
		t.escape = name
	}
	return &pathError{op, name, "path '" + name + "' is not in or below the artifact", fs.ErrPermission}
}

func (t *tree) problem(op, name string, kind PathKind) error {
	switch kind {
	case KindMissing:
		return &pathError{op, name, "no such file or directory", fs.ErrNotExist}
	case KindOutside:
		return t.outside(op, name)
	case KindDir:
		return &pathError{op, name, "is a directory", fs.ErrInvalid}
	case KindFile:
		return &pathError{op, name, "not a directory", fs.ErrInvalid}
	default:
		return &pathError{op, name, "cannot be read, or exceeds the size bound", fs.ErrInvalid}
	}
}

func (t *tree) ReadFile(name string) ([]byte, error) {
	rel, err := t.relative("read", name)
	if err != nil {
		return nil, err
	}
	content, err := t.content(rel, name)
	if err != nil {
		return nil, err
	}
	if t.onKustomization != nil && isKustomizationName(path.Base(rel)) {
		if err := t.onKustomization(rel, content); err != nil {
			t.refused = err
			return nil, err
		}
	}
	return content, nil
}

func (t *tree) content(rel, name string) ([]byte, error) {
	if rel == t.overlayPath {
		return t.overlayContent, nil
	}
	content, kind := t.host.Read(rel)
	switch kind {
	case KindFile:
		return content, nil
	case KindDir:
		return nil, t.problem("read", name, kind)
	default:
		return nil, t.problem("open", name, kind)
	}
}

func (t *tree) stat(op, name string) (PathKind, string, error) {
	rel, err := t.relative(op, name)
	if err != nil {
		return KindOutside, "", err
	}
	if rel == t.overlayPath {
		return KindFile, rel, nil
	}
	kind, canonical := t.host.Stat(rel)
	if kind != KindFile && kind != KindDir {
		return kind, "", t.problem(op, name, kind)
	}
	return kind, canonical, nil
}

func (t *tree) Exists(name string) bool {
	_, _, err := t.stat("stat", name)
	return err == nil
}

func (t *tree) IsDir(name string) bool {
	kind, _, err := t.stat("stat", name)
	return err == nil && kind == KindDir
}

// CleanedAbs returns the directory and the file name without symbolic links; a directory has no file name.
func (t *tree) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	kind, canonical, err := t.stat("lstat", name)
	if err != nil {
		return "", "", fmt.Errorf("evalsymlink failure on '%s' : %w", name, err)
	}
	full := path.Join(treeRoot, canonical)
	if kind == KindDir {
		return filesys.ConfirmedDir(full), "", nil
	}
	return filesys.ConfirmedDir(path.Dir(full)), path.Base(full), nil
}

func (t *tree) ReadDir(name string) ([]string, error) {
	entries, err := t.list(name)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name
	}
	return names, nil
}

func (t *tree) list(name string) ([]Entry, error) {
	rel, err := t.relative("open", name)
	if err != nil {
		return nil, err
	}
	entries, kind := t.host.List(rel)
	if kind != KindDir {
		return nil, t.problem("open", name, kind)
	}
	return entries, nil
}

// Walk visits name and all below it in byte order, and does not follow symbolic links to directories.
func (t *tree) Walk(name string, visit filepath.WalkFunc) error {
	kind, _, err := t.stat("lstat", name)
	if err != nil {
		err = visit(name, nil, err)
	} else {
		err = t.walk(name, Entry{Name: path.Base(name), IsDir: kind == KindDir}, visit)
	}
	if errors.Is(err, fs.SkipDir) || errors.Is(err, fs.SkipAll) {
		return nil
	}
	return err
}

func (t *tree) walk(name string, entry Entry, visit filepath.WalkFunc) error {
	if err := visit(name, entryInfo{entry}, nil); err != nil || !entry.IsDir {
		return err
	}
	entries, err := t.list(name)
	if err != nil {
		return visit(name, entryInfo{entry}, err)
	}
	for _, child := range entries {
		err := t.walk(path.Join(name, child.Name), child, visit)
		if errors.Is(err, fs.SkipDir) {
			if child.IsDir {
				continue
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func isKustomizationName(name string) bool {
	for _, known := range konfig.RecognizedKustomizationFileNames() {
		if name == known {
			return true
		}
	}
	return false
}

func (t *tree) Create(name string) (filesys.File, error) {
	return nil, &pathError{"create", name, "read-only file system", errReadOnly}
}

func (t *tree) Open(name string) (filesys.File, error) {
	return nil, &pathError{"open", name, "not supported", errReadOnly}
}

func (t *tree) Mkdir(name string) error {
	return &pathError{"mkdir", name, "read-only file system", errReadOnly}
}

func (t *tree) MkdirAll(name string) error {
	return &pathError{"mkdir", name, "read-only file system", errReadOnly}
}

// RemoveAll is how Kustomize lets go of a repository; the host keeps it.
func (t *tree) RemoveAll(name string) error {
	if isRemotePath(path.Clean(name)) {
		return nil
	}
	return &pathError{"remove", name, "read-only file system", errReadOnly}
}

func (t *tree) WriteFile(name string, _ []byte) error {
	return &pathError{"write", name, "read-only file system", errReadOnly}
}

// Glob is used by `kustomize edit` alone, never by a build.
func (t *tree) Glob(pattern string) ([]string, error) {
	return nil, &pathError{"glob", pattern, "not supported", errReadOnly}
}

// pathError reads as Go's own on Linux does, whatever the words of the platform below are.
type pathError struct {
	op, name, text string
	kind           error
}

func (e *pathError) Error() string { return e.op + " " + e.name + ": " + e.text }
func (e *pathError) Unwrap() error { return e.kind }

type entryInfo struct{ entry Entry }

func (i entryInfo) Name() string { return i.entry.Name }
func (i entryInfo) Size() int64  { return 0 }
func (i entryInfo) IsDir() bool  { return i.entry.IsDir }
func (i entryInfo) Sys() any     { return nil }

func (i entryInfo) ModTime() time.Time { return time.Time{} }

func (i entryInfo) Mode() os.FileMode {
	if i.entry.IsDir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
