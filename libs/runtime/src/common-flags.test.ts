// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { Command } from 'commander'
import { commonFlags } from './common-flags.ts'
import type { CommonFlagsOptions } from './common-flags.ts'
import type { CommonOptions } from './options.ts'

const settings: CommonFlagsOptions = {
  gates: {
    StrictPostBuildSubstitutions: { default: true, description: 'x' },
    ExternalArtifact: { default: false, description: 'y' },
  },
  controller: 'kustomize-controller',
  tempDir: '/tmp',
}

function parse(
  args: readonly string[],
  env: Record<string, string> = {},
  over: Partial<CommonFlagsOptions> = {},
): CommonOptions {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  const read = commonFlags(command, { ...settings, ...over })
  command.parse([...args], { from: 'user' })
  return read(env)
}

describe('commonFlags', () => {
  it('has Flux’s defaults', () => {
    const { features, ...options } = parse([])
    expect(features.list()).toEqual([
      ['ExternalArtifact', false],
      ['StrictPostBuildSubstitutions', true],
    ])
    expect(options).toEqual({
      concurrent: 4,
      eventsAddr: '',
      requeueDependencyMs: 30_000,
      watchAllNamespaces: true,
      runtimeNamespace: '',
      watchLabelSelector: '',
      watchConfigsLabelSelector: 'reconcile.fluxcd.io/watch=Enabled',
      noCrossNamespaceRefs: false,
      defaultServiceAccount: '',
      intervalJitterPercentage: 5,
      minRetryDelayMs: 750,
      maxRetryDelayMs: 900_000,
      kubeApiQps: 50,
      kubeApiBurst: 300,
      log: { level: 'info', encoding: 'json' },
      leaderElection: {
        enabled: false,
        releaseOnCancel: true,
        leaseDurationMs: 35_000,
        renewDeadlineMs: 30_000,
        retryPeriodMs: 5000,
      },
      tokenCacheMaxSize: 100,
      tokenCacheMaxDurationMs: 3_600_000,
      metricsAddr: ':8080',
      healthAddr: ':9440',
      kubeconfig: '',
      natsUrl: '',
      natsSeedFile: '',
      natsCaFile: '',
      natsCertFile: '',
      natsKeyFile: '',
      natsStreamReplicas: 1,
      natsStreamMaxAgeMs: 72 * 3_600_000,
      natsStreamMaxBytes: 2 ** 30,
      spoolDir: '/tmp/tidelock-kustomize-controller-events',
      spoolMaxBytes: 67_108_864,
    })
  })
  it('reads flags in Go’s manner', () => {
    const options = parse(
      [
        '--concurrent=20',
        '--watch-all-namespaces=false',
        '--no-cross-namespace-refs',
        '--enable-leader-election',
        '--requeue-dependency=1m30s',
        '--log-level',
        'trace',
        '--feature-gates=ExternalArtifact=true',
        '--watch-label-selector=sharding.fluxcd.io/key notin (a, b),!x',
        '--events-addr=http://notification-controller.flux-system.svc.cluster.local./',
        '--metrics-addr=0',
      ],
      { RUNTIME_NAMESPACE: 'flux-system' },
    )
    expect(options).toMatchObject({
      concurrent: 20,
      watchAllNamespaces: false,
      noCrossNamespaceRefs: true,
      leaderElection: { enabled: true },
      requeueDependencyMs: 90_000,
      log: { level: 'trace' },
      watchLabelSelector: 'sharding.fluxcd.io/key notin (a, b),!x',
      eventsAddr: 'http://notification-controller.flux-system.svc.cluster.local./',
      metricsAddr: '0',
    })
    expect(options.features.enabled('ExternalArtifact')).toBe(true)
  })
  it('takes the environment’s defaults where a controller has them, below the flag', () => {
    const over = { env: { eventsAddr: 'EVENTS_ADDR', metricsAddr: 'METRICS_ADDR' } }
    const env = { EVENTS_ADDR: 'http://e/', METRICS_ADDR: ':1' }
    expect(parse([], env, over)).toMatchObject({ eventsAddr: 'http://e/', metricsAddr: ':1' })
    expect(parse(['--events-addr='], env, over)).toMatchObject({ eventsAddr: '' })
    expect(() => parse([], { EVENTS_ADDR: 'nonsense' }, over)).toThrow('environment variable EVENTS_ADDR')
  })
  it.each([
    [['--concurrent=0'], "--concurrent: '0' must be a whole number from 1 to 10000"],
    [['--concurrent=x'], "--concurrent: 'x' must be a whole number"],
    [['--interval-jitter-percentage=100'], 'from 0 to 99'],
    [['--requeue-dependency=30'], "--requeue-dependency: '30' must be a duration such as 30s"],
    [['--log-level=warn'], "--log-level: 'warn' must be one of trace, debug, info, error"],
    [['--log-encoding=xml'], 'must be one of json, console'],
    [['--watch-all-namespaces=maybe'], 'must be true or false'],
    [['--watch-label-selector=a=b=c'], "'a=b=c' is no requirement"],
    [['--events-addr=notification'], '--events-addr: must be an http:// or https:// URL'],
    [['--metrics-addr=8080'], "--metrics-addr: '8080' must be host:port, :port, or 0 for none"],
    [['--feature-gates=Nope=true'], "'Nope' is not a gate of this controller; known: ExternalArtifact"],
    [['--feature-gates=ExternalArtifact'], "'ExternalArtifact' must be Name=true or Name=false"],
    [['--spool-max-bytes=10'], 'of at least 1048576'],
    [['--min-retry-delay=1h'], '--min-retry-delay must not be above --max-retry-delay'],
    [['--leader-election-lease-duration=10s'], '--leader-election-lease-duration must be above'],
    [['--leader-election-retry-period=29s'], 'must be above 1.2 times'],
    [['--enable-leader-election'], 'needs the environment variable RUNTIME_NAMESPACE'],
    [['--watch-all-namespaces=false'], 'needs the environment variable RUNTIME_NAMESPACE'],
    [['--no-such-flag'], '--no-such-flag'],
  ])('refuses %j and says why', (args, message) => {
    expect(() => parse(args)).toThrow(message)
  })
})
