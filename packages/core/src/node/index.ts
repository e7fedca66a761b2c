export { fileDigest } from './file-digest.js'
export {
  checkParentFolder,
  explainFileError,
  linkNew,
  makeFolder,
  replaceFile,
  syncFolder,
  systemCode,
  writeBeside,
  writeWholeFile,
} from './files.js'
export { fileSystemNow, refreshFile, refreshFolder } from './file-system-clock.js'
export { readLease, takeLease } from './lease.js'
export type { Lease, LeaseAttempt, LeaseHolder, LeaseOptions } from './lease.js'
export { isDead, thisProcess } from './process-identity.js'
export type { ProcessIdentity } from './process-identity.js'
export { requireFrom } from './require-from.js'
export { fitLine, isInteractive, liveLines, progressBar } from './terminal.js'
export type { LiveLines, LiveLinesOptions, TextStream } from './terminal.js'
