// SPDX-License-Identifier: Apache-2.0

package engine

// PathKind is what the host finds at a path.
type PathKind int32

// What stands at a path. Outside means that a symbolic link leads out of the tree.
const (
	KindMissing PathKind = 0
	KindFile    PathKind = 1
	KindDir     PathKind = 2
	KindOutside PathKind = -1
	KindFailed  PathKind = -2
)

// Entry is one member of a listed directory.
type Entry struct {
	Name  string
	IsDir bool
}

// Host gives read access to one tree and takes the rendered objects. Paths are slash-separated, relative to the root
// of the tree ("." is the root), clean and without "..". The host records what is asked of it.
type Host interface {
	// Stat resolves symbolic links; canonical is the path without them, and equals path where there are none.
	Stat(path string) (kind PathKind, canonical string)
	// Read returns the content of a regular file; otherwise kind says what stands there instead.
	Read(path string) (content []byte, kind PathKind)
	// List returns the entries of a directory in byte order of their names.
	List(path string) (entries []Entry, kind PathKind)
	// Emit takes one rendered object; false means that the output bound is reached.
	Emit(json, yaml []byte) bool
}
