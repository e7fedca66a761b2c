import type { LeaseHolder } from '@retable/core/node'
import type { UnitContext, UnitOutput } from '../../unit/context.js'
import type { UnitListener } from '../../unit/listener.js'
import type { StoredResult } from '../../unit/result.js'
import type { RunSettings } from '../../unit/settings.js'
import type { Unit } from '../../unit/unit.js'

/** One unit to run, with all that it takes besides the services of a process. */
export interface UnitTask {
  /** Every unit that it needs has a result in the store. */
  readonly unit: Unit
  /** How the units of a run are run. */
  readonly settings: RunSettings
  /** Hears how it goes. */
  readonly listener: UnitListener
  /** Asks the unit to write a checkpoint and end. */
  readonly signal: AbortSignal
}

/** How the run of a unit ended: `made` is the work of this call, `found` that of another; a `busy` one is run elsewhere. */
export type UnitOutcome =
  | { readonly type: 'made'; readonly result: StoredResult; readonly file: string }
  | { readonly type: 'found'; readonly result: StoredResult; readonly file: string }
  | { readonly type: 'busy'; readonly holder: LeaseHolder | undefined }

/** Computes a unit: its definition's own `run`, or what passes it on to a browser page. */
export type Perform = (unit: Unit, context: UnitContext) => UnitOutput | Promise<UnitOutput>
