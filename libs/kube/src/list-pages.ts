// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf } from '@tidelock/api'
import type { Kind, KubeObject } from '@tidelock/api'
import type { ListOptions } from './client-options.ts'
import { isKubeError } from './kube-error.ts'
import { parseAnswer } from './parse-answer.ts'
import { resourcePath, withQuery } from './request-paths.ts'
import type { ApiRequest } from './requester.ts'

/** Sends one request and returns the text of its answer. */
export type SendText = (request: ApiRequest) => Promise<string>

/** One page of a list. */
export interface ListPage<T> {
  readonly items: T[]
  /** The version of the whole list: the same on each of its pages. */
  readonly resourceVersion: string
  /** False on the last page. */
  readonly more: boolean
}

interface ListDocument {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: KubeObject[] | null
}

/** Asks for `metav1.PartialObjectMetadata`: all of metadata, nothing else. */
const metadataListAccept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
/** The same for single objects and watch events. */
export const metadataAccept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

const defaultPageSize = 500

/** The pages of a consistent list. Throws Gone if the list expires between two pages: begin again, without a page size. */
export async function* listPages<T extends KubeObject>(
  send: SendText,
  kind: Kind,
  options: ListOptions,
): AsyncGenerator<ListPage<T>, void, void> {
  let next: string | undefined
  do {
    const request = listRequest(kind, options, next)
    const document = parseList(await send(request), request.path)
    const page = {
      items: identify(document.items ?? [], kind) as T[],
      resourceVersion: document.metadata?.resourceVersion ?? '',
    }
    next = document.metadata?.continue
    yield { ...page, more: next !== undefined && next !== '' }
  } while (next !== undefined && next !== '')
}

/** Whether the error means that a paged list outlived its version. */
export function isListExpired(error: unknown): boolean {
  return isKubeError(error, 'Gone')
}

function listRequest(kind: Kind, options: ListOptions, next: string | undefined): ApiRequest {
  const { namespace, labelSelector, fieldSelector, limit = defaultPageSize, metadataOnly, signal } = options
  return {
    method: 'GET',
    path: withQuery(resourcePath(kind, { namespace }), {
      labelSelector,
      fieldSelector,
      limit: limit > 0 ? limit : undefined,
      continue: next,
    }),
    subject: { verb: 'list', resource: kind.plural, group: kind.group, namespace: namespace ?? '', name: '' },
    repeatability: 'idempotent',
    accept: metadataOnly === true ? metadataListAccept : 'application/json',
    signal,
  }
}

function parseList(text: string, path: string): ListDocument {
  return parseAnswer<ListDocument>(text, `GET ${path}`)
}

/** Items of lists carry no apiVersion and kind, and metadata-only objects those of their envelope: give them their own. */
export function identify(items: KubeObject[], kind: Kind): KubeObject[] {
  const apiVersion = apiVersionOf(kind)
  for (const item of items) {
    item.apiVersion = apiVersion
    item.kind = kind.kind
  }
  return items
}
