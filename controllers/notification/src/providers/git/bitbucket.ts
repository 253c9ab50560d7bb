// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../../errors.ts'
import type { Destination } from '../../sender/destination.ts'
import { basicAuthorization } from '../authorization.ts'
import type { Notifier } from '../notifier.ts'
import { objectName } from '../words.ts'
import { answerIfFound, readItem, textOf } from './answers.ts'
import { commitStatusOf } from './commit-status.ts'
import { readOwned } from './repository.ts'
import { restRequest } from './rest-api.ts'
import { buildKey, buildState } from './build-status.ts'

/** `bitbucket`: the build status of a commit at Bitbucket Cloud, whose API is at `base`. One that says the same already is left alone. */
export function createBitbucket(base: string): Notifier {
  return async (notification, to, sender, signal) => {
    const { event } = notification
    if (event.reason === 'Progressing') return
    const headers = loginOf(to)
    const { owner, name: repository } = readOwned(to)
    const { commit, id, description } = commitStatusOf(notification)
    const request = restRequest(base, headers)
    const [key, state] = [buildKey(id), buildState(event)]
    const path = `/repositories/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}/commit/${commit}/statuses/build`
    const answer = await answerIfFound(sender.send(request(`${path}/${key}`), signal))
    const known = answer === undefined ? undefined : readItem(answer, 'Bitbucket')
    if (textOf(known, 'state') === state && textOf(known, 'description') === description) return
    const status = { key, url: 'https://bitbucket.org', state, name: objectName(event), description }
    await sender.send(request(path, 'POST', status), signal)
  }
}

/** See `createBitbucket`. */
export const bitbucket: Notifier = createBitbucket('https://api.bitbucket.org/2.0')

function loginOf({ token }: Destination): Readonly<Record<string, string>> {
  const [username = '', password = '', ...rest] = token.split(':')
  if (username !== '' && password !== '' && rest.length === 0) return basicAuthorization({ username, password })
  throw new NotificationError(
    'InvalidConfig',
    'invalid Bitbucket token: the key token of the Secret must be <user>:<password>',
  )
}
