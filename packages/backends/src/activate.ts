import * as tf from '@tensorflow/tfjs-core'
import type { KernelBackend } from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'
import type { Driver, LoadedBackend } from './driver.js'
import { markAsOurs } from './package-factory.js'
import { platform } from '#platform'

/** The instances made here, with what they were made from, so that asking twice gives the same one. */
const made = new WeakMap<
  KernelBackend,
  { readonly name: string; readonly options: string; readonly detail: string }
>()

/** The instance that tfjs holds under a name, without making one. */
export const liveBackend = (tfName: string): KernelBackend | undefined =>
  tf.engine().registry[tfName]

/**
 * Loads a backend and makes one instance, which is not registered yet.
 *
 * @throws RetableError 'unavailable' with the reason in a sentence
 */
export const instantiate = async <Options>(
  driver: Driver<Options>,
  options: Options,
): Promise<LoadedBackend & { readonly instance: KernelBackend }> => {
  if (!driver.runtimes.includes(platform.runtime)) {
    const here = platform.runtime === 'node' ? 'Node' : 'a browser'
    throw new RetableError(
      'unavailable',
      `the "${driver.name}" backend needs ${driver.needs}, and this is ${here}`,
    )
  }
  try {
    const loaded = await driver.load(options)
    return { ...loaded, instance: await loaded.create() }
  } catch (error) {
    if (error instanceof RetableError) throw error
    throw new RetableError(
      'unavailable',
      `the "${driver.name}" backend is installed and does not load: ${firstLine(error)}`,
      { cause: error },
    )
  }
}

/**
 * Makes a backend tfjs's current one, loading it if it is not there yet.
 *
 * @returns what was loaded, in a few words
 * @throws RetableError 'unavailable' if it does not load, 'invalid-argument' if it runs with other options and still holds
 *   tensors
 */
export const activate = async <Options>(
  driver: Driver<Options>,
  options: Options,
): Promise<string> => {
  const asked = JSON.stringify(options)
  const live = liveBackend(driver.tfName)
  const known = live && made.get(live)
  const sameDriver = known === undefined || known.name === driver.name
  if (live && sameDriver && (asked === '{}' || asked === known?.options)) {
    await tf.setBackend(driver.tfName)
    return known?.detail ?? 'registered before'
  }
  // node and node-gpu share a name: whether the other one is there at all comes first.
  if (live && !sameDriver) await driver.load(options)
  if (live && live.numDataIds() > 0) {
    throw new RetableError(
      'invalid-argument',
      `the "${driver.tfName}" backend runs already (${known?.detail ?? 'registered before'}) and holds ${live.numDataIds()} tensors; dispose of them before asking for it with ${asked}`,
    )
  }
  const { detail, create, instance } = await instantiate(driver, options)
  if (tf.findBackendFactory(driver.tfName)) tf.removeBackend(driver.tfName)
  tf.registerBackend(driver.tfName, handOver(instance, create))
  made.set(instance, { name: driver.name, options: asked, detail })
  await tf.setBackend(driver.tfName)
  await tf.ready()
  return detail
}

/** A factory that gives the instance that is there already, and makes new ones afterwards (tfjs's engine may be reset). */
const handOver = (
  first: KernelBackend,
  create: LoadedBackend['create'],
): LoadedBackend['create'] => {
  let unused: KernelBackend | undefined = first
  return markAsOurs(() => {
    const instance = unused ?? create()
    unused = undefined
    return instance
  })
}

const firstLine = (error: unknown): string => {
  const message =
    error instanceof Error
      ? error.message
      : String((error as { message?: unknown } | null)?.message ?? error)
  return message.trim().split('\n')[0] ?? ''
}
