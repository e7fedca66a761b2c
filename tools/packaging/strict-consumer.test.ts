// What a project sees that checks the declarations of its libraries (`skipLibCheck: false`) and every index
// (`noUncheckedIndexedAccess`): only our packages' files count, tfjs-core's declarations have faults of their own.
import { readFileSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** The specifiers of every entry that has declarations: `@retable/core`, `@retable/core/host`. */
const entries = [
  'reproductions',
  ...readdirSync(join(root, 'packages')).map((p) => `packages/${p}`),
]
  .map(
    (folder) =>
      JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
        readonly name: string
        readonly exports?: Readonly<Record<string, { readonly types?: string } | string>>
      },
  )
  .flatMap(({ name, exports = {} }) =>
    Object.entries(exports)
      .filter(([, target]) => typeof target !== 'string' && target.types !== undefined)
      .map(([entry]) => name + entry.slice(1)),
  )

const consumer = join(root, 'tools/packaging/consumer.ts')

/** The faults that a strict project reports in a source that imports our packages, and in our declarations. */
const faultsOf = (source: string): readonly string[] => {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
  }
  const host = ts.createCompilerHost(options)
  const fileExists = host.fileExists.bind(host)
  const readFile = host.readFile.bind(host)
  const getSourceFile = host.getSourceFile.bind(host)
  host.fileExists = (file) => file === consumer || fileExists(file)
  host.readFile = (file) => (file === consumer ? source : readFile(file))
  host.getSourceFile = (file, ...rest) =>
    file === consumer
      ? ts.createSourceFile(file, source, ts.ScriptTarget.ES2022)
      : getSourceFile(file, ...rest)
  const program = ts.createProgram([consumer], options, host)
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => !file?.fileName.split(sep).includes('node_modules'))
    .map(({ file, messageText }) => {
      const text = ts.flattenDiagnosticMessageText(messageText, '\n')
      return `${file?.fileName.slice(root.length + 1)}: ${text}`
    })
}

test(
  'a strict project takes every entry, and gradients keep the keys of their parameters',
  { timeout: 120_000 },
  () => {
    expect(entries.length).toBeGreaterThan(15)
    const source = `${entries.map((entry, i) => `export * as e${i} from '${entry}'`).join('\n')}
    import { valueAndGrads } from '@retable/core'
    import * as tf from '@tensorflow/tfjs-core'
    export const slope = (w: tf.Tensor2D) => {
      const { grads } = valueAndGrads((p: { w: tf.Tensor2D }) => tf.sum(p.w) as tf.Scalar, { w })
      return grads.w.shape.length
    }
    export const absent: number = [1][0]`
    // The last line is wrong on purpose: the settings are in force.
    expect(faultsOf(source)).toEqual([
      expect.stringMatching(/^tools\/packaging\/consumer\.ts: Type 'number \| undefined' is not/),
    ])
  },
)
