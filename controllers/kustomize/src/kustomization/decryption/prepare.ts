// SPDX-License-Identifier: Apache-2.0
import type { KubeObject, Kustomization } from '@tidelock/api'
import type { ObjectRef, SecretObject } from '@tidelock/kube'
import { findIdentity } from '../../credentials/identity.ts'
import type { TargetedRun } from '../dependencies.ts'
import type { Decryption } from '../render.ts'
import { versionOf } from '../skip/input-version.ts'
import type { InputVersion } from '../skip/input-version.ts'
import { Decryptor } from './decryptor.ts'
import { keySecretOf, readKeys } from './key-secret.ts'
import type { DecryptionKeys } from './key-secret.ts'
import { toKeyServices } from './key-services.ts'
import type { AmbientCredentials } from './key-services.ts'
import type { DecryptionOptions } from './options.ts'

/** The objects that decide how an object is decrypted: its key Secret. */
export function decryptionRefs(obj: Kustomization, options: DecryptionOptions): readonly ObjectRef[] {
  if (obj.spec.decryption === undefined) return []
  const secret = keySecretOf(obj, options)
  return secret === undefined ? [] : [secret.ref]
}

/**
 * Reads the keys of a run that decrypts; undefined for one that does not. Notes the version of the key Secret. Throws when the Secret
 * is missing or holds what cannot be read.
 */
export async function prepareDecryption(run: TargetedRun, versions: InputVersion[]): Promise<Decryption | undefined> {
  const { obj, deps, ctx, secrets } = run
  if (obj.spec.decryption === undefined) return undefined
  const keys = await findKeys(run, versions)
  return new Decryptor({
    engine: deps.engine,
    keyServices: toKeyServices(keys, ambientOf(run)),
    secrets,
    verifyMac: deps.options.decryption.verifyMac,
    warn: (message) => {
      ctx.log.info({ revision: run.revision }, `warning: ${message}`)
      run.progress.event({ severity: 'error', reason: 'MacMismatch', message })
    },
    signal: ctx.signal,
  })
}

async function findKeys({ obj, deps, ctx }: TargetedRun, versions: InputVersion[]): Promise<DecryptionKeys> {
  const secret = keySecretOf(obj, deps.options.decryption)
  if (secret === undefined) return { age: [], pgp: [] }
  const { namespace, name } = secret.ref
  const found = await deps.configs.find<SecretObject>(secret.ref, { signal: ctx.signal })
  versions.push(versionOf(secret.ref, found))
  if (found === undefined)
    throw new Error(`cannot get sops decryption Secret '${namespace}/${name}': secrets "${name}" not found`)
  return readKeys(secret, found)
}

function ambientOf({ obj, key, deps, ctx }: TargetedRun): AmbientCredentials {
  const { auth, client, configs, options } = deps
  const { namespace, sopsVaultConfigMap, defaultServiceAccount } = options.decryption
  const account = obj.spec.decryption?.serviceAccountName || defaultServiceAccount
  const reader = { client, enabled: options.workloadIdentity }
  let identity: ReturnType<typeof findIdentity> | undefined
  const readVaultConfig = async (): Promise<string> => {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: sopsVaultConfigMap }
    const found = await configs.find<KubeObject & { data?: Record<string, string> }>(ref, { signal: ctx.signal })
    const text = found?.data?.['config.yaml']
    if (text === undefined) throw new Error(`ConfigMap/${namespace}/${sopsVaultConfigMap} has no key 'config.yaml'`)
    return text
  }
  return {
    auth,
    object: key,
    accountsOnly: defaultServiceAccount !== '',
    identity: () => (identity ??= findIdentity(reader, { namespace: key.namespace, name: account }, ctx.signal)),
    ...(sopsVaultConfigMap === '' || namespace === '' ? {} : { vaultConfig: readVaultConfig }),
  }
}
