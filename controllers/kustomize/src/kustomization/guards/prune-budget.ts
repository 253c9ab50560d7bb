// SPDX-License-Identifier: Apache-2.0

/** How many objects a run may delete; each limit that is there counts. */
export interface PruneBudget {
  /** Of the inventory, rounded up. */
  readonly percent?: number
  readonly count?: number
  /** As it was written. */
  readonly text: string
}

/** What a budget may say. */
export const budgetForms = 'a count such as 5, a share such as 20%, both as 20%,5, or none'

/** Reads `5`, `20%`, `20%,5` or `none` (no budget: null). Undefined when it is neither. */
export function parsePruneBudget(text: string): PruneBudget | null | undefined {
  if (text.trim().toLowerCase() === 'none') return null
  const parts = text.split(',').map((part) => part.trim())
  const counts = parts.filter((part) => /^\d{1,9}$/.test(part)).map(Number)
  const percents = parts
    .filter((part) => /^\d{1,3}%$/.test(part))
    .map((part) => Number(part.slice(0, -1)))
    .filter((percent) => percent <= 100)
  const [count] = counts
  const [percent] = percents
  if (counts.length > 1 || percents.length > 1 || counts.length + percents.length !== parts.length) return undefined
  return { text, ...(count === undefined ? {} : { count }), ...(percent === undefined ? {} : { percent }) }
}

/** How many of so many objects the budget lets go. */
export function allowance({ percent, count }: PruneBudget, total: number): number {
  return Math.min(count ?? total, percent === undefined ? total : Math.ceil((total * percent) / 100))
}
