import { isRetableError } from '@retable/core'
import { cifar10 } from '@retable/datasets/node'
import type { Finding } from '@retable/harness/node'

/** The data sets found in a folder, for `doctor`. Downloads nothing. */
export const listData = async (dir: string = 'data'): Promise<readonly Finding[]> => {
  try {
    const { length, fingerprint } = await cifar10({ dir, split: 'test' })
    const note = `${length} test images in ${dir}, fingerprint ${fingerprint.slice(0, 12)}`
    return [{ name: 'cifar10', found: true, note }]
  } catch (error) {
    if (!isRetableError(error)) throw error
    return [{ name: 'cifar10', found: false, note: error.message }]
  }
}
