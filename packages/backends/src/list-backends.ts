import { isRetableError } from '@retable/core'
import { instantiate, liveBackend } from './activate.js'
import type { Driver } from './driver.js'
import { backendNames, drivers } from './drivers/index.js'
import type { BackendName } from './drivers/index.js'
import type { Considered } from './first-that-loads.js'

/**
 * Says of every backend whether it loads here, and why not: what `retable doctor` prints.
 *
 * Each one that is not running is made and disposed of again; the current backend and its tensors stay as they are.
 *
 * @example
 * for (const { name, ok, reason } of await listBackends()) console.log(name, ok ? 'loads' : 'does not load', reason)
 */
export const listBackends = async (): Promise<readonly Considered[]> => {
  const all: Considered[] = []
  for (const name of backendNames) all.push(await tryOne(name, drivers[name]))
  return all
}

const tryOne = async (name: BackendName, driver: Driver): Promise<Considered> => {
  const { tfName } = driver
  if (liveBackend(tfName) && tfName === name) return { name, ok: true, reason: 'in use' }
  try {
    const { detail, instance } = await instantiate(driver, {})
    instance.dispose()
    return { name, ok: true, reason: detail }
  } catch (error) {
    if (!isRetableError(error)) throw error
    return { name, ok: false, reason: error.message }
  }
}
