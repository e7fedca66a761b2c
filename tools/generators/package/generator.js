import { formatFiles, updateJson, writeJson } from '@nx/devkit'

/**
 * Writes the files that every package has. What only a person can say is left to them: where the package stands
 * in eslint.config.mjs's list of who may import whom, and the README.
 *
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ name: string, description: string, needs?: readonly string[] }} options
 */
export const generatePackage = async (tree, { name, description, needs = ['core'] }) => {
  const root = `packages/${name}`
  if (tree.exists(root)) throw new Error(`${root} is there already`)
  const unknown = needs.find((need) => !tree.exists(`packages/${need}/package.json`))
  if (unknown !== undefined) {
    throw new Error(`needs names packages under packages/, found "${unknown}"`)
  }
  const { version } = JSON.parse(tree.read('packages/core/package.json', 'utf8'))
  writeJson(tree, `${root}/package.json`, {
    name: `@retable/${name}`,
    version: '0.0.0',
    description,
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
    files: ['dist', 'src', '!src/**/*.test.ts', '!src/**/*.test-suite.ts', 'README.md'],
    publishConfig: { access: 'public' },
    scripts: { build: 'tsc -b', test: 'vitest run --root . --config ../../vitest.config.ts' },
    nx: { tags: [`scope:${name}`] },
    dependencies: Object.fromEntries(needs.map((need) => [`@retable/${need}`, `^${version}`])),
    peerDependencies: { '@tensorflow/tfjs-core': '^4.22.0' },
  })
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
  tree.write(`${root}/src/index.ts`, 'export {}\n')
  tree.write(
    `${root}/README.md`,
    `# @retable/${name}\n\n${description}.\n\n\`\`\`\nnpm install @retable/${name} @tensorflow/tfjs-core\n\`\`\`\n`,
  )
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
      `Now: npm install, a line for "${name}" in mayImport of eslint.config.mjs, and the README of the workspace.`,
    )
  }
}
