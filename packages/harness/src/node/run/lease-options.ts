import { RetableError } from '@retable/core/host'
import type { LeaseOptions } from '@retable/core/node'

/**
 * How long leases last: RETABLE_LEASE_SECONDS of the environment (default 300), the same for all processes that share a
 * results folder.
 *
 * @throws RetableError `invalid-argument` if it is not a number of seconds of at least 1.
 */
export const leaseOptions = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): LeaseOptions => {
  const text = env['RETABLE_LEASE_SECONDS']
  if (text === undefined || text === '') return {}
  const seconds = Number(text)
  if (seconds >= 1 && Number.isFinite(seconds)) return { seconds }
  throw new RetableError(
    'invalid-argument',
    `RETABLE_LEASE_SECONDS: expected a number of seconds of at least 1, got "${text}"`,
  )
}
