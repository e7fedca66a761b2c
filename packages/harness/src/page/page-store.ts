import { isRetableError, RetableError, sha256Hex } from '@retable/core/host'
import type { ResultSource } from '../plan/collect.js'
import type { KeptResults } from '../plan/missing.js'
import { decodeResult, encodeResult } from '../unit/result-file.js'
import type { StoredArtifact, StoredResult } from '../unit/result.js'
import { unitKey } from '../unit/unit-key.js'
import type { Unit } from '../unit/unit.js'
import { urlFiles } from './url-files.js'

/**
 * Results in the page's own files: `runs/` and `artifacts/` as in a results folder, `work/<key>/` for what is under way. All
 * results are in memory too, as reports look them up without waiting.
 */
export interface PageStore extends ResultSource, KeptResults {
  /** URL of the store's folder. */
  readonly url: string
  /** Every result, from memory. */
  readonly results: () => readonly StoredResult[]
  /** Reads again what is there: another tab may have written. */
  readonly reload: () => Promise<void>
  /** Adds a result; does nothing if it is there. Throws RetableError `mismatch` if its unit has another. */
  readonly add: (result: StoredResult) => Promise<boolean>
  /** Keeps bytes under their hash. */
  readonly keepArtifact: (bytes: Uint8Array, extension: string) => Promise<StoredArtifact>
  /** An artifact's bytes; undefined if it is not kept. Throws RetableError `corrupt-data` if it was changed. */
  readonly readArtifact: (artifact: StoredArtifact) => Promise<Uint8Array | undefined>
  /** URL to read an artifact from. */
  readonly artifactUrl: (artifact: StoredArtifact) => string
  /** The folder of a unit that is under way. */
  readonly workUrl: (key: string) => string
  /** Whether one of these units has a checkpoint here. */
  readonly isBegun: (units: readonly Unit[]) => Promise<boolean>
  /** Removes what is under way of a unit. */
  readonly forget: (key: string) => Promise<void>
  /** Removes results, artifacts and what is under way. */
  readonly clear: () => Promise<void>
  /** What was found damaged and left out, in sentences. */
  readonly damaged: () => readonly string[]
}

/** SHA-256 by the browser's own code, which is quick, and in plain JavaScript in pages that do not have it. */
export const digest = async (bytes: Uint8Array): Promise<string> => {
  const { subtle } = globalThis.crypto
  if (!subtle) return sha256Hex(bytes)
  const hash = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Opens the store at a URL of `urlFiles`.
 *
 * @example
 * const store = await openPageStore('opfs:/retable')
 */
export const openPageStore = async (url: string): Promise<PageStore> => {
  const runs = `${url}/runs`
  const work = `${url}/work`
  const workUrl = (key: string): string => `${work}/${key.slice(0, 16)}`
  const artifacts = `${url}/artifacts`
  let byKey = new Map<string, { readonly name: string; readonly result: StoredResult }>()
  let kept = new Set<string>()
  let damaged: string[] = []

  const reload = async (): Promise<void> => {
    const found = new Map<string, { readonly name: string; readonly result: StoredResult }>()
    const bad: string[] = []
    for (const name of await urlFiles.list(runs)) {
      const known = [...byKey.values()].find((one) => one.name === name)
      const bytes = known ? undefined : await urlFiles.read(`${runs}/${name}`)
      try {
        const result = known?.result ?? (bytes && decodeResult(name, name, bytes))
        if (result) found.set(result.key, { name, result })
      } catch (error) {
        if (!isRetableError(error)) throw error
        bad.push(error.message)
      }
    }
    byKey = found
    damaged = bad
    kept = new Set(await urlFiles.list(artifacts))
  }
  await reload()
  // A page that was killed after it wrote a result left the unit's work.
  for (const name of await urlFiles.list(work)) {
    const done = [...byKey.keys()].some((key) => key.startsWith(name))
    if (done) await urlFiles.remove(`${work}/${name}`)
  }

  return {
    url,
    results: () => [...byKey.values()].map(({ result }) => result),
    snapshot: () => ({ find: (key) => byKey.get(key) }),
    fileNames: () => [...byKey.values()].map(({ name }) => name),
    hasArtifact: ({ file }) => kept.has(file),
    reload,
    add: async (result) => {
      const { name, text } = encodeResult(result)
      const there = byKey.get(result.key)
      if (there?.name === name) return false
      if (there) {
        throw new RetableError(
          'mismatch',
          `unit "${result.label}" has another result in this browser; remove the results here first, or open the file in another browser`,
        )
      }
      await urlFiles.write(`${runs}/${name}`, new TextEncoder().encode(text))
      byKey.set(result.key, { name, result })
      return true
    },
    keepArtifact: async (bytes, extension) => {
      const sha256 = await digest(bytes)
      const file = `${sha256}${extension}`
      if (!kept.has(file)) await urlFiles.write(`${artifacts}/${file}`, bytes)
      kept.add(file)
      return { file, sha256, bytes: bytes.length }
    },
    readArtifact: async ({ file, sha256 }) => {
      const bytes = await urlFiles.read(`${artifacts}/${file}`)
      if (bytes && (await digest(bytes)) !== sha256) {
        throw new RetableError('corrupt-data', `the artifact ${file} in this browser was changed`)
      }
      return bytes
    },
    artifactUrl: ({ file }) => `${artifacts}/${file}`,
    workUrl,
    isBegun: async (units) => {
      const begun = new Set(await urlFiles.list(work))
      return units.some((unit) => begun.has(unitKey(unit).slice(0, 16)))
    },
    forget: (key) => urlFiles.remove(workUrl(key)),
    clear: async () => {
      for (const folder of [runs, artifacts, work]) await urlFiles.remove(folder)
      byKey = new Map()
      kept = new Set()
      damaged = []
    },
    damaged: () => damaged,
  }
}
