// SPDX-License-Identifier: Apache-2.0
import { readsAsText } from './resolves.ts'

/** How a text is written. */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal'

const special = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u
const indicatorAtStart = /^(?:[#,[\]{}&*!|>'"%@`]|[?:](?:\s|$)|-(?:\s|$)|---|\.\.\.)/
const indicatorInside = /:(?:\s|$)|\s#/

/** The style that go-yaml 2 chooses for a text outside of brackets; a key stays on its line. */
export function scalarStyle(text: string, isKey: boolean): ScalarStyle {
  const wanted = text.includes('\n') ? 'literal' : readsAsText(text) ? 'plain' : 'double'
  const hard = special.test(text) || / \n/.test(text)
  if (wanted === 'literal') return isKey || hard || text.endsWith(' ') ? 'double' : 'literal'
  if (wanted === 'double') return 'double'
  if (!hard && !/^ | $/.test(text) && !indicatorAtStart.test(text) && !indicatorInside.test(text)) return 'plain'
  return hard ? 'double' : 'single'
}
