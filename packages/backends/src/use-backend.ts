import { unknownName } from '@retable/core'
import { platform } from '#platform'
import { activate, liveBackend } from './activate.js'
import { nothingMore } from './details.js'
import type { Inspection } from './details.js'
import type { Driver } from './driver.js'
import { autoOrder, backendNames, drivers } from './drivers/index.js'
import type { BackendName, BackendOptions } from './drivers/index.js'
import { firstThatLoads } from './first-that-loads.js'
import type { BackendChoice } from './first-that-loads.js'
import { givenOptions, optionsFor } from './options.js'

/** For `auto`: options of the backends that it may come to. */
export type AutoOptions = { readonly [Name in BackendName]?: BackendOptions[Name] }

/** The backend that tfjs now uses, what is known of it (the GPU's name, float32), and when it is lost. */
export interface BackendInUse extends BackendChoice, Inspection {}

/**
 * Loads a tfjs backend, registers it, makes it the current one and waits until it is ready.
 *
 * A backend's code is imported when it is asked for and not before. `auto` takes the fastest that loads
 * ({@link autoOrder}), takes the next if one fails, and
 * says in `why` which and for what reason. Asking again for a backend that runs costs nothing.
 *
 * @param options the backend's own: `{ provider, threads }` for onnx, `{ threads, paths }` for wasm; for `auto`
 *   `{ onnx: …, wasm: … }`, one entry for each backend that has some
 * @throws RetableError 'unknown-name' for a backend that does not exist, 'invalid-argument' for an option that it does not
 *   take, a number of threads out of range, or other options while the backend holds tensors, 'unavailable' if it does
 *   not load here, saying what to install; the backend used before then stays
 *
 * @example
 * const { name, why } = await useBackend('auto')
 * console.log(`${name}: ${why}`) // wasm: the fastest that loads here (SIMD, 2 threads); not onnx: …
 */
export function useBackend(name: 'auto', options?: AutoOptions): Promise<BackendInUse>
export function useBackend<Name extends BackendName>(
  name: Name,
  options?: BackendOptions[Name],
): Promise<BackendInUse>
export function useBackend(
  name: BackendName | 'auto',
  options?: AutoOptions | BackendOptions[BackendName],
): Promise<BackendInUse>
export async function useBackend(
  name: BackendName | 'auto',
  options: AutoOptions | BackendOptions[BackendName] = {},
): Promise<BackendInUse> {
  if (name === 'auto') return inspected(await useFastest(options as AutoOptions))
  if (!isBackendName(name)) throw unknownName('backend', String(name), ['auto', ...backendNames])
  const driver = drivers[name] as Driver
  const detail = await activate(driver, givenOptions(driver, { ...options }))
  return inspected({
    name,
    why: `asked for (${detail})`,
    considered: [{ name, ok: true, reason: detail }],
  })
}

const inspected = (choice: BackendChoice): BackendInUse => {
  const driver: Driver = drivers[choice.name]
  return { ...choice, ...(driver.inspect?.(liveBackend(driver.tfName)!) ?? nothingMore) }
}

const useFastest = async (options: AutoOptions): Promise<BackendChoice> => {
  for (const name of Object.keys(options)) {
    if (!isBackendName(name)) throw unknownName('backend', name, backendNames)
    givenOptions(drivers[name], optionsFor(name, options))
  }
  const chosen = await firstThatLoads(autoOrder[platform.runtime], (name) => {
    const driver = drivers[name] as Driver
    return activate(driver, givenOptions(driver, optionsFor(name, options)))
  })
  // Training in plain JavaScript is a hundred times slower: that should not have to be found out from a clock.
  if (chosen.name === 'cpu') console.warn(`@retable/backends: cpu is ${chosen.why}`)
  return chosen
}

const isBackendName = (name: string): name is BackendName =>
  (backendNames as readonly string[]).includes(name)
