import { isRetableError, RetableError, type CurveName, type Params } from '@retable/core'
import { evaluate } from '../evaluation/evaluate.js'
import type { FitOptions } from './options.js'

/** The metrics of the parameters after `step` updates, by the names they get in the curve. */
export const validate = async (
  { validation, model, signal, onProgress }: FitOptions,
  params: Params,
  step: number,
): Promise<Readonly<Record<string, number>>> => {
  if (!validation) return {}
  if ('run' in validation) return validation.run(params, { step, signal })
  const { data, protocol } = validation
  try {
    const { loss, top1Error, top5Error } = await evaluate({
      model,
      params,
      data,
      ...(protocol && { protocol }),
      ...(signal && { signal }),
      ...(onProgress && {
        onProgress: (event) => onProgress({ ...event, phase: 'validating' }),
      }),
    })
    return {
      validationLoss: loss,
      validationTop1: top1Error,
      validationTop5: top5Error,
    } satisfies Partial<Record<CurveName, number>>
  } catch (error) {
    if (!isRetableError(error) || error.code === 'interrupted') throw error
    throw new RetableError(error.code, `validation after step ${step}: ${error.message}`, {
      cause: error,
    })
  }
}
