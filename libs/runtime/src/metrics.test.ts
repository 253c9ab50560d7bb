// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { Registry } from 'prom-client'
import { createMetrics } from './metrics.ts'

async function lines(registry: Registry, name: string): Promise<string[]> {
  const text = await registry.metrics()
  return text.split('\n').filter((line) => line.startsWith(name))
}

describe('createMetrics', () => {
  it('has the names and labels of Flux’s controllers', async () => {
    const registry = new Registry()
    const metrics = createMetrics(registry)
    const controller = metrics.controller('kustomization', 4)
    const queue = metrics.queue(
      'kustomization',
      () => [0],
      () => 2500,
    )
    controller.started()
    controller.finished('error', 10)
    controller.terminal()
    controller.bug()
    queue.added()
    queue.depth('user', 3)
    queue.taken(5)
    queue.done(7)
    queue.delayed()
    metrics.observeReconcile({ kind: 'Kustomization', name: 'shop', namespace: 'apps' }, 12)
    const info = { durationMs: 1, verb: 'get', resource: 'x', group: '', namespace: '', name: '' } as const
    metrics.observeRequest({ ...info, method: 'GET', code: '200', host: 'h:1' })
    metrics.setLeader('l', true)
    metrics.delivery('nats', 'delivered')
    metrics.spool(() => ({ records: 2, bytes: 3, segments: 1, dropped: 4, corrupt: 5, faults: 6 }))
    const of = 'controller="kustomization"'
    const expected = [
      `controller_runtime_reconcile_total{${of},result="error"} 1`,
      `controller_runtime_reconcile_total{${of},result="success"} 0`,
      `controller_runtime_reconcile_errors_total{${of}} 1`,
      `controller_runtime_terminal_reconcile_errors_total{${of}} 1`,
      `controller_runtime_reconcile_panics_total{${of}} 1`,
      `controller_runtime_max_concurrent_reconciles{${of}} 4`,
      `controller_runtime_active_workers{${of}} 0`,
      `controller_runtime_reconcile_time_seconds_count{${of}} 1`,
      `workqueue_depth{name="kustomization",${of},priority="user"} 3`,
      `workqueue_adds_total{name="kustomization",${of}} 1`,
      `workqueue_retries_total{name="kustomization",${of}} 1`,
      `workqueue_queue_duration_seconds_count{name="kustomization",${of}} 1`,
      `workqueue_work_duration_seconds_count{name="kustomization",${of}} 1`,
      `workqueue_unfinished_work_seconds{name="kustomization",${of}} 2.5`,
      `workqueue_longest_running_processor_seconds{name="kustomization",${of}} 2.5`,
      'gotk_reconcile_duration_seconds_count{kind="Kustomization",name="shop",namespace="apps"} 1',
      'rest_client_requests_total{code="200",host="h:1",method="GET"} 1',
      'leader_election_master_status{name="l"} 1',
      'tidelock_event_deliveries_total{sink="nats",result="delivered"} 1',
      'tidelock_event_spool_records 2',
      'tidelock_event_spool_dropped 4',
    ]
    const text = await registry.metrics()
    for (const line of expected) expect(text.split('\n')).toContain(line)
    expect(text).toContain('process_cpu_seconds_total')
  })
  it('deletes the series of an object that is gone', async () => {
    const registry = new Registry()
    const metrics = createMetrics(registry)
    const shop = { kind: 'Kustomization', name: 'shop', namespace: 'apps' }
    metrics.observeReconcile(shop, 12)
    metrics.observeReconcile({ ...shop, name: 'other' }, 12)
    metrics.deleteReconcile(shop)
    const left = await lines(registry, 'gotk_reconcile_duration_seconds_count')
    expect(left).toEqual([
      'gotk_reconcile_duration_seconds_count{kind="Kustomization",name="other",namespace="apps"} 1',
    ])
  })
  it('has Flux’s ten buckets, to the last digit', async () => {
    const registry = new Registry()
    createMetrics(registry).observeReconcile({ kind: 'Kustomization', name: 'shop', namespace: 'apps' }, 12)
    const buckets = await lines(registry, 'gotk_reconcile_duration_seconds_bucket')
    expect(buckets.map((line) => /le="([^"]*)"/.exec(line)?.[1])).toEqual([
      ...['0.01', '0.038363583488692544', '0.1471764538093883', '0.5646216173286169', '2.166090855590701'],
      ...['8.309900738254731', '31.879757075478317', '122.30217221643493', '469.19495946736544'],
      ...['1799.9999999999986', '+Inf'],
    ])
  })
})
