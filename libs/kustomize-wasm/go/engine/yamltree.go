// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// YamlNode is a node of a YAML text as JSON, with the comments where go-yaml hangs them. Kinds: "document" (one item),
// "map" (key, value, key, value …), "list", "alias" (one item: what it stands for), and the scalars by their Go type:
// "str", "int", "float", "bool", "null", "time", "bin" (base64 of a text that is no UTF-8; for printing alone).
type YamlNode struct {
	Kind  string      `json:"kind"`
	Value string      `json:"value,omitempty"`
	Items []*YamlNode `json:"items,omitempty"`
	Head  string      `json:"head,omitempty"`
	Line  string      `json:"line,omitempty"`
	Foot  string      `json:"foot,omitempty"`
}

// maxYamlNodes bounds what aliases may multiply.
const maxYamlNodes = 2_000_000

// ReadYaml hands each document of the text to emit. The first document must be a mapping with unique keys.
func ReadYaml(text []byte, emit func(json []byte) bool) (failure *Failure) {
	defer func() {
		if r := recover(); r != nil {
			failure = failuref(InvalidYaml, "the YAML parser panicked")
			failure.Broken = true
		}
	}()
	if len(text) > 0 {
		// this decoding refuses what decoding into nodes lets pass: keys given twice and alias bombs
		if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(map[string]any{}); err != nil {
			return unreadable(err)
		}
	}
	reader := &yamlReader{left: maxYamlNodes}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreadable(err)
		}
		data, err := json.Marshal(reader.node(&document))
		if err != nil || reader.left < 0 {
			return failuref(InvalidYaml, "the document has too many nodes")
		}
		if !emit(data) {
			return failuref(BuildTooLarge, "the parsed document exceeds the output bound")
		}
	}
}

// unreadable keeps go-yaml's words, which may quote the text, for the caller to drop.
func unreadable(err error) *Failure { return failuref(InvalidYaml, "%v", err) }

type yamlReader struct{ left int }

func (r *yamlReader) node(from *yaml.Node) *YamlNode {
	r.left--
	if r.left < 0 {
		return nil
	}
	node := &YamlNode{Head: from.HeadComment, Line: from.LineComment, Foot: from.FootComment}
	switch from.Kind {
	case yaml.DocumentNode:
		node.Kind = "document"
	case yaml.MappingNode:
		node.Kind = "map"
	case yaml.SequenceNode:
		node.Kind = "list"
	case yaml.AliasNode:
		node.Kind = "alias"
		node.Items = []*YamlNode{r.node(from.Alias)}
		return node
	default:
		var value any
		// what does not decode under its own tag counts as nothing
		_ = from.Decode(&value)
		node.Kind, node.Value = scalar(value)
		return node
	}
	for _, child := range from.Content {
		node.Items = append(node.Items, r.node(child))
	}
	return node
}

func scalar(value any) (kind, text string) {
	switch value := value.(type) {
	case nil:
		return "null", ""
	case string:
		return "str", value
	case bool:
		return "bool", strconv.FormatBool(value)
	case int:
		return "int", strconv.Itoa(value)
	case float64:
		return "float", strconv.FormatFloat(value, 'g', -1, 64)
	case time.Time:
		return "time", value.Format(time.RFC3339Nano)
	default:
		return fmt.Sprintf("%T", value), ""
	}
}

// PrintYaml prints documents, a JSON list of nodes, as go-yaml does with this indentation.
func PrintYaml(input []byte, indent int) (text []byte, failure *Failure) {
	defer func() {
		if r := recover(); r != nil {
			failure = failuref(InvalidYaml, "the YAML printer panicked")
			failure.Broken = true
		}
	}()
	var documents []*YamlNode
	if err := json.Unmarshal(input, &documents); err != nil {
		return nil, failuref(InvalidYaml, "the documents cannot be decoded")
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(indent)
	for _, document := range documents {
		node, err := toYaml(document)
		if err == nil {
			err = encoder.Encode(&yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{node}})
		}
		if err != nil {
			return nil, failuref(InvalidYaml, "a document cannot be printed")
		}
	}
	if len(documents) > 0 {
		_ = encoder.Close()
	}
	return out.Bytes(), nil
}

func toYaml(from *YamlNode) (*yaml.Node, error) {
	node := &yaml.Node{}
	switch from.Kind {
	case "map":
		node.Kind = yaml.MappingNode
	case "list":
		node.Kind = yaml.SequenceNode
	default:
		value, err := scalarValue(from)
		if err != nil {
			return nil, err
		}
		if err := node.Encode(value); err != nil {
			return nil, err
		}
	}
	node.HeadComment, node.LineComment, node.FootComment = from.Head, from.Line, from.Foot
	for _, item := range from.Items {
		child, err := toYaml(item)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, child)
	}
	return node, nil
}

func scalarValue(from *YamlNode) (any, error) {
	switch from.Kind {
	case "null":
		return nil, nil
	case "str":
		return from.Value, nil
	case "bin":
		var content []byte
		err := json.Unmarshal([]byte(strconv.Quote(from.Value)), &content)
		return string(content), err
	case "bool":
		return strconv.ParseBool(from.Value)
	case "int":
		return strconv.Atoi(from.Value)
	case "float":
		return strconv.ParseFloat(from.Value, 64)
	case "time":
		return time.Parse(time.RFC3339Nano, from.Value)
	default:
		return nil, fmt.Errorf("unknown kind of node")
	}
}
