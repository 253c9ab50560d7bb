// SPDX-License-Identifier: Apache-2.0

//go:build wasip1

package main

import (
	"bytes"
	"unsafe"

	"tidelock.dev/kustomize-wasm/engine"
)

// The imports of module "tidelock". A call that returns bytes leaves them with the host, which copies them to where
// hostTake says; the low 32 bits of the answer are then the length and the high ones the kind.

//go:wasmimport tidelock stat
func hostStat(path string) int64

//go:wasmimport tidelock read
func hostRead(path string) int64

//go:wasmimport tidelock list
func hostList(path string) int64

//go:wasmimport tidelock take
func hostTake(to unsafe.Pointer)

//go:wasmimport tidelock emit
func hostEmit(json unsafe.Pointer, jsonLength uint32, yaml unsafe.Pointer, yamlLength uint32) int32

//go:wasmimport tidelock fail
func hostFail(json unsafe.Pointer, length uint32)

type host struct{}

var _ engine.Host = host{}

func answer(packed int64) (content []byte, kind engine.PathKind) {
	kind = engine.PathKind(packed >> 32)
	length := uint32(packed)
	if length == 0 {
		return nil, kind
	}
	content = make([]byte, length)
	hostTake(unsafe.Pointer(unsafe.SliceData(content)))
	return content, kind
}

func (host) Stat(path string) (engine.PathKind, string) {
	canonical, kind := answer(hostStat(path))
	if len(canonical) == 0 {
		return kind, path
	}
	return kind, string(canonical)
}

func (host) Read(path string) ([]byte, engine.PathKind) { return answer(hostRead(path)) }

// List decodes names that each end in a zero byte and begin with 'd' for a directory or 'f' for anything else.
func (host) List(path string) ([]engine.Entry, engine.PathKind) {
	content, kind := answer(hostList(path))
	var entries []engine.Entry
	for _, item := range bytes.Split(content, []byte{0}) {
		if len(item) > 1 {
			entries = append(entries, engine.Entry{Name: string(item[1:]), IsDir: item[0] == 'd'})
		}
	}
	return entries, kind
}

func (host) Emit(json, yaml []byte) bool {
	return hostEmit(
		unsafe.Pointer(unsafe.SliceData(json)), uint32(len(json)),
		unsafe.Pointer(unsafe.SliceData(yaml)), uint32(len(yaml)),
	) != 0
}
