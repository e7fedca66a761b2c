/** A point of a learning curve: numbers by name ({@link CurveName}, or names of your own). */
export type CurvePoint = Readonly<Record<string, number>>

/**
 * The names that training writes into curves, and that plots and logs know. Errors (`…Top1`, `…Top5`) are percentages;
 * `step` and `epoch` count what is done.
 */
export type CurveName =
  | 'step'
  | 'epoch'
  | 'learningRate'
  | 'trainLoss'
  | 'trainTop1'
  | 'validationLoss'
  | 'validationTop1'
  | 'validationTop5'
