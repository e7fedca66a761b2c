import type { LeaseHolder } from '@retable/core/node'
import type { Progress } from '../../../unit/context.js'
import { packedUnitShape, type PackedUnit } from '../../../unit/pack.js'
import type { PlainError } from '../../../unit/plain-error.js'
import type { RunSettings } from '../../../unit/settings.js'
import {
  messageOf,
  objectOf,
  optional,
  text,
  whole,
  wordOf,
  type Shape,
} from '../../../unit/shape.js'
import { errorShape, progressShape, runSettingsShape } from '../../../unit/unit-shapes.js'

/** The word after the command's name that starts a child process. */
export const childWord = 'run-unit'

/** What a child process that runs one unit tells its parent. */
export type ChildMessage =
  /** It listens: send it the unit. */
  | { readonly type: 'ready' }
  | { readonly type: 'started' }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'outcome'; readonly outcome: 'made' | 'found' }
  | { readonly type: 'busy'; readonly holder?: LeaseHolder }
  | { readonly type: 'error'; readonly error: PlainError }

/** What a parent tells its child. */
export type ParentMessage =
  | { readonly type: 'run'; readonly unit: PackedUnit; readonly settings: RunSettings }
  /** Finish the step, write a checkpoint, and say that the unit was interrupted. */
  | { readonly type: 'stop' }
  /** There are no more units: end. (A parent that disconnects would never hear that the child closed.) */
  | { readonly type: 'end' }

const holder = objectOf<LeaseHolder>({
  host: text,
  boot: text,
  pidNamespace: text,
  pid: whole,
  started: text,
  since: text,
  nonce: text,
})

export const childMessage: Shape<ChildMessage> = messageOf<ChildMessage>({
  ready: {},
  started: {},
  progress: { progress: progressShape },
  log: { line: text },
  outcome: { outcome: wordOf('made', 'found') },
  busy: { holder: optional(holder) },
  error: { error: errorShape },
})

export const parentMessage: Shape<ParentMessage> = messageOf<ParentMessage>({
  run: { unit: packedUnitShape, settings: runSettingsShape },
  stop: {},
  end: {},
})
