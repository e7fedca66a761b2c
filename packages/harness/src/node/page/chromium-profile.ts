import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isDead, thisProcess, type ProcessIdentity } from '@retable/core/node'

const prefix = 'retable-chromium-'

/** The file in a profile that names the process that made it. */
const ownerFile = 'retable-owner.json'

/** Makes a profile folder for one Chromium, in the system's temporary folder; removes those whose owners died first. */
export const makeProfile = (): string => {
  removeAbandonedProfiles()
  const profile = mkdtempSync(join(tmpdir(), prefix))
  writeFileSync(join(profile, ownerFile), JSON.stringify(thisProcess()))
  return profile
}

/** The folder that a Chromium made beside its profile for its socket, which it leaves if it is killed; undefined if there is none. */
const socketFolder = (profile: string): string | undefined => {
  try {
    const folder = dirname(readlinkSync(join(profile, 'SingletonSocket')))
    return dirname(folder) === dirname(profile) ? folder : undefined
  } catch {
    return undefined
  }
}

/** Removes a profile folder. One that cannot be removed yet is left for {@link removeAbandonedProfiles}; never throws. */
export const removeProfile = (profile: string): void => {
  const socket = socketFolder(profile)
  try {
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
    if (socket !== undefined) rmSync(socket, { recursive: true, force: true })
  } catch {
    // Chromium's helpers may still be writing to it.
  }
}

/** Removes the profiles whose Chromium has ended and whose command is gone: those of commands that were killed. */
export const removeAbandonedProfiles = (): void => {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue
    const profile = join(tmpdir(), name)
    if (isAbandoned(profile)) removeProfile(profile)
  }
}

const isAbandoned = (profile: string): boolean => {
  let owner: ProcessIdentity
  try {
    owner = JSON.parse(readFileSync(join(profile, ownerFile), 'utf8')) as ProcessIdentity
  } catch {
    // Made a moment ago, or somebody else's.
    return false
  }
  if (!isDead(owner)) return false
  try {
    // Chromium's own lock: a link to <host>-<process>. It removes the lock when it ends by itself.
    const lock = readlinkSync(join(profile, 'SingletonLock'))
    return isDead({ ...owner, pid: Number(lock.slice(lock.lastIndexOf('-') + 1)), started: '' })
  } catch {
    return true
  }
}
