// SPDX-License-Identifier: Apache-2.0
import { InvalidArgumentError } from 'commander'
import type { CommandKind } from '../../kinds/kind.ts'
import type { Listed } from '../../kinds/listed.ts'

/** A condition that objects are selected by. */
export interface StatusSelector {
  readonly type: string
  readonly status: string
  readonly isNegated: boolean
}

/** `ready=false` or `ready!=true`, in any letter case. Throws commander's InvalidArgumentError. */
export function selectorFlag(text: string): StatusSelector {
  const [, type = '', not = '', status = ''] = /^([^=!]+)(!?)=(.*)$/.exec(text) ?? []
  if (type === '') throw new InvalidArgumentError('Write type=status or type!=status, for example ready=false.')
  return { type: type.toLowerCase(), status: status.toLowerCase(), isNegated: not === '!' }
}

/** Whether an object has the condition. What has no conditions of its own is judged by what `get` says of it. */
export function isSelected(kind: CommandKind, obj: Listed, { type, status, isNegated }: StatusSelector): boolean {
  const own = obj.status?.conditions?.find((each) => each.type.toLowerCase() === type)?.status
  const known = own ?? (type === 'ready' && kind.isStatic(obj) ? kind.ready(obj).status : undefined)
  return (known?.toLowerCase() === status) !== isNegated
}
