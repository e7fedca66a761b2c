export { fileDigest } from './file-digest.js'
export {
  explainFileError,
  makeFolder,
  replaceFile,
  syncFolder,
  systemCode,
  writeWholeFile,
} from './files.js'
export { tryLock } from './lock.js'
export type { LockAttempt, LockHolder } from './lock.js'
export { requireFrom } from './require-from.js'
export { fitLine, isInteractive, liveLines, progressBar } from './terminal.js'
export type { LiveLines, LiveLinesOptions, TextStream } from './terminal.js'
