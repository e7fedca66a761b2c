import { RetableError } from '@retable/core'
import { isDrawn, parseCifar10 } from '@retable/datasets'
import type { DataSource } from '@retable/harness/page'
import { urlFiles } from '@retable/harness/page'
import type { JsonObject } from '@retable/harness'
import type { DataRequest } from '../../data/data-request.js'
import type { DatasetDescription } from '../../data/page/served-dataset.js'

const splits = {
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ['test_batch.bin'],
} as const

const folderOf = (split: string): string => `opfs:/retable/data/cifar10-${split}`

/** Whether a dropped file is CIFAR-10's official archive, by its name and first bytes. */
export const isCifarArchive = async (file: File): Promise<boolean> => {
  const [a, b] = new Uint8Array(await file.slice(0, 2).arrayBuffer())
  return a === 0x1f && b === 0x8b && /cifar/i.test(file.name)
}

const fileNames: readonly string[] = [...splits.train, ...splits.test]

/** Whether a dropped file is one of the six that CIFAR-10's archive unpacks to. */
export const isCifarFile = (file: File): boolean => fileNames.includes(file.name)

/** The files of a tar archive whose last name is asked for, by that name. */
const filesOf = (tar: Uint8Array, wanted: readonly string[]): ReadonlyMap<string, Uint8Array> => {
  const found = new Map<string, Uint8Array>()
  const text = (at: number, length: number): string =>
    new TextDecoder().decode(tar.subarray(at, at + length)).replace(/\0.*$/s, '')
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const name = text(at, 100).split('/').at(-1)!
    const size = Number.parseInt(text(at + 124, 12).trim(), 8)
    if (!Number.isSafeInteger(size)) {
      throw new RetableError('corrupt-data', `the archive has no sound header at byte ${at}`)
    }
    if (wanted.includes(name)) found.set(name, tar.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return found
}

/**
 * Unpacks CIFAR-10's official archive, parses it, and keeps both splits in the page's store.
 *
 * @throws RetableError `corrupt-data` if it is cut short, or a file is missing or not what it should be.
 */
export const keepCifarArchive = async (file: File): Promise<string> => {
  const unpacked = file.stream().pipeThrough(new DecompressionStream('gzip'))
  const tar = await new Response(unpacked).arrayBuffer().catch((cause: unknown) => {
    throw new RetableError('corrupt-data', `${file.name} is cut short or damaged`, { cause })
  })
  return keep(file.name, filesOf(new Uint8Array(tar), fileNames))
}

/**
 * Parses the six files that CIFAR-10's archive unpacks to, among others perhaps, and keeps both splits in the page's store.
 *
 * @throws RetableError `corrupt-data` if a file is missing or not what it should be.
 */
export const keepCifarFiles = async (files: readonly File[]): Promise<string> => {
  const read = files
    .filter(isCifarFile)
    .map(async (file) => [file.name, new Uint8Array(await file.arrayBuffer())] as const)
  return keep('the folder', new Map(await Promise.all(read)))
}

const keep = async (from: string, files: ReadonlyMap<string, Uint8Array>): Promise<string> => {
  let images = 0
  for (const [split, names] of Object.entries(splits)) {
    const parts = names.map((name) => {
      const bytes = files.get(name)
      if (bytes) return bytes
      throw new RetableError('corrupt-data', `${from} holds no ${name}`)
    })
    const { name, classes, length, fingerprint, store } = parseCifar10(parts, {
      name: `cifar10-${split}`,
      files: names,
    })
    const { height, width, channels, pixels, labels } = store!
    const description: DatasetDescription = {
      ...{ form: 'pixels', name, classes, length },
      shape: [height, width, channels],
    }
    const url = folderOf(split)
    const note = `CIFAR-10 as ${from}, opened in a page`
    const source: DataSource = { fingerprint, note, description, url }
    await urlFiles.write(`${url}/pixels`, pixels)
    await urlFiles.write(`${url}/labels`, new Uint8Array(labels.buffer))
    // Last: with it the set counts as there.
    await urlFiles.write(`${url}/about.json`, new TextEncoder().encode(JSON.stringify(source)))
    images += length
  }
  return `CIFAR-10 is here: ${images.toLocaleString('en')} images.`
}

/** Where this page has a data set. */
export const dataSource = async (request: JsonObject): Promise<DataSource> => {
  const { kind } = request as DataRequest
  if (isDrawn(request as DataRequest)) return {}
  if (kind === 'cifar10') {
    const about = await urlFiles.read(
      `${folderOf(request['split'] === 'test' ? 'test' : 'train')}/about.json`,
    )
    if (about) return JSON.parse(new TextDecoder().decode(about)) as DataSource
    throw new RetableError(
      'not-found',
      'this page has no CIFAR-10 yet: drop cifar-10-binary.tar.gz or its unpacked folder on it, or choose the file',
    )
  }
  throw new RetableError(
    'unavailable',
    `this page reads CIFAR-10 only, and the table needs ${kind}: use the retable command, with --browser open for this browser’s GPU`,
  )
}
