// SPDX-License-Identifier: Apache-2.0
import type { UpState } from './state-file.ts'

/** What is good to know about the lines that a person may copy. */
export interface DescribeOptions {
  /** How this command was called: `tidelock`, or a path. */
  readonly self: string
  /** Whether the sample repository is served, which the edits to try are about. */
  readonly sample: boolean
}

/** What runs, where it is, and what a person may try next. */
export function describeHouse(state: UpState, { self, sample }: DescribeOptions): string[] {
  const facts = [
    ['cluster', state.server],
    ['repository', state.gitUrl],
    ['inbox', `${state.inboxUrl} (a GET shows what people were told)`],
    ['bus', state.natsUrl || 'none: events go to the Kubernetes API only'],
    ['logs', state.logsDir],
    ['data', `${state.dataDir} (kept: the next start brings it back)`],
  ]
  return [
    ...facts.map(([name = '', value = '']) => `  ${name.padEnd(12)}${value}`),
    '',
    'Look at it',
    `  export KUBECONFIG=${state.kubeconfig}`,
    ...(self === 'tidelock' ? [] : [`  alias tidelock='${self}'`]),
    '  tidelock get all                 # or: kubectl get gitrepositories,kustomizations -A',
    ...(sample ? tryOut(state) : []),
  ]
}

function tryOut({ gitUrl }: UpState): string[] {
  return [
    '',
    'Change it in Git, and it is live a moment after the push',
    `  git clone ${gitUrl} && cd fleet`,
    '  # edit apps/storefront/overlays/production/kustomization.yaml',
    '  tidelock diff kustomization storefront-production --path apps/storefront/overlays/production',
    "  git commit -am 'Change the storefront' && git push",
    '',
    'Change it by hand, and it is undone',
    '  kubectl -n production set image deployment/storefront storefront=example.com/wrong:1',
    '  kubectl -n production get deployment storefront -o wide',
  ]
}
