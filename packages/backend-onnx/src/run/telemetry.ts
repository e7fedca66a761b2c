import { isMainThread } from 'node:worker_threads'
import { RetableError } from '@retable/core'

const variable = 'ORT_DISABLE_TELEMETRY'

/**
 * Turns ONNX Runtime's telemetry off, unless the user has set `ORT_DISABLE_TELEMETRY` to a value of their own (`0` allows
 * it). Must run before the native library is loaded: the library reads the environment once.
 *
 * Left on, the library writes a device id and a database below the user's cache folder and contacts its maker's event
 * host a few seconds later.
 *
 * A worker thread has only a copy of the environment, which native code does not see. There this sets nothing, and checks
 * that the main thread has set the variable.
 *
 * @throws RetableError 'unavailable' in a worker thread if the process does not have the variable
 */
export const disableTelemetry = (): void => {
  process.env[variable] ||= '1'
  if (isMainThread || processEnvironment()[variable]) return
  throw new RetableError(
    'unavailable',
    `ONNX Runtime's telemetry cannot be turned off from a worker thread: set process.env.${variable} = '1' in the main thread before it starts the worker ('0' allows telemetry)`,
  )
}

/** The variables that native code sees, which in a worker thread are not those of `process.env`. */
const processEnvironment = (): Readonly<Record<string, string>> => {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean }
  const { excludeNetwork } = report
  // Newer versions of Node: otherwise the report looks up the names of connected hosts.
  if (excludeNetwork !== undefined) report.excludeNetwork = true
  const { environmentVariables } = report.getReport() as {
    environmentVariables?: Record<string, string>
  }
  if (excludeNetwork !== undefined) report.excludeNetwork = excludeNetwork
  return environmentVariables ?? {}
}
