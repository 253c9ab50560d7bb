// SPDX-License-Identifier: Apache-2.0
// The worker thread: one instance of the engine, one task at a time. It imports nothing but its neighbours, so that it
// starts the same from source, under a test runner and from built files.
import { createHash } from 'node:crypto'
import { getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Task, TaskReply, WorkerMessage, WorkerSetup } from './protocol.ts'
import { classifyCrash } from './crash.ts'
import { RemoteTrees } from './remote-trees.ts'
import { Tree } from './tree.ts'
import { EngineInstance } from './wasm/instance.ts'
import type { EngineOutcome } from './wasm/instance.ts'
import { loadModule } from './wasm/load-module.ts'
import type { LoadedModule } from './wasm/load-module.ts'

const setup = workerData as WorkerSetup
const port = parentPort
if (port === null) throw new Error('worker.ts runs in a worker thread only')

function send(message: WorkerMessage): void {
  port?.postMessage(message)
}

function openModule(): LoadedModule {
  const { wasmPath, limits } = setup
  try {
    return loadModule(wasmPath, limits.memoryMaxBytes)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`the engine cannot be loaded from ${wasmPath}: ${why}`, { cause: error })
  }
}

type TreeTask = Extract<Task, { kind: 'build' | 'references' }>

function runOnTree(instance: EngineInstance, task: TreeTask): Omit<TaskReply, 'elapsedMs'> {
  const tree = openTree(task)
  if (tree === undefined) {
    const failure = { code: 'PathNotFound', message: `the artifact's directory ${task.root} does not exist` }
    return { outcomes: [{ ok: false, failure }], readSet: undefined, digest: '', broken: false, ...usage(instance) }
  }
  const outcome = task.kind === 'build' ? instance.build(tree, task.request) : instance.references(tree, task.request)
  const stream = createHash('sha256')
  if (outcome.ok) stream.update(outcome.objects.map(({ yaml }) => yaml).join('---\n'))
  const broken = instance.isTainted() || (!outcome.ok && outcome.failure.broken === true)
  return {
    outcomes: [outcome],
    readSet: tree.readSet(),
    digest: `sha256:${stream.digest('hex')}`,
    broken,
    ...usage(instance),
  }
}

function openTree(task: TreeTask): Tree | undefined {
  try {
    if (task.kind === 'references') return new Tree(task.root, setup.maxFileBytes)
    const { contents, directories } = task.remote
    return new Tree(
      task.root,
      setup.maxFileBytes,
      task.replaced,
      new RemoteTrees(contents, directories, setup.maxFileBytes),
    )
  } catch {
    return undefined
  }
}

function runTexts(instance: EngineInstance, task: Exclude<Task, TreeTask>): Omit<TaskReply, 'elapsedMs'> {
  const outcomes: EngineOutcome[] = []
  for (const text of task.texts) {
    const outcome = instance[task.kind](text)
    outcomes.push(outcome)
    if (!outcome.ok) break
  }
  const broken = outcomes.some((outcome) => !outcome.ok && outcome.failure.broken === true)
  return { outcomes, readSet: undefined, digest: '', broken, ...usage(instance) }
}

function usage(instance: EngineInstance): { output: string; memoryBytes: number } {
  return { output: instance.takeOutput(), memoryBytes: instance.memoryBytes }
}

/** As `nice` takes it: where both want the same core, a build gets a tenth of the time that another thread gets. */
const nicer = 10
const nicest = 19

/** The main thread answers watches and corrects drift: where the cores are busy it goes before a build. */
function yieldToOtherThreads(): void {
  // the kernel takes the priority for the calling thread on Linux alone, elsewhere it would be the whole process's
  if (process.platform !== 'linux') return
  try {
    setPriority(Math.min(nicest, getPriority() + nicer))
  } catch {
    // a sandbox may refuse it: builds work all the same
  }
}

function guard(instance: EngineInstance | undefined, action: () => void): void {
  try {
    action()
  } catch (error) {
    const output = instance?.takeOutput() ?? ''
    const firstLine = output.split('\n', 1)[0] ?? ''
    const message = [error instanceof Error ? error.message : String(error), firstLine].filter(Boolean).join(': ')
    send({ kind: 'crashed', crash: classifyCrash(error, output), message })
    port?.close()
  }
}

/** An instance that is like the one of the image, and works; undefined where that cannot be had: then it is made anew. */
function restoreInstance(): EngineInstance | undefined {
  if (setup.image === undefined) return undefined
  try {
    const instance = new EngineInstance(openModule(), setup.limits, setup.image)
    instance.warm()
    return instance
  } catch {
    return undefined
  }
}

yieldToOtherThreads()
guard(undefined, () => {
  const restored = restoreInstance()
  const instance = restored ?? new EngineInstance(openModule(), setup.limits)
  guard(instance, () => {
    if (setup.warm && restored === undefined) instance.warm()
    instance.takeOutput()
    port.on('message', (task: Task) => {
      guard(instance, () => {
        const start = performance.now()
        const reply = 'root' in task ? runOnTree(instance, task) : runTexts(instance, task)
        send({ kind: 'done', reply: { ...reply, elapsedMs: performance.now() - start } })
      })
    })
    send({ kind: 'ready', image: setup.warm && restored === undefined ? instance.takeImage() : undefined })
  })
})
