// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { parseUpState } from './up-state.ts'

const state = {
  ...{ kubeconfig: 'k', gitUrl: 'g', gitDir: 'd', logsDir: 'l', natsUrl: 'n', natsSeedFile: 's' },
  ...{ pids: { source: 1 }, metrics: { source: 'm' } },
}
const text = `${JSON.stringify(state, null, 2)}\n`

it('reads the state once it is whole, wherever the output is cut', () => {
  for (let end = 0; end < text.length - 1; end++) expect(parseUpState(text.slice(0, end))).toBeUndefined()
  expect(parseUpState(text)).toEqual(state)
})

it('names a field that is missing', () => {
  const { metrics: _none, ...rest } = state
  expect(() => parseUpState(JSON.stringify(rest))).toThrow(/printed no metrics/)
})
