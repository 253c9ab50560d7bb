// SPDX-License-Identifier: Apache-2.0
import { kustomizationRetryInterval, kustomizationTimeout } from '@tidelock/api'
import type { AcquiredArtifact } from '@tidelock/artifact'
import { hasCode } from '@tidelock/errors'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import { prepareDecryption } from '../decryption/prepare.ts'
import type { TargetedRun } from '../dependencies.ts'
import { render } from '../render.ts'
import type { Built } from '../render.ts'
import { SecretValues } from '../secret-values.ts'
import type { BuildIdentity, RestoredFrom } from '../skip/applied-builds.ts'
import { skipKeyOf, toBuildInputs } from '../skip/build-inputs.ts'
import type { InputVersion } from '../skip/input-version.ts'
import { digestReadSet } from '../skip/tree-digest.ts'
import { treeIndexOf } from '../skip/tree-index.ts'
import { readVariables } from './substitute.ts'

/** What is to be applied, with what tells it from other builds. */
export interface Made extends Built {
  /** Undefined when the inputs do not tell whether another build would make the same. */
  readonly identity: BuildIdentity | undefined
  /** Values that were substituted from Secrets. */
  readonly variables: SecretValues
  /** Where it was not built but restored. */
  readonly restored?: RestoredFrom | undefined
}

/** Renders `spec.path` of the unpacked artifact, decrypts and substitutes variables. */
export async function build(
  run: TargetedRun,
  { directory: root, index }: Pick<AcquiredArtifact, 'directory' | 'index'>,
): Promise<Step<Made>> {
  const { ctx, deps, obj, secrets } = run
  const { signal } = ctx
  const versions: InputVersion[] = []
  const keys: InputVersion[] = []
  const variables = new SecretValues()
  try {
    using remotes = deps.remotes?.session(kustomizationTimeout(obj))
    const request = {
      remotes,
      ...{ root, path: obj.spec.path ?? '.', spec: obj.spec },
      decryption: await prepareDecryption(run, keys),
      readVariables: async () => {
        try {
          return await readVariables(obj, { client: deps.configs, secrets: variables, signal, versions })
        } finally {
          secrets.addAll(variables)
        }
      },
      strictSubstitution: deps.options.strictSubstitution,
      limits: { group: run.key.namespace, timeoutMs: kustomizationTimeout(obj) },
    }
    const built = await render(deps.engine, request, signal)
    ctx.log.debug({ digest: built.digest, objects: built.objects.length }, 'rendered')
    const tree = built.repeatable ? digestReadSet(built.readSet, treeIndexOf(index)) : undefined
    if (tree === undefined) return next({ ...built, variables, identity: undefined })
    const skipKey = skipKeyOf(toBuildInputs(run, { tree, variables: versions, keys }))
    return next({ ...built, variables, identity: { skipKey, tree } })
  } catch (cause) {
    if (signal.aborted) throw cause
    const retryAfterMs = kustomizationRetryInterval(obj)
    if (hasCode(cause, 'PathNotFound')) {
      const error = new Error('kustomization path not found', { cause })
      return { kind: 'failed', reason: 'ArtifactFailed', error, retryAfterMs }
    }
    return { kind: 'failed', reason: 'BuildFailed', error: cause as Error, retryAfterMs }
  }
}
