export { checkpointFolder } from './checkpoint/checkpoint-folder.js'
export type {
  CheckpointFolder,
  CheckpointFolderOptions,
  FoundCheckpoint,
} from './checkpoint/checkpoint-folder.js'
export type { CheckpointIdentity, PlainJson } from './checkpoint/checkpoint-file.js'
export { terminalProgress } from './terminal-progress.js'
export type { TerminalProgress, TerminalProgressOptions } from './terminal-progress.js'
