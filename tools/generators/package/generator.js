import { formatFiles, updateJson, writeJson } from '@nx/devkit'
import { identityOf, withIdentity } from '../../release/identity.mjs'

const camel = (name) => name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase())

const firstFunction = (name, description) => `/**
 * What this package is for, in a sentence.
 *
 * @example
 * console.log(${camel(name)}()) // ${description}
 */
export const ${camel(name)} = (): string => ${JSON.stringify(description)}
`

const firstTest = (name, description) => `import { expect, test } from 'vitest'
import { ${camel(name)} } from './${name}.js'

test('it says what it is for', () => {
  expect(${camel(name)}()).toBe(${JSON.stringify(description)})
})
`

const readme = (name, description, peer) => `# @retable/${name}

${description}.

\`\`\`sh
npm install @retable/${name}${peer ? ' @tensorflow/tfjs-core' : ''}
\`\`\`

\`\`\`ts
import { ${camel(name)} } from '@retable/${name}'

console.log(${camel(name)}()) // ${description}
\`\`\`
`

/**
 * Writes a package that builds, passes its first test and can be published. Only a person can say which packages it may
 * import (eslint.config.mjs) and what it does (its first function, README and changeset).
 *
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ name: string, description: string, needs?: readonly string[] }} options
 */
export const generatePackage = async (tree, { name, description, needs = ['core'] }) => {
  const root = `packages/${name}`
  if (tree.exists(root)) throw new Error(`${root} exists already`)
  const unknown = needs.find((need) => !tree.exists(`packages/${need}/package.json`))
  if (unknown !== undefined) {
    throw new Error(`expected needs to name packages under packages/, got "${unknown}"`)
  }
  const read = (file) => JSON.parse(tree.read(file, 'utf8'))
  const versionOf = (need) => read(`packages/${need}/package.json`).version
  const peer = needs.length > 0
  const manifest = {
    name: `@retable/${name}`,
    version: '0.0.0',
    description,
    keywords: ['tensorflow.js', 'tfjs', name],
    license: 'Apache-2.0',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19' },
    exports: {
      '.': {
        '@retable/source': './src/index.ts',
        types: './dist/index.d.ts',
        default: './dist/index.js',
      },
      './package.json': './package.json',
    },
    files: [
      'dist',
      '!dist/.tsbuildinfo',
      'src',
      '!src/**/*.test.ts',
      '!src/**/*.test-suite.ts',
      'CHANGELOG.md',
      'README.md',
    ],
    publishConfig: { access: 'public' },
    scripts: {
      build: 'tsc -b',
      test: 'vitest run --root . --config ../../vitest.config.ts',
      prepublishOnly: 'node ../../tools/release/prepublish.mjs',
    },
    nx: { tags: [`scope:${name}`] },
    dependencies: Object.fromEntries(
      needs.map((need) => [`@retable/${need}`, `^${versionOf(need)}`]),
    ),
    ...(peer && { peerDependencies: { '@tensorflow/tfjs-core': '^4.22.0' } }),
  }
  writeJson(
    tree,
    `${root}/package.json`,
    withIdentity(manifest, root, identityOf(read('package.json'))),
  )
  writeJson(tree, `${root}/tsconfig.json`, {
    extends: '../../tsconfig.base.json',
    compilerOptions: {
      rootDir: 'src',
      outDir: 'dist',
      tsBuildInfoFile: 'dist/.tsbuildinfo',
    },
    include: ['src/**/*.ts'],
    exclude: ['src/**/*.test.ts', 'src/**/*.test-suite.ts'],
    references: needs.map((need) => ({ path: `../${need}` })),
  })
  tree.write(`${root}/LICENSE`, tree.read('LICENSE'))
  tree.write(`${root}/src/index.ts`, `export { ${camel(name)} } from './${name}.js'\n`)
  tree.write(`${root}/src/${name}.ts`, firstFunction(name, description))
  tree.write(`${root}/src/${name}.test.ts`, firstTest(name, description))
  tree.write(`${root}/README.md`, readme(name, description, peer))
  tree.write(
    `.changeset/${name}-first.md`,
    `---\n'@retable/${name}': minor\n---\n\n${description}.\n`,
  )
  updateJson(tree, 'tsconfig.json', (config) => ({
    ...config,
    references: [...config.references, { path: root }],
  }))
  await formatFiles(tree)
  return () => {
    console.log(
      `Next: npm install, a line for "${name}" in mayImport of eslint.config.mjs, npx nx test ${name}, and a line in the workspace's README.`,
    )
  }
}
