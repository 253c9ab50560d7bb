// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"
)

// Parse hands each object of a multi-document YAML text to emit as JSON. Empty documents are left out.
func Parse(text []byte, emit func(json []byte) bool) *Failure {
	for i, document := range documents(text) {
		data, err := toJSON(document)
		if err != nil {
			return failuref(InvalidYaml, "document %d: %v", i+1, err)
		}
		if bytes.Equal(data, []byte("null")) {
			continue
		}
		if data[0] != '{' {
			return failuref(InvalidYaml, "document %d is not an object", i+1)
		}
		if !emit(data) {
			return failuref(BuildTooLarge, "the parsed objects exceed the output bound")
		}
	}
	return nil
}

// Finish renders the text of one object after substitution as Flux does: through JSON, where all numbers are float64,
// and back to Kustomize's YAML.
func Finish(text []byte) (object, rendered []byte, failure *Failure) {
	data, err := toJSON(text)
	if err == nil {
		fields := map[string]any{}
		if err = json.Unmarshal(data, &fields); err == nil {
			object, err = json.Marshal(fields)
		}
	}
	if err == nil {
		rendered, err = yaml.JSONToYAML(object)
	}
	if err != nil {
		return nil, nil, failuref(InvalidYaml, "%v", err)
	}
	return object, rendered, nil
}

func toJSON(text []byte) (data []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the YAML parser panicked: %v", r)
		}
	}()
	return yaml.YAMLToJSON(text)
}

// documents splits at lines that start with the document marker; what follows the marker belongs to the document.
func documents(text []byte) [][]byte {
	var found [][]byte
	start := 0
	for at := 0; at < len(text); {
		end := len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if isMarker(text[at:end]) {
			found = append(found, text[start:at])
			start = at + len(marker)
		}
		at = end
	}
	return append(found, text[start:])
}

const marker = "---"

func isMarker(line []byte) bool {
	rest, found := bytes.CutPrefix(line, []byte(marker))
	return found && (len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r' || rest[0] == ' ' || rest[0] == '\t')
}
