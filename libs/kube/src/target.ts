// SPDX-License-Identifier: Apache-2.0

/** The identity that a request is made as; the credential must be allowed to `impersonate` it. */
export interface Impersonation {
  readonly user: string
  readonly groups?: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** A cluster and the credential to use on it. Holds secrets: never log it. */
export interface ClusterTarget {
  /** Base URL of the API server; may have a path. */
  readonly server: string
  /** PEM bundle that signs the server's certificate; absent means the system's roots. */
  readonly ca?: string
  /** PEM client certificate and key; both or none. */
  readonly cert?: string
  readonly key?: string
  /**
   * The current bearer token, asked before each request, so it should answer from memory; undefined sends none.
   * `refresh` is set after the server refused the last one.
   */
  readonly token?: (options?: { readonly refresh?: boolean }) => Promise<string | undefined>
  readonly basic?: { readonly username: string; readonly password: string }
  /** Name to check in the server's certificate instead of the URL's host. */
  readonly serverName?: string
  readonly insecureSkipTlsVerify?: boolean
  readonly proxyUrl?: string
  readonly impersonate?: Impersonation
  /** Default namespace of the kubeconfig context or of the pod; absent when none is named. */
  readonly namespace?: string
}
