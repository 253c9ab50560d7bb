// SPDX-License-Identifier: Apache-2.0
// Writes testdata/tuf-repository.json: a TUF repository, by file name, that holds testdata/cosign/trusted_root.json.
import { writeFileSync } from 'node:fs'
import { testdata } from './fixture-store.ts'
import { TestRepository } from './tuf-repository.ts'

const repository = new TestRepository(testdata('cosign/trusted_root.json'))
repository.rotateKeys()
repository.publish()
const files = Object.fromEntries([...repository.files].map(([name, bytes]) => [name, bytes.toString('utf8')]))
writeFileSync(new URL('../testdata/tuf-repository.json', import.meta.url), `${JSON.stringify(files, null, 2)}\n`)
