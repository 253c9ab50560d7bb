// SPDX-License-Identifier: Apache-2.0
import { parseRemoteTarget } from '@tidelock/kube'
import type { ClusterTarget } from '@tidelock/kube'
import { askInTime, invalidReference, readConfigObject } from './reference.ts'
import type { ConfigObject, ReferenceOptions, RemoteReference } from './reference.ts'

/** Names the Secret of `spec.kubeConfig.secretRef`. */
interface SecretRef {
  readonly namespace: string
  readonly name: string
  readonly key: string | undefined
}

/** Reads the kubeconfig of a Secret: under the key, else under `value`, else under `value.yaml`. Throws `KubeConfigInvalid` or KubeError. */
export async function readSecretReference(
  options: ReferenceOptions,
  ref: SecretRef,
  signal: AbortSignal,
): Promise<RemoteReference> {
  const secret = await readConfigObject(options.client, { kind: 'Secret', ...nameOf(ref) }, signal)
  const text = textOf(secret, ref)
  const id = ref.key === undefined ? secret.id : `${secret.id}/${ref.key}`
  return {
    id,
    connect: async (connecting) => {
      const target = await parse(options, secret, text, connecting)
      return target.token === undefined ? target : { ...target, token: renewing(options, ref, target) }
    },
  }
}

/**
 * The token of the kubeconfig; when the server refused it, the one that the Secret holds by then. Only for the same server and
 * certificate authority: another one gets connections of its own with the next run.
 */
function renewing(
  options: ReferenceOptions,
  ref: SecretRef,
  first: ClusterTarget,
): NonNullable<ClusterTarget['token']> {
  let current = first
  return async (request) => {
    if (request?.refresh === true) {
      const newer = await reread(options, ref)
      if (newer?.token !== undefined && newer.server === first.server && newer.ca === first.ca) current = newer
    }
    return current.token?.(request)
  }
}

async function reread(options: ReferenceOptions, ref: SecretRef): Promise<ClusterTarget | undefined> {
  const limit = new AbortController()
  try {
    const secret = await readConfigObject(options.client, { kind: 'Secret', ...nameOf(ref) }, limit.signal)
    return await parse(options, secret, textOf(secret, ref), limit.signal)
  } catch {
    // the request goes out with the token that there is, and its answer says what is wrong
    return undefined
  }
}

function parse(
  options: ReferenceOptions,
  { subject }: ConfigObject,
  text: string,
  signal: AbortSignal,
): Promise<ClusterTarget> {
  const { clock, env, insecureExec, insecureTls } = options
  // a plugin may run for as long as it likes
  const read = (): Promise<ClusterTarget> =>
    parseRemoteTarget(text, { source: subject, clock, env, insecureExec, insecureTls })
  return askInTime(clock, subject, read, signal)
}

/** A kubeconfig for some hundred clusters; a larger text takes the parser seconds. */
const maxKubeconfigChars = 256 * 1024

function textOf({ subject, data }: ConfigObject, { key }: SecretRef): string {
  const text = key === undefined ? (data['value'] ?? data['value.yaml']) : data[key]
  if (text !== undefined && text.length > maxKubeconfigChars)
    throw invalidReference(`the kubeconfig of ${subject} is larger than ${maxKubeconfigChars / 1024} KiB`)
  if (text !== undefined) return text
  const wanted = key === undefined ? "'value' or 'value.yaml'" : `'${key}'`
  throw invalidReference(`${subject} has no key ${wanted} with a kubeconfig`)
}

function nameOf({ namespace, name }: SecretRef): Pick<SecretRef, 'namespace' | 'name'> {
  return { namespace, name }
}
