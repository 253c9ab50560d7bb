// SPDX-License-Identifier: Apache-2.0

/** Words that YAML 1.1 reads as something other than text. */
const words = new Set(
  [
    ...['y', 'Y', 'n', 'N', '', '~', '<<', '.nan', '.NaN', '.NAN'],
    ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF'],
  ].concat(
    ['yes', 'no', 'true', 'false', 'on', 'off', 'null'].flatMap((word) => [
      word,
      `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
      word.toUpperCase(),
    ]),
  ),
)

const integer = /^[-+]?(?:0|[1-9][0-9]*|0[0-7]+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const date = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$/
const time =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]| )[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:[Zz]|[-+][0-9]{2}:[0-9]{2})?$/

/** Whether an unquoted text would be read as text: not as a number, a boolean, null or a time, by the rules of YAML 1.1. */
export function readsAsText(text: string): boolean {
  if (words.has(text)) return false
  return !(isNumber(text) || base60.test(text) || isTime(text))
}

function isNumber(text: string): boolean {
  if (text.startsWith('.')) return float.test(text)
  if (!/^[-+0-9]/.test(text)) return false
  const plain = text.replaceAll('_', '')
  return integer.test(plain) || (float.test(plain) && Number.isFinite(Number(plain)))
}

function isTime(text: string): boolean {
  return (date.test(text) || time.test(text)) && !Number.isNaN(Date.parse(text.slice(0, 10)))
}
