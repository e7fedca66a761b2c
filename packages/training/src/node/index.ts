export { checkpointFolder } from './checkpoint/checkpoint-folder.js'
export type { CheckpointFolderOptions } from './checkpoint/checkpoint-folder.js'
export { terminalProgress } from './terminal-progress.js'
export type { TerminalProgress, TerminalProgressOptions } from './terminal-progress.js'
