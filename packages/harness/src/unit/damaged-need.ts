import { RetableError } from '@retable/core/host'

/** A needed result whose artifact is not what was kept: its unit must be run again. */
export class DamagedNeed extends RetableError {
  /** The key of the needed unit. */
  readonly key: string
  constructor(message: string, key: string) {
    super('corrupt-data', message)
    this.key = key
  }
}
