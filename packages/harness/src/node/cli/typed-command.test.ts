import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { typedCommand } from './typed-command.js'

const typed = (script: string, env: Readonly<Record<string, string>> = {}, cwd = '/home/me/p') =>
  typedCommand({ name: 'retable', script, env, cwd }).join(' ')

const npm = { npm_command: 'exec', npm_config_user_agent: 'npm/10.8.2 node/v20' }
const pnpm = { npm_config_user_agent: 'pnpm/10.0.0 npm/? node/v20' }
const bun = { npm_config_user_agent: 'bun/1.4.5 npm/? node/v26.3.0 linux x64' }
const yarn = { npm_config_user_agent: 'yarn/4.5.0 npm/? node/v20' }

test.each([
  ['npx retable', '/home/me/p/node_modules/.bin/retable', npm],
  ['npx retable', '/home/me/p/node_modules/.bin/retable', {}],
  ['npx retable', '/home/me/p/node_modules/retable/bin/retable.js', npm],
  ['pnpm retable', '/home/me/p/node_modules/retable/bin/retable.js', pnpm],
  ['pnpm dlx retable', '/c/pnpm/dlx/4f/1a/node_modules/retable/bin/retable.js', pnpm],
  [
    'pnpm dlx @retable/reproductions',
    '/c/pnpm/dlx/4f/1a/node_modules/@retable/reproductions/bin/retable.js',
    pnpm,
  ],
  [
    'yarn dlx retable',
    '/tmp/xfs-1/dlx-2/node_modules/retable/bin/retable.js',
    { ...yarn, PROJECT_CWD: '/tmp/xfs-1/dlx-2' },
  ],
  [
    'yarn retable',
    '/home/me/p/node_modules/retable/bin/retable.js',
    { ...yarn, PROJECT_CWD: '/home/me/p' },
  ],
  ['bunx retable', '/tmp/bunx-0-retable@latest/node_modules/retable/bin/retable.js', {}],
  ['bunx retable', '/c/.bunx-0/retable@latest/node_modules/.bin/retable', bun],
  [
    'bunx @retable/reproductions',
    '/c/.bunx-0/@retable/reproductions@latest/node_modules/.bin/retable',
    bun,
  ],
  [
    'deno run -A npm:retable',
    '/home/me/.cache/deno/npm/registry.example/retable/0.1.0/bin/retable.js',
    {},
  ],
  ['retable', '/usr/local/bin/retable', {}],
  ['retable', '/usr/local/lib/node_modules/retable/bin/retable.js', {}],
  ['node coins.ts', '/home/me/p/coins.ts', {}],
  ['node coins.ts', '/home/me/p/coins.ts', npm],
  ['npx retable', '/repo/reproductions/dist/bin/retable.js', { NX_TASK_TARGET_PROJECT: 'r' }],
])('%s', (expected, script, env) => {
  expect(typed(script, env)).toBe(expected)
})

test('npx notes what it was asked for, which may be several packages', () => {
  const root = mkdtempSync(join(tmpdir(), 'retable-npx-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const folder = join(root, '_npx/1b0c')
  mkdirSync(folder, { recursive: true })
  const asked = (packages: readonly string[]) => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ _npx: { packages } }))
    return typed(join(folder, 'node_modules/.bin/retable'), npm)
  }
  expect(asked(['@retable/reproductions'])).toBe('npx @retable/reproductions')
  expect(asked(['retable', '@retable/backend-onnx'])).toBe(
    'npx -p retable -p @retable/backend-onnx retable',
  )
})
