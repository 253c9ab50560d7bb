// SPDX-License-Identifier: Apache-2.0
import { OciError } from './errors.ts'
import { readPages } from './pages.ts'
import type { Repository } from './repository.ts'
import type { CallOptions } from './types.ts'

const pageSize = 1000
const maxTagLength = 128

/** `RepositoryClient.tags`. */
export async function fetchTags(repository: Repository, options: CallOptions): Promise<readonly string[]> {
  const what = `tags of ${repository.name}`
  const { limits } = repository
  const tags = new Set<string>()
  const request = { what, target: `tags/list?n=${pageSize}`, accept: (status: number): boolean => status === 200 }
  for await (const { body } of readPages(repository, request, options)) {
    // Go writes null for an empty list
    const listed = body['tags'] ?? []
    if (!Array.isArray(listed))
      throw new OciError('ProtocolError', `${what}: the registry's answer has no list of tags`)
    for (const tag of listed as unknown[]) {
      if (typeof tag !== 'string') throw new OciError('ProtocolError', `${what}: a tag is not a text`)
      if (tag.length <= maxTagLength) tags.add(tag)
    }
    if (tags.size > limits.tags) throw new OciError('LimitExceeded', `${what}: more than ${limits.tags}`)
  }
  return [...tags]
}
