import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pack } from 'tar-stream'
import drawn from '../../../fixtures/imagenet.json' with { type: 'json' }

type FileName = keyof typeof drawn.files

/** A picture of the fixture, as a file's bytes. */
export const fileBytes = (name: FileName): Buffer => Buffer.from(drawn.files[name].file, 'base64')

/** The five pictures of the fixture's statistics. */
export const manyBytes: readonly Buffer[] = drawn.many.map((text) => Buffer.from(text, 'base64'))

export const metaMat = (which: 'plain' | 'compressed'): Buffer =>
  Buffer.from(drawn.meta[which], 'base64')

/** Files by path. */
export type Files = Readonly<Record<string, Buffer | string>>

/** A training set of five pictures in three classes; their order as examples is that of the lines. */
export const trainFiles: Files = {
  'n01440764/n01440764_18.JPEG': manyBytes[0]!,
  'n01440764/n01440764_9.JPEG': manyBytes[1]!,
  'n02119789/n02119789_1.JPEG': manyBytes[2]!,
  'n15075141/n15075141_2.JPEG': manyBytes[3]!,
  'n15075141/n15075141_7.JPEG': manyBytes[4]!,
}

/** Validation pictures by name; the devkit's numbers 4, 1, 5, 2 say their classes. */
export const valFiles: Files = {
  'ILSVRC2012_val_00000001.JPEG': manyBytes[0]!,
  'ILSVRC2012_val_00000002.JPEG': manyBytes[2]!,
  'ILSVRC2012_val_00000003.JPEG': fileBytes('gray'),
  'ILSVRC2012_val_00000004.JPEG': fileBytes('cmyk'),
}

export const devkitFiles: Files = {
  'ILSVRC2012_devkit_t12/data/meta.mat': metaMat('compressed'),
  'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt': '4\n1\n5\n2\n',
}

/** The same files below a folder. */
export const below = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`${folder}/${path}`, bytes]))

export const writeFiles = async (dir: string, files: Files): Promise<string> => {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), bytes)
  }
  return dir
}

/** A tar file of these files. */
export const tarOf = async (files: Files): Promise<Buffer> => {
  const tar = pack()
  for (const [name, bytes] of Object.entries(files)) tar.entry({ name }, bytes as Buffer)
  tar.finalize()
  const parts: Buffer[] = []
  for await (const part of tar) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** A training set as the official tar has it: one tar per synset. */
export const tarOfTars = async (files: Files): Promise<Buffer> => {
  const synsets = [...new Set(Object.keys(files).map((path) => path.split('/')[0]!))]
  const inner: Record<string, Buffer> = {}
  for (const synset of synsets.reverse()) {
    const own = Object.entries(files).filter(([path]) => path.startsWith(synset))
    inner[`${synset}.tar`] = await tarOf(
      Object.fromEntries(
        own.reverse().map(([path, bytes]) => [path.slice(path.indexOf('/') + 1), bytes]),
      ),
    )
  }
  return tarOf(inner)
}
