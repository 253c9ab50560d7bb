// SPDX-License-Identifier: Apache-2.0
import type { RepositoryClient, RepositoryName } from '@tidelock/oci'

/** The artifact that the reference of an object meant when asked, and the way to it. */
export interface Upstream {
  readonly name: RepositoryName
  readonly repository: RepositoryClient
  /** The tag, or the digest that the spec pins. */
  readonly reference: string
  readonly digest: string
}
