// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { CelError, compile } from './index.ts'

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof CelError) return error.code
    throw error
  }
  return 'none'
}

describe('compile', () => {
  it('names line and column of each problem', () => {
    const act = () => compile('self.a == 1 &&\n  foo && 1', { variables: ['self', 'dep'] })
    expect(act).toThrow(CelError)
    expect(act).toThrow(
      expect.objectContaining({
        code: 'InvalidExpression',
        details: {
          problems: [
            { line: 2, column: 3, message: "undeclared reference to 'foo' (in container '')" },
            { line: 2, column: 10, message: "expected type 'bool' but found 'int'" },
          ],
        },
      }),
    )
  })
  it('without variables checks the syntax alone: names are bound when it is evaluated', () => {
    expect(compile('data.ready').evaluateBoolean({ data: { ready: true } })).toBe(true)
    expect(codeOf(() => compile('data.ready').evaluateBoolean({}))).toBe('EvaluationFailed')
  })
  it.each([
    ['deep parentheses', '('.repeat(5000) + '1' + ')'.repeat(5000)],
    ['deep lists', '['.repeat(5000) + ']'.repeat(5000)],
    ['deep conditions', 'true ? '.repeat(3000) + 'true' + ' : true'.repeat(3000)],
    ['a long sum', Array(3000).fill('1').join('+')],
    ['a long path', `a${'.b'.repeat(3000)}`],
    ['many indexes', `a${'[0]'.repeat(3000)}`],
    ['nested calls', 'int('.repeat(2000) + '1' + ')'.repeat(2000)],
    ['a long text', `"${'a'.repeat(100_001)}" == ""`],
    ['very many parts', `[${Array(30_000).fill('1').join(',')}] == []`],
    ['a large regular expression', `"a".matches("${'a'.repeat(1001)}")`],
    ['a regular expression that repeats', `"a".matches("((a{1,30}){1,30}){1,30}")`],
    ['a text without end', '"abc'],
    ['a stray character', 'a # b'],
  ])('refuses %s', (_, expression) => {
    expect(codeOf(() => compile(expression))).toBe('InvalidExpression')
  })
  it('takes long chains of logical operators', () => {
    expect(compile(Array(5000).fill('ok').join(' && ')).evaluateBoolean({ ok: true })).toBe(true)
  })
})

describe('what never ends', () => {
  const list = Array.from({ length: 1000 }, (_, i) => i)
  const text = 'a'.repeat(100_000)
  it.each([
    ['comprehensions in each other', 'l.all(a, l.all(b, l.all(c, l.all(d, a + b + c + d >= 0))))'],
    ['failures that are absorbed', 'l.exists(a, l.exists(b, l.exists(c, missing || other)))'],
    ['lists that grow', 'l.map(a, l.map(b, l.map(c, c))).size() > 0'],
    ['lists that are joined', 'l.all(a, (l + l + l + l + l + l).size() > 0)'],
    ['texts that grow', 'l.map(a, t + t).size() > 0'],
    ['replacements', 'l.all(a, t.replace("a", "aaaaaaaaaa").size() > 0)'],
    ['a replacement of nothing', 't.replace("", t).size() > 0'],
    ['joined texts', 'l.map(a, t).join(t).size() > 0'],
    ['formats', 'l.all(a, "%s%s%s%s".format([t, t, t, t]).size() > 0)'],
    ['formats of large values', '"%s".format([l.map(a, l.map(b, t))]).size() > 0'],
    ['searches', 'l.all(a, t.contains(t + "b"))'],
    ['comparisons', 'l.all(a, l.all(b, l == l))'],
    ['memberships', 'l.all(a, l.all(b, !(-1 in l)))'],
    ['sets', 'l.all(a, sets.equivalent(l, l))'],
    ['regular expressions', 'l.all(a, t.matches("(a*)*b") || true)'],
    ['regular expressions made on the way', 'l.all(a, t.matches("(a|b|c)*" + string(a)) || true)'],
    ['time zones', 'l.all(a, l.all(b, timestamp("2020-01-01T00:00:00Z").getHours("Europe/Berlin") >= 0))'],
    ['texts split', 'l.all(a, t.split("").size() > 0)'],
  ])('ends: %s', (_, expression) => {
    expect(codeOf(() => compile(expression).evaluateBoolean({ l: list, t: text }))).toBe('CostExceeded')
  })
  it('is told from what is merely large', () => {
    const conditions = Array.from({ length: 5000 }, (_, i) => ({ type: `T${i}`, status: 'True' }))
    const expression = 'c.filter(e, e.type.startsWith("T")).all(e, e.status == "True")'
    expect(compile(expression).evaluateBoolean({ c: conditions })).toBe(true)
  })
  it('is told from what takes one pass over a large text', () => {
    const bad = `${'A'.repeat(200_000)}!`
    expect(codeOf(() => compile('base64.decode(t) == b""').evaluateBoolean({ t: bad }))).toBe('EvaluationFailed')
    // a list of so many empty values
    const items = Buffer.from([10, 0]).toString('hex').repeat(60_000)
    const any = 'google.protobuf.Any{type_url: "x/google.protobuf.ListValue", value: base64.decode(t)}'
    const t = Buffer.from(items, 'hex').toString('base64')
    expect(compile(`${any}.size() == 60000`).evaluateBoolean({ t })).toBe(true)
  })
  it('is the limit of the caller, if it gives one', () => {
    const program = compile('l.all(a, a >= 0)')
    expect(codeOf(() => program.evaluateBoolean({ l: list }, { costLimit: 100 }))).toBe('CostExceeded')
    expect(program.evaluateBoolean({ l: list })).toBe(true)
  })
  it('tells what it has cost', () => {
    const costs: number[] = []
    const onCost = (cost: number) => void costs.push(cost)
    compile('l.all(a, a >= 0)').evaluateBoolean({ l: list }, { onCost })
    expect(codeOf(() => compile('l.all(a, a >= 0)').evaluateBoolean({ l: list }, { onCost, costLimit: 100 }))).toBe(
      'CostExceeded',
    )
    expect(costs).toEqual([expect.any(Number), 100])
    expect(costs[0]).toBeGreaterThan(3000)
  })
  it('stops for a signal', () => {
    const options = { signal: AbortSignal.abort() }
    expect(codeOf(() => compile('l.all(a, true)').evaluateBoolean({ l: list }, options))).toBe('Interrupted')
  })
  it('does not walk values deeper than the stack', () => {
    let deep: unknown = 1
    for (let i = 0; i < 20_000; i++) deep = [deep]
    expect(codeOf(() => compile('a == b').evaluateBoolean({ a: deep, b: deep }))).toBe('CostExceeded')
    expect(codeOf(() => compile('"%s".format([a]) == ""').evaluateBoolean({ a: deep }))).toBe('CostExceeded')
  })
})

describe('JSON as CEL sees it', () => {
  it.each([
    ['type(v) == int', 1, true],
    ['type(v) == int', -(2 ** 53), true],
    ['type(v) == double', 1.5, true],
    ['type(v) == double', 2 ** 63, true],
    ['v == 1.0', 1, true],
    ['v == null && !has(v.a)', null, true],
    ['has(v.toString) || has(v.constructor) || has(v.__proto__)', {}, false],
    ['has(v.__proto__)', JSON.parse('{"__proto__":1}'), true],
    ['v.size() == 1 && has(v.a)', { a: null, b: undefined }, true],
    ['v["a b"]["x/y"] == 1', { 'a b': { 'x/y': 1 } }, true],
  ])('%s of %j is %s', (expression, v, expected) => {
    expect(compile(expression).evaluateBoolean({ v })).toBe(expected)
  })
})

describe('regular expressions', () => {
  const spent = (act: (onCost: (cost: number) => void) => unknown): { code: string; cost: number } => {
    let cost = 0
    const code = codeOf(() => act((each) => (cost += each)))
    return { code, cost }
  }
  it('are refused before they are compiled where their repetitions make them large', () => {
    const pattern = '(a?){1000}'.repeat(100)
    expect(() => compile(`s.matches('${pattern}')`)).toThrow(/regular expression is larger than 2000 steps/)
  })
  it('count to what compiling costs, all of an expression together', () => {
    const many = Array.from({ length: 20 }, (_, n) => `s.matches('${n}{900}')`).join(' || ')
    const { code, cost } = spent((onCost) => compile(many, { onCost }))
    expect(code).toBe('InvalidExpression')
    expect(cost).toBe(1_000_000)
    expect(spent((onCost) => compile("s.matches('^[a-z]+$')", { onCost })).cost).toBeLessThan(3000)
  })
  it('count to what the evaluation costs where they are made in it', () => {
    const program = compile("l.exists(x, s.matches('(a){900}' + x))")
    const bindings = { l: Array.from({ length: 1000 }, (_, n) => String(n)), s: 'b' }
    expect(codeOf(() => program.evaluateBoolean(bindings))).toBe('CostExceeded')
  })
})

describe('results that are no booleans', () => {
  it('are strings where they are asked for, and a mismatch of types is said when it is compiled', () => {
    const program = compile("'a' + string(v.n)", { variables: ['v'], result: 'string' })
    expect(program.evaluateString({ v: { n: 1 } })).toBe('a1')
    expect(() => compile('v.n', { variables: ['v'], result: 'string' })).toThrow(/expected string, got dyn/)
    expect(() => compile('v.n').evaluateString({ v: { n: 1 } })).toThrow(/as string/)
  })
  it('can be variables of others', () => {
    const options = { variables: ['claims', 'vars'], result: 'any' } as const
    const parts = compile("claims.sub.split(':')", options).evaluate({ claims: { sub: 'repo:org/app' }, vars: {} })
    const check = compile("vars.parts[1] == 'org/app'", { variables: ['claims', 'vars'] })
    expect(check.evaluateBoolean({ claims: {}, vars: { parts } })).toBe(true)
  })
})
