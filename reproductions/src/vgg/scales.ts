/** The paper's training scales S, in its pixels. */
export type PaperScale = '256' | '384' | '256-512'

/** What training images are rescaled to: the range that S is drawn from (§3.1). */
export const trainScales: Readonly<Record<PaperScale, readonly [number, number]>> = {
  '256': [256, 256],
  '384': [384, 384],
  '256-512': [256, 512],
}

/** How tables print S. */
export const scaleLabels: Readonly<Record<PaperScale, string>> = {
  '256': '256',
  '384': '384',
  '256-512': '[256;512]',
}

/** A single Q: S if it is fixed, 0.5 (S_min + S_max) under jitter (§4.1). */
export const testScale = (scale: PaperScale): number => {
  const [low, high] = trainScales[scale]
  return (low + high) / 2
}

/** Several Q: {S − 32, S, S + 32} if S is fixed, {S_min, 0.5 (S_min + S_max), S_max} under jitter (§4.2). */
export const testScales = (scale: PaperScale): readonly number[] => {
  const [low, high] = trainScales[scale]
  return low === high ? [low - 32, low, low + 32] : [low, (low + high) / 2, high]
}
