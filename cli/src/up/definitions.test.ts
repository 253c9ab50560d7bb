// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { accessObjects } from './access.ts'
import { busUsers } from './bus-users.ts'
import { controllerNames } from './controller-names.ts'
import { controllerFlags } from './controller-process.ts'
import { controllerDefinitions } from './controllers.ts'
import { describeHouse } from './describe.ts'
import { dataPaths } from './paths.ts'

const addresses = {
  ...{ metrics: '127.0.0.1:1', health: '127.0.0.1:2', storage: '127.0.0.1:3' },
  ...{ events: '127.0.0.1:4', webhooks: '127.0.0.1:5' },
}
const shared = {
  paths: dataPaths('/d'),
  cacheDir: '/c',
  kubeconfig: '/d/k',
  natsUrl: '',
  natsSeedFile: '',
  eventsUrl: '',
  env: {},
}

describe('the controllers', () => {
  it('are those that the command line knows, each with an entry', () => {
    const definitions = controllerDefinitions()
    expect(definitions.map(({ name }) => name)).toEqual([...controllerNames])
    for (const { entry, fullName, name } of definitions) {
      expect(existsSync(entry)).toBe(true)
      expect(fullName).toBe(`${name}-controller`)
    }
  })

  it('keep everything below the data directory, and use the bus only where there is one', () => {
    for (const definition of controllerDefinitions()) {
      const quiet = controllerFlags(definition, { ...shared, extraFlags: ['--log-level=debug'] }, addresses)
      expect(quiet).toContain(`--spool-dir=/d/controllers/${definition.name}/storage/spool`)
      expect(quiet.at(-1)).toBe('--log-level=debug')
      expect(quiet.join(' ')).not.toContain('--nats')
      const posting = controllerFlags(definition, { ...shared, eventsUrl: 'http://e/', extraFlags: [] }, addresses)
      expect(posting.includes('--events-addr=http://e/')).toBe(definition.name !== 'notification')
      const nats = { natsUrl: 'nats://127.0.0.1:4', natsSeedFile: '/d/seed' }
      const flags = controllerFlags(
        definition,
        { ...shared, ...nats, eventsUrl: 'http://e/', extraFlags: [] },
        addresses,
      )
      expect(flags).not.toContain('--events-addr=http://e/')
      expect(flags).toEqual(expect.arrayContaining(['--nats-url=nats://127.0.0.1:4', '--nats-seed-file=/d/seed']))
    }
  })

  it('get the further flags of all, and those that name them', () => {
    const extraFlags = ['--log-level=debug', 'kustomize:--drift-mode=warn', 'source:--concurrent=1']
    const ends = controllerDefinitions().map((definition) => [
      definition.name,
      controllerFlags(definition, { ...shared, extraFlags }, addresses).slice(-2),
    ])
    expect(Object.fromEntries(ends)).toEqual({
      source: ['--log-level=debug', '--concurrent=1'],
      kustomize: ['--log-level=debug', '--drift-mode=warn'],
      notification: ['--receiverAddr=127.0.0.1:5', '--log-level=debug'],
    })
  })

  it('get an account of their own, and cluster-admin only where they apply what users ask for', () => {
    for (const definition of controllerDefinitions()) {
      const objects = accessObjects(definition, 'flux-system')
      const kinds = objects.map(({ kind }) => kind)
      expect(kinds).toEqual(
        expect.arrayContaining(['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']),
      )
      const roles = objects.map((object) => (object['roleRef'] as { name: string } | undefined)?.name)
      expect(roles.includes('cluster-admin')).toBe(definition.name === 'kustomize')
    }
    const users = busUsers(controllerDefinitions())
    expect(users.map(({ name, subscribe }) => [name, subscribe])).toEqual(
      controllerNames.map((name) => [`${name}-controller`, [`_INBOX.${name}-controller.>`]]),
    )
    const reading = ['CREATE', 'INFO', 'MSG.NEXT'].map(
      (verb) => `$JS.API.CONSUMER.${verb}.TIDELOCK_EVENTS.notification-controller${verb === 'CREATE' ? '.>' : ''}`,
    )
    const acknowledging = '$JS.ACK.TIDELOCK_EVENTS.notification-controller.>'
    expect(Object.fromEntries(users.map(({ name, publish }) => [name, publish]))).toEqual({
      'source-controller': ['tidelock.events.>'],
      'kustomize-controller': ['tidelock.events.>'],
      'notification-controller': ['tidelock.events.>', ...reading, acknowledging],
    })
  })
})

describe('describeHouse', () => {
  const state = {
    ...{ pid: 1, dataDir: '/d', kubeconfig: '/d/k', server: 'https://s', gitUrl: 'http://g/fleet.git', gitDir: '/d/g' },
    inboxUrl: 'http://i/',
    ...{ natsUrl: 'nats://n', natsSeedFile: '/d/s', pids: {}, metrics: {}, logsDir: '/d/l' },
  }

  it('says where everything is and what to try', () => {
    const text = describeHouse(state, { self: '/n/node /m/main.ts', sample: true }).join('\n')
    for (const value of ['https://s', 'http://g/fleet.git', 'nats://n', '/d/l', '/d (kept', 'KUBECONFIG=/d/k'])
      expect(text).toContain(value)
    expect(text).toContain("alias tidelock='/n/node /m/main.ts'")
    expect(text).toContain('git clone http://g/fleet.git && cd fleet')
  })

  it('tells no story that the repository does not tell, and that there is no bus', () => {
    const text = describeHouse({ ...state, natsUrl: '' }, { self: 'tidelock', sample: false }).join('\n')
    expect(text).not.toMatch(/storefront|alias/)
    expect(text).toContain('none: events go to the Kubernetes API only')
  })
})
