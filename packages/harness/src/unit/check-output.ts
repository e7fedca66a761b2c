import { RetableError } from '@retable/core/host'
import type { UnitOutput } from './context.js'
import { assertPlainJson } from './plain-json.js'
import type { UnitDefinition } from './unit.js'

/**
 * Checks what a unit returned.
 *
 * @throws RetableError `diverged` if a metric or a curve is not finite, `invalid-argument` for what is no output.
 */
export const checkOutput = (
  {
    label,
    definition,
  }: { readonly label: string; readonly definition: Pick<UnitDefinition, 'kind'> },
  output: UnitOutput,
): void => {
  const where = `unit "${label}"`
  // Plain JavaScript may return anything.
  const found: unknown = output
  if (typeof found !== 'object' || found === null || !('metrics' in found)) {
    throw new RetableError('invalid-argument', `${where} (${definition.kind}) returned no metrics`)
  }
  assertPlainJson(output.metrics, `metrics of ${where}`, 'diverged')
  assertPlainJson(output.curve, `curve of ${where}`, 'diverged')
  assertPlainJson(output.extra, `extra of ${where}`)
  for (const [name, value] of Object.entries(output.metrics)) {
    if (typeof value !== 'number') {
      throw new RetableError(
        'invalid-argument',
        `metric "${name}" of ${where} is a ${typeof value}, expected a number`,
      )
    }
  }
}
