// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { healthCatalogue, statusOf } from './index.ts'
import type { HealthObject } from './index.ts'

interface Vector {
  readonly name: string
  readonly object: HealthObject
  readonly status: string
  readonly message: string
  /** kstatus refuses to judge; the words of its error are Go's, so only the status is compared. */
  readonly error?: boolean
}

const vectors = JSON.parse(readFileSync(new URL('../testdata/kstatus.json', import.meta.url), 'utf8')) as Vector[]

describe('statusOf against kstatus', () => {
  it.each(named(vectors.filter(({ error }) => error !== true)))('%s', (_name, { object, status, message }) => {
    expect(statusOf(object)).toEqual({ status, message })
  })
  it.each(named(vectors.filter(({ error }) => error === true)))('%s (refused)', (_name, { object }) => {
    expect(statusOf(object)).toEqual({ status: 'Unknown', message: expect.stringMatching(/./) })
  })

  it('has vectors for every kind of the catalogue, and for every status', () => {
    const seen = new Set(vectors.map(({ object }) => keyOf(object)))
    expect([...healthCatalogue.keys()].filter((key) => !seen.has(key))).toEqual([])
    expect(new Set(vectors.map(({ status }) => status))).toEqual(
      new Set(['Current', 'InProgress', 'Failed', 'Terminating', 'Unknown']),
    )
  })
})

describe('statusOf', () => {
  it('names the field that it cannot read', () => {
    const result = statusOf({
      apiVersion: 'v1',
      kind: 'Widget',
      status: { conditions: [{ type: 'Ready', status: true }] },
    })
    expect(result).toEqual({
      status: 'Unknown',
      message: 'status.conditions[0].status must be text, but is a boolean',
    })
  })

  it('gives an unscheduled Pod fifteen seconds', () => {
    const pod = unschedulable('2026-01-01T00:00:00Z')
    expect(statusOf(pod, { now: new Date('2026-01-01T00:00:14Z') }).status).toBe('InProgress')
    expect(statusOf(pod, { now: new Date('2026-01-01T00:00:15Z') }).status).toBe('Failed')
  })
})

describe('statusOf with the Pods of an owner', () => {
  const waiting: HealthObject = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    spec: { replicas: 2 },
    status: { replicas: 2 },
  }

  it('fails an owner in progress when a Pod failed for good', () => {
    expect(statusOf(waiting, { pods: [crashing(), ready()] })).toEqual({
      status: 'Failed',
      message: '1 pods have failed',
    })
  })
  it('does not count Pods that an autoscaler or a rollout mends', () => {
    const leaving = { ...crashing(), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }
    expect(statusOf(waiting, { pods: [leaving, unschedulable('2020-01-01T00:00:00Z')] }).status).toBe('InProgress')
  })
  it('does not look at the Pods of a healthy owner, nor of a Deployment', () => {
    const healthy = { ...waiting, spec: { replicas: 0 }, status: {} }
    expect(statusOf(healthy, { pods: [crashing()] }).status).toBe('Current')
    expect(statusOf({ ...waiting, kind: 'Deployment' }, { pods: [crashing()] }).status).toBe('InProgress')
  })
})

function named(list: readonly Vector[]): (readonly [string, Vector])[] {
  return list.map((vector) => [vector.name, vector] as const)
}

function keyOf({ apiVersion, kind }: HealthObject): string {
  const [first = '', second] = apiVersion.split('/')
  return second === undefined ? kind : `${first}/${kind}`
}

function pod(status: unknown): HealthObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: {}, status }
}

function ready(): HealthObject {
  return pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] })
}

function crashing(): HealthObject {
  return pod({
    phase: 'Running',
    containerStatuses: [{ name: 'app', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
  })
}

function unschedulable(creationTimestamp: string): HealthObject {
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }]
  return { ...pod({ phase: 'Pending', conditions }), metadata: { creationTimestamp } }
}
