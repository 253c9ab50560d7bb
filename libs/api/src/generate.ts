// SPDX-License-Identifier: Apache-2.0
import { stringify } from 'yaml'
import { crdOf } from './crd/crd.ts'
import { definitions } from './crd/definitions.ts'

const header = '# Generated from libs/api/src by `npm run generate`. Do not edit.\n'

/** The CRD manifests: file name (`<plural>.<group>.yaml`) to text. The same input gives the same bytes. */
export function renderCrds(): Map<string, string> {
  return new Map(
    definitions.map((definition) => [
      `${definition.kind.plural}.${definition.kind.group}.yaml`,
      header + renderYaml(crdOf(definition)),
    ]),
  )
}

/** YAML in the form of all generated files. YAML 1.1 quotes what the parsers of Kubernetes would otherwise read as booleans or numbers. */
export function renderYaml(value: object): string {
  return stringify(value, { version: '1.1', aliasDuplicateObjects: false, indentSeq: false, lineWidth: 0 })
}
