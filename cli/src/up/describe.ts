// SPDX-License-Identifier: Apache-2.0
import type { UpState } from './state-file.ts'

/** What runs, and what a person may try next. */
export function describeHouse(state: UpState): string {
  const lines = [
    '',
    `  cluster     ${state.server}`,
    `  repository  ${state.gitUrl}`,
    `  logs        ${state.logsDir}`,
    '',
    'Try it:',
    `  export KUBECONFIG=${state.kubeconfig}`,
    '  kubectl get kustomizations -A',
    '  kubectl -n production scale deployment storefront --replicas=9   # and look again',
    '',
    `  git clone ${state.gitUrl} && cd fleet`,
    '  # edit apps/storefront/overlays/production/kustomization.yaml, then',
    "  git commit -am 'Change it' && git push",
    '',
  ]
  return `${lines.join('\n')}\n`
}
