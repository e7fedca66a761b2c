import * as tf from '@tensorflow/tfjs-core'
import type { KernelBackend } from '@tensorflow/tfjs-core'
import { RetableError } from '@retable/core'

type Factory = () => KernelBackend | Promise<KernelBackend>

/** The factories that packages registered: they do so at their first import only, and it may be taken away again. */
const seen = new Map<string, Factory>()
const ours = new WeakSet<Factory>()

/** Marks a factory as made by this package, so that it is not taken for the imported package's own. */
export const markAsOurs = (factory: Factory): Factory => {
  ours.add(factory)
  return factory
}

/**
 * Imports a package that registers a backend, and hands over its factory with nothing left behind: neither a
 * registration that was not there before nor another global backend.
 *
 * @throws RetableError 'unavailable' if the package registered with another copy of tfjs-core
 */
export const packageFactory = async (
  tfName: string,
  load: () => Promise<unknown>,
): Promise<Factory> => {
  const before = tf.findBackendFactory(tfName) as Factory | null
  const active = tf.getBackend() as string | null
  await load()
  const after = tf.findBackendFactory(tfName) as Factory | null
  if (after && !ours.has(after)) seen.set(tfName, after)
  if (!before && after) tf.removeBackend(tfName)
  if (active && tf.getBackend() !== active) await tf.setBackend(active)
  const factory = seen.get(tfName)
  if (factory) return factory
  throw new RetableError(
    'unavailable',
    `the package of the "${tfName}" backend did not register it with this copy of @tensorflow/tfjs-core ${tf.version_core}: see \`npm ls @tensorflow/tfjs-core\` and keep a single version`,
  )
}
