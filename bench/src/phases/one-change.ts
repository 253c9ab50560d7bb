// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf, gitRepositoryKind, reconcileRequestAnnotation } from '@tidelock/api'
import { commitFiles } from '@tidelock/local-cluster'
import type { UsageByController } from '../measure/usage.ts'
import { untilAll } from '../measure/until-all.ts'
import { appImage, appName, deployment, deploymentPath } from '../workload/app.ts'
import { repositoryName, systemNamespace } from '../workload/objects.ts'
import { measured } from './phase.ts'
import type { PhaseContext } from './phase.ts'

/** From the request on the GitRepository, the commit being there already. */
export interface ChangeResult {
  /** Until the changed Deployment has its new image. */
  readonly liveSeconds: number
  /** Until every Kustomization is Ready at the new revision. */
  readonly allSeconds: number
  readonly usage: UsageByController
}

/** Commits a new image of one app and waits until it is live, and until all Kustomizations are at the new revision. */
export function measureChange(context: PhaseContext, version: number): Promise<ChangeResult> {
  const { apps, changes } = context.options
  // spread evenly over the repository: neither the first nor the last in any order
  return change(context, appName(Math.floor((apps * version) / (changes + 1))), version)
}

/** One more change, when nothing has happened for a while: the controller has to start its engine first. */
export function measureChangeAfterRest(context: PhaseContext): Promise<ChangeResult> {
  const { apps, changes } = context.options
  return change(context, appName(apps - 1), changes + 1)
}

async function change(context: PhaseContext, name: string, version: number): Promise<ChangeResult> {
  const { options, place, signal } = context
  const image = appImage(version)
  const commit = await commitFiles(
    place.state.gitDir,
    { [deploymentPath(name)]: deployment(name, image, options.shape === 'second') },
    { message: `Release ${image}` },
  )
  const revision = `main@sha1:${commit}`
  return measured(context, async () => {
    const common = { timeoutMs: options.timeoutMs, clock: place.clock, signal }
    const startedMs = place.clock.monotonic()
    const live = untilAll(context.deployments, {
      ...common,
      names: [name],
      holds: (view) => view.image === image,
      describe: (view) => `it has the image ${view.image}`,
    })
    const all = untilAll(context.kustomizations, {
      ...common,
      names: Array.from({ length: options.apps }, (_, index) => appName(index)),
      holds: (view) => view.ready && view.revision === revision,
      describe: (view) => `it is at ${view.revision}: ${view.message}`,
    })
    const [liveMs, allMs] = await Promise.all([live, all, requestReconcile(context)])
    return { liveSeconds: (liveMs - startedMs) / 1000, allSeconds: (allMs - startedMs) / 1000 }
  })
}

async function requestReconcile({ place, signal }: PhaseContext): Promise<void> {
  const ref = {
    apiVersion: apiVersionOf(gitRepositoryKind),
    kind: gitRepositoryKind.kind,
    namespace: systemNamespace,
    name: repositoryName,
  }
  const requestedAt = new Date(place.clock.now()).toISOString()
  const body = { metadata: { annotations: { [reconcileRequestAnnotation]: requestedAt } } }
  await place.client.patch(ref, { type: 'merge', body, fieldManager: 'bench', signal })
}
