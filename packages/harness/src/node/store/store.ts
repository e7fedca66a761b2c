import {
  chmodSync,
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { RetableError, isRetableError } from '@retable/core/host'
import type { StoredArtifact, StoredResult } from '../../unit/result.js'
import {
  explainFileError,
  fileDigest,
  makeFolder,
  systemCode,
  writeWholeFile,
} from '@retable/core/node'
import { openArchives } from './archives.js'
import { decodeResult, encodeResult, parseResultFileName } from '../../unit/result-file.js'

/** A result and the file that holds it. */
export interface ListedResult {
  readonly file: string
  readonly result: StoredResult
}

/**
 * A folder of results: `results/runs/*.json`, one immutable file per unit; `results/*.jsonl`, archives of such files;
 * `results/artifacts/`, their weights and posteriors, named by hash; `results/.work/`, checkpoints and locks of what is being made.
 */
export interface Store {
  readonly dir: string
  /**
   * The result kept under a key. Throws RetableError `corrupt-data` where its file was cut short or touched, or
   * where two files claim the key.
   */
  find(key: string): ListedResult | undefined
  /** `find` over the folder as it is now: many look-ups for one reading of the folder. */
  snapshot(): Pick<Store, 'find'>
  /** The folder as it is now: names of all results, and each by its name or key. `read` throws as `find` does. */
  look(): {
    readonly names: readonly string[]
    read(name: string): ListedResult
    find(key: string): ListedResult | undefined
  }
  /** Every result, by file name. Throws as `find` does at the first bad file. */
  list(): readonly ListedResult[]
  /** Those results that can be read, for hints, which one that cannot is not to stop; `verify` tells of it. */
  readable(): readonly ListedResult[]
  /** Names of all results, as files have them, unread. */
  fileNames(): readonly string[]
  /** Names of the JSON files beside them which are not named as results are; nothing reads these. */
  strayNames(): readonly string[]
  /** Writes a result, once: throws `mismatch` where its key has one already. Returns the file's path. */
  write(result: StoredResult): string
  /** Moves a file into the store under its hash. */
  keepArtifact(path: string): Promise<StoredArtifact>
  /** Where a kept artifact is. */
  artifactPath(artifact: StoredArtifact): string
  /** Whether the artifact is there, in its size. */
  hasArtifact(artifact: StoredArtifact): boolean
  /** Whether there is a file of the artifact's name, whatever its size. */
  artifactExists(artifact: StoredArtifact): boolean
  /** A unit's folder for checkpoints; not made. */
  workDir(key: string): string
  /** The file that locks a unit. */
  lockPath(key: string): string
  /** Makes the folders that writing needs; throws where they cannot be written. */
  prepare(): void
}

/** Whether an error is of a result file that was damaged, or that a later version wrote. */
export const isUnreadable = (error: unknown): boolean =>
  isRetableError(error) && (error.code === 'corrupt-data' || error.code === 'mismatch')

/** Opens a store; reads and makes nothing yet. */
export const openStore = (dir: string): Store => {
  const root = resolve(dir)
  const runs = join(root, 'runs')
  const artifacts = join(root, 'artifacts')
  const work = join(root, '.work')

  const jsonNames = (): readonly string[] => {
    try {
      return readdirSync(runs)
        .filter((name) => name.endsWith('.json'))
        .sort()
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return []
      throw explainFileError(error, 'read folder', runs)
    }
  }

  const isResult = (name: string): boolean => parseResultFileName(name) !== undefined

  const ownNames = (): readonly string[] => jsonNames().filter(isResult)

  /** What is there now: a result that is both a file and in an archive counts once. */
  const look = () => {
    const archives = openArchives(root)
    const own = new Set(ownNames())
    const names = [...new Set([...own, ...archives.names()])].sort()
    const readOne = (name: string): ListedResult =>
      own.has(name) ? read(name) : { file: archives.fileOf(name)!, result: archives.read(name) }
    return { names, read: readOne, find: finder(names, readOne) }
  }

  const read = (name: string): ListedResult => {
    const file = join(runs, name)
    let bytes: Buffer
    try {
      bytes = readFileSync(file)
    } catch (error) {
      throw explainFileError(error, 'read', file)
    }
    return { file, result: decodeResult(file, name, bytes) }
  }

  const finder = (names: readonly string[], readOne: (name: string) => ListedResult) => {
    const byKey = new Map<string, string[]>()
    for (const name of names) {
      const start = parseResultFileName(name)!.key
      byKey.set(start, [...(byKey.get(start) ?? []), name])
    }
    return (key: string): ListedResult | undefined => {
      const found = byKey.get(key.slice(0, 16)) ?? []
      if (found.length > 1) {
        throw new RetableError(
          'corrupt-data',
          `${root} holds ${found.length} results of one unit (${found.join(', ')}); keep one`,
        )
      }
      const listed = found[0] === undefined ? undefined : readOne(found[0])
      return listed?.result.key === key ? listed : undefined
    }
  }

  const find = (key: string): ListedResult | undefined => look().find(key)

  return {
    dir: root,
    find,
    snapshot: () => ({ find: look().find }),
    fileNames: () => look().names,
    look,
    strayNames: () => jsonNames().filter((name) => !isResult(name)),
    list: () => {
      const { names, read: readOne } = look()
      return names.map(readOne)
    },
    readable: () => {
      const { names, read: readOne } = look()
      return names.flatMap((name) => {
        try {
          return [readOne(name)]
        } catch (error) {
          if (isUnreadable(error)) return []
          throw error
        }
      })
    },
    write: (result) => {
      makeFolder(runs)
      const existing = find(result.key)
      const { name, text } = encodeResult(result)
      const file = join(runs, name)
      if (existing || !writeWholeFile(file, text, { exclusive: true, mode: 0o444 })) {
        throw new RetableError(
          'mismatch',
          `unit "${result.label}" has a result already (${existing?.file ?? file}); results are never replaced`,
        )
      }
      return file
    },
    keepArtifact: async (path) => {
      try {
        const { size } = statSync(path)
        const sha = await fileDigest(path)
        makeFolder(artifacts)
        ignoreInGit(artifacts)
        const file = `${sha}${extname(path)}`
        const kept = join(artifacts, file)
        if (existsSync(kept) && statSync(kept).size === size) rmSync(path)
        else moveFile(path, kept)
        chmodSync(kept, 0o444)
        return { file, sha256: sha, bytes: size }
      } catch (error) {
        throw explainFileError(error, 'keep artifact', path)
      }
    },
    artifactPath: (artifact) => join(artifacts, artifact.file),
    hasArtifact: (artifact) =>
      statSync(join(artifacts, artifact.file), { throwIfNoEntry: false })?.size === artifact.bytes,
    artifactExists: (artifact) => existsSync(join(artifacts, artifact.file)),
    workDir: (key) => join(work, 'units', key.slice(0, 16)),
    lockPath: (key) => join(work, 'locks', `${key.slice(0, 16)}.lock`),
    prepare: () => {
      makeFolder(runs)
      makeFolder(join(work, 'locks'))
      makeFolder(join(work, 'units'))
      // Written each time: a folder that has turned read-only is found out before the work and not after it.
      writeWholeFile(join(work, '.gitignore'), '*\n')
      writeWholeFile(join(runs, '.probe'), '')
      rmSync(join(runs, '.probe'), { force: true })
    },
  }
}

/** Weights and posteriors are large and can be made again: git leaves them alone unless somebody says otherwise. */
const ignoreInGit = (folder: string): void => {
  const file = join(folder, '.gitignore')
  if (!existsSync(file)) writeWholeFile(file, '*\n')
}

const moveFile = (from: string, to: string): void => {
  try {
    renameSync(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error
    copyFileSync(from, `${to}.tmp`)
    renameSync(`${to}.tmp`, to)
    rmSync(from)
  }
}
