// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"reflect"

	openapi_v2 "github.com/google/gnostic-models/openapiv2"
	"google.golang.org/protobuf/proto"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/openapi/kubernetesapi"
)

// difference says what Kustomize would read otherwise from the lean document than from the one that it carries.
func difference(lean []byte) string {
	ours, whole := swaggerOf(lean), swaggerOf(kubernetesapi.OpenAPIMustAsset[kubernetesapi.DefaultOpenAPI]("kubernetesapi/v1_21_2/swagger.pb"))
	switch {
	case len(whole.Definitions) < 100 || len(kindsOfPaths(whole)) < 100:
		return "the document of Kustomize is not what it was"
	case !reflect.DeepEqual(kindsOfPaths(ours), kindsOfPaths(whole)):
		return "the kinds of paths differ"
	case !reflect.DeepEqual(withoutDescriptions(ours), withoutDescriptions(whole)):
		return "the definitions differ"
	}
	return ""
}

func swaggerOf(encoded []byte) (swagger spec.Swagger) {
	document := &openapi_v2.Document{}
	if err := proto.Unmarshal(encoded, document); err != nil {
		panic(err)
	}
	if _, err := swagger.FromGnostic(document); err != nil {
		panic(err)
	}
	return swagger
}

func kindsOfPaths(swagger spec.Swagger) map[string]any {
	kinds := map[string]any{}
	for path, item := range swagger.Paths.Paths {
		if item.Get == nil {
			continue
		}
		if kind, found := item.Get.Extensions["x-kubernetes-group-version-kind"]; found {
			kinds[path] = kind
		}
	}
	return kinds
}

func withoutDescriptions(swagger spec.Swagger) any {
	text, err := json.Marshal(swagger.Definitions)
	if err != nil {
		panic(err)
	}
	var definitions any
	if err := json.Unmarshal(text, &definitions); err != nil {
		panic(err)
	}
	clearDescriptions(definitions)
	return definitions
}

// A property may be called like that too, but is no text.
func clearDescriptions(value any) {
	switch value := value.(type) {
	case map[string]any:
		if _, isText := value["description"].(string); isText {
			delete(value, "description")
		}
		for _, part := range value {
			clearDescriptions(part)
		}
	case []any:
		for _, part := range value {
			clearDescriptions(part)
		}
	}
}
