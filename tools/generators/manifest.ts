// SPDX-License-Identifier: Apache-2.0
import { renderYaml } from '../../libs/api/src/generate.ts'

const header = '# Generated from tools/generators by `npm run generate`. Do not edit.\n'

/** A manifest with these objects, one document each. */
export function renderManifest(objects: readonly object[]): string {
  return header + objects.map(renderYaml).join('---\n')
}

/** A kustomization.yaml with these fields. */
export function renderKustomization(fields: object): string {
  return renderManifest([{ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...fields }])
}
