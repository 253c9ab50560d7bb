// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { formatRef, refOf } from '@tidelock/kube'
import type { ChangeSet, ChangeSetEntry } from '@tidelock/ssa'
import type { TargetedRun } from '../dependencies.ts'
import { SecretValues } from '../secret-values.ts'
import type { Made } from '../steps/build.ts'
import { AppliedBuilds } from './applied-builds.ts'
import type { AppliedBuild } from './applied-builds.ts'
import { rememberBuild, restoreBuild, withWithheld } from './known-build.ts'

const key = { namespace: 'apps', name: 'one' }
const object = (kind: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: key.namespace },
})
const [first, secret, last] = [object('ConfigMap', 'a'), object('Secret', 'b'), object('ConfigMap', 'c')]

const entryOf = (each: KubeObject, action: ChangeSetEntry['action'] = 'unchanged'): ChangeSetEntry => {
  const ref = refOf(each)
  return { object: ref, subject: formatRef(ref), action, renderedHash: `hash of ${ref.name}` }
}

let touched: Set<string>
let due: boolean
let applied: AppliedBuilds
beforeEach(() => {
  touched = new Set()
  due = false
  applied = new AppliedBuilds(2 ** 20)
})

function newRun(): TargetedRun {
  return {
    ...{ key, obj: { metadata: key, spec: {} }, artifact: { digest: 'sha256:a' }, secrets: new SecretValues() },
    target: {
      ownership: {
        isUntouched: (_owner: object, { name }: { name: string }, hash: string) =>
          hash === `hash of ${name}` && !touched.has(name),
      },
    },
    deps: { applied, fullRuns: { isDue: () => due } },
  } as unknown as TargetedRun
}

const made = (decrypted: readonly KubeObject[], variables = new SecretValues()): Made => ({
  ...{ objects: [first, secret, last], digest: 'sha256:d', decrypted: new Set(decrypted), variables, repeatable: true },
  readSet: { files: [], missing: [], directories: [] },
  identity: { skipKey: 'k', tree: 't' },
})

async function remember(
  what: Made,
  changeSet: ChangeSet = what.objects.map((each) => entryOf(each)),
): Promise<AppliedBuild> {
  await rememberBuild(newRun(), what, changeSet)
  const known = applied.get(key)
  if (known === undefined) throw new Error('nothing is remembered')
  return known
}

describe('what was decrypted', () => {
  it('is not kept, and the others are restored without it', async () => {
    const known = await remember(made([secret]))
    expect(known.packed).toBeDefined()
    const restored = await restoreBuild(newRun(), known)
    expect(restored?.objects).toEqual([first, last])
    const run = [entryOf(last, 'configured'), entryOf(first)]
    expect(withWithheld(run, restored?.restored).map(({ subject, action }) => [subject, action])).toEqual([
      ['ConfigMap/apps/a', 'unchanged'],
      ['Secret/apps/b', 'unchanged'],
      ['ConfigMap/apps/c', 'configured'],
    ])
  })
  it('is withheld again by the run that restored', async () => {
    const restored = await restoreBuild(newRun(), await remember(made([secret])))
    if (restored === undefined) throw new Error('it was not restored')
    const again = await remember(restored, withWithheld([entryOf(first), entryOf(last)], restored.restored))
    expect((await restoreBuild(newRun(), again))?.objects).toEqual([first, last])
    touched.add('b')
    expect(await restoreBuild(newRun(), again)).toBeUndefined()
  })
  it.each([
    ['was touched', () => void touched.add('b')],
    ['is to be looked at with all others', () => void (due = true)],
  ])('takes another build when it %s', async (_when, happen) => {
    const known = await remember(made([secret]))
    happen()
    expect(await restoreBuild(newRun(), known)).toBeUndefined()
  })
  it('takes another build when it was left as somebody made it', async () => {
    const changeSet = [entryOf(first), entryOf(secret, 'drifted'), entryOf(last)]
    expect(await restoreBuild(newRun(), await remember(made([secret]), changeSet))).toBeUndefined()
  })
  it('keeps nothing else when the server has it under another name', async () => {
    const elsewhere = { ...secret, metadata: { name: 'b' } }
    const changeSet = [entryOf(first), entryOf(elsewhere), entryOf(last)]
    expect((await remember(made([secret]), changeSet)).packed).toBeUndefined()
  })
})

describe('a build without encryption', () => {
  it('is restored whole, whatever somebody touched, with what must not be quoted', async () => {
    const variables = new SecretValues()
    variables.add('hunter22')
    const known = await remember(made([], variables))
    touched.add('a')
    due = true
    const run = newRun()
    const restored = await restoreBuild(run, known)
    expect(restored?.objects).toEqual([first, secret, last])
    expect(run.secrets.hide('it is hunter22')).toBe('it is *****')
    const result = [entryOf(first, 'configured'), entryOf(secret), entryOf(last)]
    expect(withWithheld(result, restored?.restored)).toEqual(result)
  })
})
