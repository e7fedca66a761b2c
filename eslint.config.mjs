import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import nx from '@nx/eslint-plugin'
import tseslint from 'typescript-eslint'
import { documentedOptions, exportedTypes } from './tools/eslint/documented-options.js'

/** What each package may import: DESIGN's house, imports pointing down only. */
const mayImport = {
  core: [],
  layers: ['core'],
  optimizers: ['core'],
  transforms: ['core'],
  datasets: ['transforms', 'core'],
  models: ['layers', 'core'],
  training: ['models', 'layers', 'optimizers', 'datasets', 'transforms', 'core'],
  harness: ['core'],
  'backend-onnx': ['core'],
  backends: ['backend-onnx', 'core'],
}

const depConstraints = [
  ...Object.entries(mayImport).map(([name, below]) => ({
    sourceTag: `scope:${name}`,
    onlyDependOnLibsWithTags: [name, ...below].map((n) => `scope:${n}`),
  })),
  { sourceTag: 'scope:reproductions', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'scope:tools', onlyDependOnLibsWithTags: ['*'] },
]

const noNode = {
  patterns: [
    {
      group: ['node:*', '**/node/**', '@retable/*/node'],
      message:
        'This file runs in browsers too: code that needs Node lives under src/node or src/bin.',
    },
  ],
}

const nodeGlobals = [
  'Buffer',
  'process',
  'global',
  'require',
  '__dirname',
  '__filename',
  'setImmediate',
]

const noTensors = {
  paths: [
    {
      name: '@retable/core',
      message: 'This package knows no tensors: @retable/core/host loads no tfjs-core.',
    },
    { name: '@tensorflow/tfjs-core', message: 'This package knows no tensors.' },
  ],
}

const tests = ['**/*.test.ts', '**/*.contract.ts']
const inNode = ['**/src/**/node/**', '**/src/bin/**']
const ofPlainArrays = ['packages/datasets/src/**/*.ts', 'packages/transforms/src/**/*.ts']

/** Every package's exported types, and all options, are documented. */
const documented = [
  ...readdirSync(join(import.meta.dirname, 'packages')).map((name) => `packages/${name}`),
  'reproductions',
]
  .filter((folder) => existsSync(join(import.meta.dirname, folder, 'src')))
  .map((folder) => ({
    files: [`${folder}/src/**/*.ts`],
    ignores: [...tests, '**/testing/**'],
    plugins: { retable: { rules: { 'documented-options': documentedOptions } } },
    rules: {
      'retable/documented-options': [
        'error',
        { types: exportedTypes(join(import.meta.dirname, folder)) },
      ],
    },
  }))

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      'docs/public/make',
      '**/generated',
      '**/node_modules',
      '.nx',
      '**/fixtures',
      '**/assembly',
      '**/*.d.ts',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: ['#platform', '#unit-files', '#gradients', '#sha256'],
          depConstraints,
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowArray: true, allowBoolean: true, allowNullish: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'reproductions/src/units/**/*.ts'],
    // backend-onnx is Node-only as a whole.
    ignores: [...tests, ...inNode, 'packages/backend-onnx/**'],
    rules: {
      'no-restricted-imports': ['error', noNode],
      'no-restricted-globals': ['error', ...nodeGlobals],
    },
  },
  {
    files: ['packages/harness/src/**/*.ts'],
    ignores: tests,
    rules: { 'no-restricted-imports': ['error', noTensors] },
  },
  {
    files: ['packages/harness/src/**/*.ts'],
    ignores: [...tests, ...inNode],
    rules: { 'no-restricted-imports': ['error', { ...noNode, ...noTensors }] },
  },
  ...documented,
  {
    files: ofPlainArrays,
    ignores: tests,
    rules: { 'no-restricted-imports': ['error', noTensors] },
  },
  {
    files: ofPlainArrays,
    ignores: [...tests, ...inNode],
    rules: { 'no-restricted-imports': ['error', { ...noNode, ...noTensors }] },
  },
  {
    files: ['**/*.test.ts', '**/*.test-suite.ts', '*.ts', 'tools/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': 'off',
      'no-restricted-exports': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
)
