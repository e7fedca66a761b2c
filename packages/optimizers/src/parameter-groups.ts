import { checkOptions, RetableError, type Json, type Params } from '@retable/core'
import { checkNonNegative } from './checks.js'

/** Parameters that are treated differently from the rest; plain JSON. */
export interface ParameterGroup {
  /** Names of parameters; `*` matches any characters: `'*bias'`, `'fc*'`. A name that fits nothing is an error. */
  readonly names: readonly string[]
  /** In place of the optimizer's own. */
  readonly weightDecay?: number
  /** Multiplies the learning rate: 2 for biases as Caffe's AlexNet has them, 0 for parameters that stay as they are. */
  readonly learningRateFactor?: number
}

/** What one parameter gets. */
export interface GroupOptions {
  /** λ, the factor of the parameter in its own gradient. */
  readonly weightDecay: number
  /** What the learning rate is multiplied by for it. */
  readonly learningRateFactor: number
}

const toExpression = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )

/** The groups of an optimizer, checked: how each parameter is treated, and what goes into the spec. */
export interface Groups {
  readonly spec: readonly Json[]
  /** The treatment of `name`: that of the first group that names it. */
  of(name: string): GroupOptions
  /** @throws RetableError `mismatch` if a pattern fits none of the parameters. */
  check(params: Params): void
}

/** Checks `groups` and makes the lookup from a parameter's name. */
export const parameterGroups = (groups: readonly ParameterGroup[], weightDecay: number): Groups => {
  const parsed = groups.map((group, i) => {
    checkOptions(`groups[${i}]`, group, {
      names: true,
      weightDecay: true,
      learningRateFactor: true,
    })
    const listed: unknown = group.names
    if (!Array.isArray(listed) || listed.length === 0) {
      throw new RetableError(
        'invalid-argument',
        `groups[${i}].names is a list of parameters' names, found ${JSON.stringify(group.names)}`,
      )
    }
    return {
      patterns: group.names,
      expressions: group.names.map(toExpression),
      options: {
        weightDecay: checkNonNegative(`groups[${i}].weightDecay`, group.weightDecay ?? weightDecay),
        learningRateFactor: checkNonNegative(
          `groups[${i}].learningRateFactor`,
          group.learningRateFactor ?? 1,
        ),
      },
    }
  })
  const rest: GroupOptions = { weightDecay, learningRateFactor: 1 }
  const known = new Map<string, GroupOptions>()
  const find = (name: string): GroupOptions =>
    parsed.find(({ expressions }) => expressions.some((e) => e.test(name)))?.options ?? rest
  return {
    spec: parsed.map(({ patterns, options }) => ({ names: [...patterns], ...options })),
    of: (name) => {
      const options = known.get(name) ?? find(name)
      known.set(name, options)
      return options
    },
    check: (params) => {
      const names = Object.keys(params)
      for (const { patterns, expressions } of parsed) {
        expressions.forEach((expression, i) => {
          if (!names.some((name) => expression.test(name))) {
            throw new RetableError(
              'mismatch',
              `the parameter group "${patterns[i]}" fits none of the parameters: ${names.join(', ')}`,
            )
          }
        })
      }
    },
  }
}
