export { terminalProgress } from './terminal-progress.js'
export type { TerminalProgress, TerminalProgressOptions } from './terminal-progress.js'
