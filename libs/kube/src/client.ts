// SPDX-License-Identifier: Apache-2.0
import type { Kind, KubeObject } from '@tidelock/api'
import type {
  ApplyOptions,
  DeleteOptions,
  GetOptions,
  KubeClientOptions,
  ListOptions,
  ListResult,
  ObjectInput,
  PatchOptions,
  RequestOptions,
  WriteOptions,
} from './client-options.ts'
import type { ObjectRef } from './object-ref.ts'
import type { Impersonation } from './target.ts'

export interface RawRequest extends RequestOptions {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}
export interface TokenRequest extends RequestOptions {
  readonly audiences?: readonly string[]
  readonly expirationSeconds?: number
}

export declare class KubeClient {
  constructor(options: KubeClientOptions)
  readonly host: string
  as(impersonate: Impersonation): KubeClient
  close(): Promise<void>
  resolve(gvk: { readonly apiVersion: string; readonly kind: string }, signal?: AbortSignal): Promise<Kind>
  get<T extends KubeObject = KubeObject>(ref: ObjectRef, options?: GetOptions): Promise<T>
  find<T extends KubeObject = KubeObject>(ref: ObjectRef, options?: GetOptions): Promise<T | undefined>
  list<T extends KubeObject = KubeObject>(kind: Kind, options?: ListOptions): Promise<ListResult<T>>
  create<T extends KubeObject = KubeObject>(obj: ObjectInput, options?: WriteOptions): Promise<T>
  replace<T extends KubeObject = KubeObject>(obj: ObjectInput, options?: WriteOptions): Promise<T>
  patch<T extends KubeObject = KubeObject>(ref: ObjectRef, options: PatchOptions): Promise<T>
  apply<T extends KubeObject = KubeObject>(obj: ObjectInput, options: ApplyOptions): Promise<T>
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<void>
  createToken(
    account: { readonly namespace: string; readonly name: string },
    request?: TokenRequest,
  ): Promise<{ readonly token: string; readonly expiresAtMs: number }>
  raw(request: RawRequest): Promise<RawResponse>
}
