// SPDX-License-Identifier: Apache-2.0
import { formatKey, parseApiVersion } from '@tidelock/api'
import type { KubeObject, ObjectKey } from '@tidelock/api'
import { formatRef } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import type { Difference, OwnershipCache, Suspect } from '@tidelock/ssa'
import { driftAnnotation } from '../annotations.ts'
import type { Drift, LeftBecause } from './drift.ts'
import { isDriftMode } from './mode.ts'
import type { DriftMode } from './mode.ts'

/** What a policy decides from. */
export interface DriftPolicyOptions {
  readonly key: ObjectKey
  readonly ownership: Pick<OwnershipCache, 'suspects' | 'appliedHash' | 'managersOf'>
  /** Mode of the Kustomization. */
  readonly mode: DriftMode
  /** Whether the run comes between two that correct everything. */
  readonly early: boolean
  /** Whether all that is applied is what was applied last, where it is not known of the single object. */
  readonly sameStream: boolean
  /** Whether there is a Kustomization with that key. */
  readonly exists: (key: ObjectKey) => boolean
}

/** Decides in one run about each object that differs: whether it drifted or Git changed, and whether drift is undone by this run. */
export class DriftPolicy {
  /** Whether what is not urgent waits. */
  readonly early: boolean
  readonly #options: DriftPolicyOptions
  readonly #suspects: ReadonlyMap<string, Suspect>
  readonly #found = new Map<string, Drift>()

  constructor(options: DriftPolicyOptions) {
    this.#options = options
    this.early = options.early
    const { ownership, key } = options
    this.#suspects = new Map(ownership.suspects(key).map((suspect) => [idOf(suspect.object), suspect]))
  }

  /** The drifts that were found so far. */
  get found(): readonly Drift[] {
    return [...this.#found.values()]
  }

  /** Whether the object is left as it is. Fits `ApplyAllOptions.leave`. */
  readonly leave = (difference: Difference): boolean => {
    const { object, renderedHash, rendered, live } = difference
    const { ownership, key, sameStream, mode: general } = this.#options
    const applied = ownership.appliedHash(key, object)
    if (applied === undefined ? !sameStream : applied !== renderedHash) return false
    const suspect = this.#suspects.get(idOf(object))
    const mode = modeOf(rendered.metadata.annotations) ?? modeOf(live?.metadata.annotations) ?? general
    const isLost = suspect !== undefined && this.#isLost(suspect)
    const isOver = live === undefined && removesItself(rendered)
    const left = this.#leftBecause(mode, suspect, isLost || isOver)
    const { cause, manager, managers } = this.#attribute(difference, suspect)
    this.#found.set(idOf(object), {
      subject: formatRef(object),
      cause,
      manager,
      managers,
      repeated: suspect?.repeated ?? false,
      // an object that moves to another Kustomization is on its way there, mostly; nobody has changed one that the first apply found
      silent: mode === 'off' || isOver || (left === undefined ? isFoundByFirstApply(managers) : isLost),
      ...(left === undefined ? {} : { left }),
    })
    return left !== undefined
  }

  #leftBecause(mode: DriftMode, suspect: Suspect | undefined, canWait: boolean): LeftBecause | undefined {
    if (mode === 'warn') return 'warn'
    if (!this.early) return undefined
    if (mode === 'off') return 'off'
    if (canWait) return 'interval'
    return suspect !== undefined && (suspect.urgency === 'interval' || isHeldByHand(suspect)) ? 'interval' : undefined
  }

  /** An object that was labelled as that of another Kustomization is that one's, provided that it exists. */
  #isLost({ newOwner }: Suspect): boolean {
    const { key, exists } = this.#options
    return newOwner !== undefined && formatKey(newOwner) !== formatKey(key) && exists(newOwner)
  }

  #attribute({ live }: Difference, suspect: Suspect | undefined): Pick<Drift, 'cause' | 'manager' | 'managers'> {
    const seen = suspect === undefined || suspect.cause === 'unclear' ? undefined : suspect
    if (live === undefined) return { cause: 'deleted', ...(seen?.cause === 'deleted' ? whoOf(seen) : nobody) }
    const isKnown = seen !== undefined && seen.managers.length > 0
    const { manager, managers } = isKnown ? whoOf(seen) : newestOf(this.#options.ownership.managersOf(live))
    // without its label it leaves the watch like one that was deleted
    if (seen !== undefined) return { cause: seen.cause === 'deleted' ? 'owner-changed' : seen.cause, manager, managers }
    // nobody touched it: the server makes something else of it
    return { cause: managers.length === 0 ? 'unclear' : 'changed', manager, managers }
  }
}

type Who = Pick<Drift, 'manager' | 'managers'>

const nobody: Who = { manager: 'unknown', managers: [] }

function whoOf({ culprit, managers }: Suspect): Who {
  return { manager: culprit, managers }
}

function newestOf(managers: readonly string[]): Who {
  return { manager: managers[0] ?? nobody.manager, managers }
}

/** A Job that Kubernetes deletes some time after its end: made anew at once it would run on and on. As with Flux the interval brings it back. */
function removesItself({ apiVersion, kind, ...object }: KubeObject): boolean {
  if (kind !== 'Job' || parseApiVersion(apiVersion).group !== 'batch') return false
  const { spec } = object as { spec?: { ttlSecondsAfterFinished?: unknown } }
  return typeof spec?.ttlSecondsAfterFinished === 'number'
}

/** Whether the fields are of none but the entry that the server makes of an object without any at the first apply. */
function isFoundByFirstApply(managers: readonly string[]): boolean {
  return managers.length > 0 && managers.every((manager) => manager === 'before-first-apply')
}

/**
 * A hand edit of one of the toolkit's own objects, which is mostly `spec.suspend`: it holds until the next run, as with Flux, so that a
 * Kustomization which another one applied can be suspended with kubectl.
 */
function isHeldByHand({ object, cause }: Suspect): boolean {
  const { group } = parseApiVersion(object.apiVersion)
  return cause !== 'deleted' && group.endsWith('.toolkit.fluxcd.io')
}

/** The mode that an object asks for itself; undefined when it names none that there is. */
function modeOf(annotations: Readonly<Record<string, string>> | undefined): DriftMode | undefined {
  const word = annotations?.[driftAnnotation]?.toLowerCase()
  return isDriftMode(word) ? word : undefined
}

function idOf(ref: ObjectRef): string {
  return `${ref.apiVersion} ${formatRef(ref)}`
}
