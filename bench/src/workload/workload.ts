// SPDX-License-Identifier: Apache-2.0

/** What is in the repository, and what Kustomizations ask for. */
export interface Workload {
  readonly apps: number
  /**
   * `monorepo`: plain Kustomizations, as Flux was measured with. `second`: each waits for health, depends on another one, substitutes
   * variables from a ConfigMap and a Secret, and applies in the name of an account.
   */
  readonly shape: 'monorepo' | 'second'
  /** Each app has a Secret that SOPS encrypted. */
  readonly sops: boolean
  /** Every Kustomization is applied in the name of an account, in whatever shape, and the controller has few rights of its own. */
  readonly lockdown: boolean
}

/** Whether Kustomizations are applied in the name of an account. */
export function hasAccount({ shape, lockdown }: Workload): boolean {
  return lockdown || shape === 'second'
}

/** The workload in words. */
export function describeWorkload(workload: Workload): string {
  const { apps, shape, sops } = workload
  if (shape === 'monorepo') {
    return `Monorepo of ${apps} apps, one Kustomization each${hasAccount(workload) ? ', each in the name of an account' : ''}`
  }
  const parts = ['wait', 'dependsOn', 'substituteFrom', ...(sops ? ['an encrypted Secret'] : []), 'an account']
  return `Monorepo of ${apps} apps, one Kustomization each with ${parts.join(', ')}`
}
