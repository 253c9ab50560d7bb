// SPDX-License-Identifier: Apache-2.0

// Command generator computes the health of each object of ../kstatus.json with the Go library that Flux uses, and
// writes what it says back into the file. Run `go run .` here after adding an object.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/runtime/statusreaders"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const file = "../kstatus.json"

type vector struct {
	Name    string          `json:"name"`
	Object  json.RawMessage `json:"object"`
	Status  string          `json:"status"`
	Message string          `json:"message"`
	Error   bool            `json:"error,omitempty"`
}

func main() {
	data, err := os.ReadFile(file)
	check(err)
	var vectors []vector
	check(json.Unmarshal(data, &vectors))
	for i := range vectors {
		compute(&vectors[i])
	}
	out, err := json.MarshalIndent(vectors, "", " ")
	check(err)
	check(os.WriteFile(file, append(out, '\n'), 0o644))
}

func compute(v *vector) {
	object := &unstructured.Unstructured{}
	check(object.UnmarshalJSON(v.Object))
	v.Status, v.Message, v.Error = string(status.UnknownStatus), "", false
	jobs := statusreaders.NewCustomJobStatusReader(nil)
	if jobs.Supports(object.GroupVersionKind().GroupKind()) {
		result, err := jobs.ReadStatusForObject(context.Background(), nil, object)
		check(err)
		v.Status, v.Message, v.Error = string(result.Status), result.Message, result.Error != nil
		return
	}
	result, err := status.Compute(object)
	if err != nil {
		v.Error = true
		return
	}
	v.Status, v.Message = string(result.Status), result.Message
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
