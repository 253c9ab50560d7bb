// SPDX-License-Identifier: Apache-2.0

//go:build wasip1

// The engine as a WebAssembly reactor: the host calls the exports below, one at a time.
// The input of a call is the buffer that `input` made room for. A call returns 1 on success; else it has reported
// its failure through the import `fail`.
package main

import (
	"encoding/json"
	"unsafe"

	"tidelock.dev/kustomize-wasm/engine"
)

func main() {}

var buffer []byte

//go:wasmexport input
func input(length uint32) unsafe.Pointer {
	buffer = make([]byte, length)
	return unsafe.Pointer(unsafe.SliceData(buffer))
}

//go:wasmexport warm
func warm() int32 { return report(engine.Warm()) }

//go:wasmexport tainted
func tainted() int32 {
	if engine.Tainted() {
		return 1
	}
	return 0
}

//go:wasmexport build
func build() int32 {
	var request engine.Request
	err := json.Unmarshal(buffer, &request)
	buffer = nil
	if err != nil {
		return report(&engine.Failure{Code: engine.BuildFailed, Message: "request: " + err.Error()})
	}
	return report(engine.Build(host{}, request))
}

//go:wasmexport references
func references() int32 {
	var request engine.Request
	err := json.Unmarshal(buffer, &request)
	buffer = nil
	if err != nil {
		return report(&engine.Failure{Code: engine.BuildFailed, Message: "request: " + err.Error()})
	}
	return report(engine.References(host{}, request))
}

//go:wasmexport readYaml
func readYaml() int32 {
	text := buffer
	buffer = nil
	return report(engine.ReadYaml(text, func(json []byte) bool { return host{}.Emit(json, nil) }))
}

//go:wasmexport printYaml
func printYaml(indent uint32) int32 {
	input := buffer
	buffer = nil
	text, failure := engine.PrintYaml(input, int(indent))
	if failure == nil && !(host{}).Emit(nil, text) {
		failure = &engine.Failure{Code: engine.BuildTooLarge, Message: "the printed documents exceed the output bound"}
	}
	return report(failure)
}

//go:wasmexport parse
func parse() int32 {
	text := buffer
	buffer = nil
	return report(engine.Parse(text, func(json []byte) bool { return host{}.Emit(json, nil) }))
}

//go:wasmexport finish
func finish() int32 {
	text := buffer
	buffer = nil
	object, rendered, failure := engine.Finish(text)
	if failure == nil && !(host{}).Emit(object, rendered) {
		failure = &engine.Failure{Code: engine.BuildTooLarge, Message: "the rendered objects exceed the output bound"}
	}
	return report(failure)
}

func report(failure *engine.Failure) int32 {
	if failure == nil {
		return 1
	}
	text, err := json.Marshal(failure)
	if err != nil {
		text = []byte(`{"code":"BuildFailed","message":"the failure cannot be encoded"}`)
	}
	hostFail(unsafe.Pointer(unsafe.SliceData(text)), uint32(len(text)))
	return 0
}
