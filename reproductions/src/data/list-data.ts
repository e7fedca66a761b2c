import { isRetableError } from '@retable/core'
import { explainFileError } from '@retable/core/node'
import { cifar10, imagenet } from '@retable/datasets/node'
import type { Finding } from '@retable/harness/node'

/** What a set says of itself, or why it cannot be opened. */
const look = async (name: string, open: () => Promise<string>): Promise<Finding> => {
  try {
    return { name, found: true, note: await open() }
  } catch (error) {
    const { path = 'it' } = error as NodeJS.ErrnoException
    const told = explainFileError(error, 'read', path)
    if (!isRetableError(told)) throw error
    return { name, found: false, note: hint(told.message) }
  }
}

/** What a caller of the library may do about a missing set, as something to type. */
const hint = (message: string): string =>
  message.replace('open the set with download: true', 'run a cifar10 tier, which downloads it')

/** The data sets found in a folder, for `doctor`. Downloads nothing; decodes no image. */
export const listData = async (dir: string = 'data'): Promise<readonly Finding[]> => [
  await look('cifar10', async () => {
    const { length, fingerprint } = await cifar10({ dir, split: 'test' })
    return `${length} test images in ${dir}, fingerprint ${fingerprint.slice(0, 12)}`
  }),
  ...(await Promise.all(
    (['train', 'val'] as const).map((split) =>
      look(`imagenet ${split}`, async () => {
        const set = await imagenet({ dir, split })
        const classes = new Set(Array.from({ length: set.length }, (_, i) => set.labelAt!(i))).size
        return `${set.length} images of ${classes} classes, fingerprint ${set.fingerprint.slice(0, 12)}`
      }),
    ),
  )),
]
