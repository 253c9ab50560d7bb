// SPDX-License-Identifier: Apache-2.0
import { renderCrds } from '../../libs/api/src/generate.ts'
import type { Generator } from '../generated-files.ts'
import { renderKustomization } from './manifest.ts'

/** The CRDs from the schemas of libs/api, and what lets Kustomize build them. */
export const crdGenerator: Generator = {
  name: 'crds',
  owns: ['crds'],
  run: () => {
    const crds = renderCrds()
    const kustomization = renderKustomization({ resources: [...crds.keys()] })
    return new Map(
      [...crds, ['kustomization.yaml', kustomization] as const].map(([file, text]) => [`crds/${file}`, text]),
    )
  },
}
