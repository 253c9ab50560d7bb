// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import { ArtifactStore } from '@tidelock/artifact'
import type { SourceObject } from './adapter.ts'
import { finalizeSource } from './finalize.ts'

let root = ''
let store: ArtifactStore
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'finalize-'))
  store = await ArtifactStore.open({ root, advertisedAddress: 'host:80', clock: systemClock })
})
afterEach(() => rm(root, { recursive: true, force: true }))

const object: SourceObject = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { namespace: 'apps', name: 'app' },
  spec: { interval: '1m' },
}

it('removes the files of an object, and says so once', async () => {
  await mkdir(join(root, 'gitrepository/apps/app'), { recursive: true })
  await writeFile(join(root, 'gitrepository/apps/app/x.tar.gz'), 'x')
  const message = 'garbage collected artifacts for deleted resource'
  const event = { severity: 'trace', reason: 'GarbageCollectionSucceeded', message }
  expect(await finalizeSource(object, store)).toEqual({ kind: 'succeeded', events: [event] })
  expect(await finalizeSource(object, store)).toEqual({ kind: 'succeeded' })
})

it('keeps the object while files of it cannot be removed', async () => {
  // a name that the storage takes for none of its own
  const outcome = await finalizeSource({ ...object, metadata: { namespace: 'apps', name: '..' } }, store)
  expect(outcome).toMatchObject({
    kind: 'failed',
    reason: 'GarbageCollectionFailed',
    error: { message: 'garbage collection for deleted resource failed' },
  })
})
