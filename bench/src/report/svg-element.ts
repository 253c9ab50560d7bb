// SPDX-License-Identifier: Apache-2.0

/** The colours of the chart; both lines are told apart by their form as well. */
export const colors = {
  background: '#ffffff',
  text: '#1f2937',
  quiet: '#6b7280',
  grid: '#e5e7eb',
  own: '#0f766e',
  flux: '#b45309',
} as const

type Attributes = Readonly<Record<string, string | number>>

/** An SVG element with children that are SVG already. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`)
  const head = `<${name}${list.join('')}`
  return children.length === 0 ? `${head}/>` : `${head}>${children.join('\n')}</${name}>`
}

/** A line of text. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, fill: colors.text, 'font-size': 12, ...attributes }, [escape(content)])
}

function escape(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
