import { randomUUID } from 'node:crypto'
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
  refreshFolder,
  systemCode,
  writeWholeFile,
} from '@retable/core/node'
import type { ReferenceResults } from '../../unit/reference.js'
import { readReferences } from './references.js'
import { openArchives, type OnBadArchive } from './archives.js'
import { parseResultFileName } from '../../unit/result-file.js'
import { publish } from './publish.js'
import { readResult } from './read-result.js'
import { findWorkFolder, takeWorkFolder } from './work-folder.js'

/** A result and the file that holds it. */
export interface ListedResult {
  /** Path of the file. */
  readonly file: string
  /** What it holds. */
  readonly result: StoredResult
}

/**
 * A folder of results: `results/runs/*.json`, one immutable file per unit; `results/*.jsonl`, archives of such files;
 * `results/artifacts/`, their weights and posteriors, named by hash; `results/.work/`, checkpoints and leases of what is being made.
 */
export interface Store {
  /** The folder of results. */
  readonly dir: string
  /**
   * The result kept under a key. Throws RetableError `corrupt-data` if its file was cut short or touched, or
   * if two files claim the key.
   */
  find(key: string): ListedResult | undefined
  /** `find` over the folder as it is now: many look-ups for one reading of the folder. */
  snapshot(): Pick<Store, 'find'>
  /**
   * The folder as it is now: names of all results, and each by its name or key. `read` throws as `find` does. An archive
   * that cannot be read is an error; with `onBad` it is left out, and `onBad` is told of it.
   */
  look(onBad?: (error: unknown) => void): {
    readonly names: readonly string[]
    read(name: string): ListedResult
    find(key: string): ListedResult | undefined
  }
  /** Has the next look at the results see what other machines have published: their listings may be seconds old. */
  refresh(): void
  /** Every result, by file name. Throws as `find` does at the first bad file. */
  list(): readonly ListedResult[]
  /** The results that can be read: a bad file stops nothing, and `onBad` is told of each. */
  readable(onBad?: (error: RetableError) => void): readonly ListedResult[]
  /** Names of all results, as files have them, unread. */
  fileNames(): readonly string[]
  /** Other implementations' results that were imported. Throws RetableError `corrupt-data` naming a bad file. */
  references(): readonly ReferenceResults[]
  /** Names of the JSON files beside them which are not named as results are; nothing reads these. */
  strayNames(): readonly string[]
  /** Writes a result, once: throws `mismatch` if its key has one already. Returns the file's path. */
  write(result: StoredResult): string
  /** Moves a file into the store under its hash; a damaged one of that name is replaced. */
  keepArtifact(path: string): Promise<StoredArtifact>
  /** Where a kept artifact is. */
  artifactPath(artifact: StoredArtifact): string
  /** Whether the artifact is there, in its size. */
  hasArtifact(artifact: StoredArtifact): boolean
  /** Whether there is a file of the artifact's name, whatever its size. */
  artifactExists(artifact: StoredArtifact): boolean
  /** Whether the artifact is there and has its hash. */
  isSound(artifact: StoredArtifact): Promise<boolean>
  /** The folder with a unit's checkpoints; undefined if it was not begun. */
  workDir(key: string): string | undefined
  /** That folder for the holder of a lease (see `takeWorkFolder`). */
  takeWorkDir(key: string, nonce: string): string
  /** The file of a unit's lease. */
  leasePath(key: string): string
  /** Makes the folders that writing needs; throws if they cannot be written. */
  prepare(): void
}

/** Whether an error is of a result file that cannot be read, was damaged, or that a later version wrote. */
export const isUnreadable = (error: unknown): error is RetableError =>
  isRetableError(error) && ['corrupt-data', 'mismatch', 'unavailable'].includes(error.code)

/**
 * Opens a store; reads no result and makes nothing yet.
 *
 * @throws RetableError `invalid-argument` if `dir` is a file.
 */
export const openStore = (dir: string): Store => {
  const root = resolve(dir)
  if (isFile(root)) {
    throw new RetableError('invalid-argument', `${dir} is a file; expected a folder of results`)
  }
  const runs = join(root, 'runs')
  const artifacts = join(root, 'artifacts')
  const work = join(root, '.work')
  const units = join(work, 'units')

  /** Names in order; only those that hold `part`, since to look at every name of ten thousand takes 20 ms. */
  const jsonNames = (part = ''): readonly string[] => {
    try {
      return readdirSync(runs)
        .filter((name) => name.endsWith('.json') && name.includes(part))
        .sort()
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return []
      throw explainFileError(error, 'read folder', runs)
    }
  }

  const isResult = (name: string): boolean => parseResultFileName(name) !== undefined

  /** What is there now, or of it only names that hold `part`: a result that is both a file and in an archive counts once. */
  const lookFor = (part = '', onBad?: OnBadArchive) => {
    const archives = openArchives(root, onBad)
    const own = new Set(jsonNames(part).filter(isResult))
    const archived = archives.names().filter((name) => name.includes(part))
    const names = [...new Set([...own, ...archived])].sort()
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
    return { file, result: readResult(file, name, bytes) }
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

  const hasArtifact = (artifact: StoredArtifact): boolean => {
    const stat = statSync(join(artifacts, artifact.file), { throwIfNoEntry: false })
    return stat?.isFile() === true && stat.size === artifact.bytes
  }

  const isSound = async (artifact: StoredArtifact): Promise<boolean> =>
    hasArtifact(artifact) && (await fileDigest(join(artifacts, artifact.file))) === artifact.sha256

  const look = (onBad?: OnBadArchive) => lookFor('', onBad)

  const find = (key: string): ListedResult | undefined => lookFor(key.slice(0, 16)).find(key)

  const refresh = (): void => refreshFolder(makeFolder(runs))

  return {
    dir: root,
    find,
    snapshot: () => ({ find: look().find }),
    fileNames: () => look().names,
    references: () => readReferences(root),
    look,
    refresh,
    strayNames: () => jsonNames().filter((name) => !isResult(name)),
    list: () => {
      const { names, read: readOne } = look()
      return names.map(readOne)
    },
    readable: (onBad = () => undefined) => {
      const skip = (error: unknown): void => {
        if (!isUnreadable(error)) throw error
        onBad(error)
      }
      const { names, read: readOne } = look(skip)
      return names.flatMap((name) => {
        try {
          return [readOne(name)]
        } catch (error) {
          skip(error)
          return []
        }
      })
    },
    write: (result) => {
      makeFolder(runs)
      const file = publish(runs, result, () => {
        refresh()
        return find(result.key) !== undefined
      })
      if (file !== undefined) return file
      throw new RetableError(
        'mismatch',
        `unit "${result.label}" has a result already (${find(result.key)?.file}); results are never replaced`,
      )
    },
    keepArtifact: async (path) => {
      let kept = path
      try {
        const { size } = statSync(path)
        const sha = await fileDigest(path)
        const file = `${sha}${extname(path)}`
        const artifact = { file, sha256: sha, bytes: size }
        makeFolder(artifacts)
        ignoreInGit(artifacts)
        if (await isSound(artifact)) rmSync(path)
        else {
          kept = join(artifacts, file)
          moveFile(path, kept)
        }
        chmodSync(join(artifacts, file), 0o444)
        return artifact
      } catch (error) {
        throw explainFileError(error, 'keep artifact', kept)
      }
    },
    isSound,
    artifactPath: (artifact) => join(artifacts, artifact.file),
    hasArtifact,
    artifactExists: (artifact) => existsSync(join(artifacts, artifact.file)),
    workDir: (key) => findWorkFolder(units, key),
    takeWorkDir: (key, nonce) => takeWorkFolder(units, key, nonce),
    leasePath: (key) => join(work, 'leases', `${key.slice(0, 16)}.lease`),
    prepare: () => {
      makeFolder(runs)
      makeFolder(join(work, 'leases'))
      makeFolder(units)
      // Written each time: a folder that has turned read-only is found out before the work and not after it.
      writeWholeFile(join(work, '.gitignore'), '*\n')
      writeWholeFile(join(runs, '.probe'), '')
      rmSync(join(runs, '.probe'), { force: true })
    },
  }
}

/** Whether something that is no folder is there; what cannot be looked at is found out by reading it. */
const isFile = (path: string): boolean => {
  try {
    return !(statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true)
  } catch {
    return false
  }
}

/** Weights and posteriors are large and can be computed again, so git ignores them by default. */
const ignoreInGit = (folder: string): void => {
  const file = join(folder, '.gitignore')
  if (!existsSync(file)) writeWholeFile(file, '*\n')
}

const moveFile = (from: string, to: string): void => {
  try {
    renameSync(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error
    const temporary = `${to}.${randomUUID()}.tmp`
    copyFileSync(from, temporary)
    renameSync(temporary, to)
    rmSync(from)
  }
}
