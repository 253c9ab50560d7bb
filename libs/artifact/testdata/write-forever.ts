// SPDX-License-Identifier: Apache-2.0
// Stores one artifact again and again, in two variants, until it is killed. Writes a dot for each of the twenty files.
import { writeSync } from 'node:fs'
import { systemClock } from '@tidelock/api'
import { ArtifactStore } from '../src/index.ts'

const root = process.argv[2] ?? ''
const store = await ArtifactStore.open({ root, advertisedAddress: 'localhost:9090', clock: systemClock })
const owner = { kind: 'GitRepository', namespace: 'ns', name: 'app' }

async function* entries(content: Buffer) {
  for (let at = 0; at < 20; at += 1) {
    // tells the parent how far we are, at once
    writeSync(1, '.')
    yield { path: `f${String(at).padStart(2, '0')}`, mode: 0o644, content }
  }
}

for (let round = 0; ; round += 1) {
  const content = Buffer.alloc(200_000, round % 2 === 0 ? 'a' : 'b')
  await store.writeArchive(owner, { revision: String(round), fileName: 'rev.tar.gz', entries: entries(content) })
}
