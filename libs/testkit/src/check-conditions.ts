// SPDX-License-Identifier: Apache-2.0

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly lastTransitionTime?: string
  readonly observedGeneration?: number
}

interface Conditioned {
  readonly metadata: { readonly generation?: number }
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] }
}

/**
 * What breaks the rules that kstatus consumers rely on, one line each; empty when all hold: Ready is present and once,
 * Reconciling and Stalled are never both there and only ever True, a Ready object has no Reconciling, generations
 * never run ahead of the object, reasons are not empty.
 */
export function checkConditions(object: object): string[] {
  const { metadata, status } = object as Conditioned
  const conditions = status?.conditions ?? []
  const generation = metadata.generation ?? 0
  const of = (type: string): Condition | undefined => conditions.find((condition) => condition.type === type)
  const problems: string[] = []
  const types = conditions.map((condition) => condition.type)
  if (new Set(types).size !== types.length) problems.push(`a condition type stands twice: ${types.join(', ')}`)
  if (of('Ready') === undefined) problems.push('Ready is missing')
  if (of('Reconciling') !== undefined && of('Stalled') !== undefined)
    problems.push('Reconciling and Stalled stand together')
  for (const type of ['Reconciling', 'Stalled']) {
    const condition = of(type)
    if (condition !== undefined && condition.status !== 'True')
      problems.push(`${type} is ${condition.status}; it must be True or absent`)
  }
  if (of('Ready')?.status === 'True') {
    for (const type of ['Reconciling', 'Stalled'])
      if (of(type) !== undefined) problems.push(`Ready is True beside ${type}`)
    if (status?.observedGeneration !== generation)
      problems.push(`Ready is True at observedGeneration ${status?.observedGeneration}, generation ${generation}`)
  }
  for (const condition of conditions) {
    if (condition.reason === '') problems.push(`${condition.type} has no reason`)
    if ((condition.observedGeneration ?? 0) > generation) problems.push(`${condition.type} observed a later generation`)
    if (condition.lastTransitionTime === undefined) problems.push(`${condition.type} has no lastTransitionTime`)
  }
  return problems
}
