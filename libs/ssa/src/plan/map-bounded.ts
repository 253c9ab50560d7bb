// SPDX-License-Identifier: Apache-2.0

/**
 * Maps the items with at most `limit` of them in progress; results in the order of the items. Once `stop` says so, or a call
 * throws, no further item is begun: the missing results are undefined, and what was thrown is thrown when all begun calls ended.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
  stop: () => boolean = () => false,
): Promise<(R | undefined)[]> {
  const results: (R | undefined)[] = Array.from({ length: items.length })
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed && !stop()) {
      const index = next++
      try {
        results[index] = await map(items[index] as T)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker))
  for (const outcome of workers) if (outcome.status === 'rejected') throw outcome.reason
  return results
}
