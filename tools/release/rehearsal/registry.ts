import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** An npm registry on this machine. */
export interface Registry {
  readonly url: string
  /** What npm, pnpm and yarn need in their environment to use it, and to publish to it. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Our packages live here only; everything else comes from the registry that npm is set to. */
const configOf = (storage: string, upstream: string): string =>
  JSON.stringify({
    storage,
    uplinks: { upstream: { url: upstream, maxage: '60m', timeout: '60s' } },
    packages: {
      '@retable/*': { access: '$all', publish: '$all' },
      retable: { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'upstream' },
    },
    log: { type: 'stdout', format: 'pretty', level: 'error' },
    max_body_size: '200mb',
  })

const answers = async (url: string, process: ChildProcess): Promise<void> => {
  for (let tries = 0; tries < 300; tries++) {
    if (process.exitCode !== null) throw new Error('the registry ended while it started')
    const found = await fetch(`${url}-/ping`).catch(() => undefined)
    if (found?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the registry did not answer within 30 s')
}

/** A cache for npm whose tarballs are those that this machine's npm has fetched already, and whose packages for npx are its own. */
const cacheFolder = (folder: string, installed: string): string => {
  const cache = join(folder, 'npm-cache')
  mkdirSync(cache)
  const tarballs = join(installed, '_cacache')
  if (existsSync(tarballs)) symlinkSync(tarballs, join(cache, '_cacache'))
  return cache
}

/** Ends the registry with the process that started it, whichever way that ends. */
const endsWithParent = "data:text/javascript,process.once('disconnect', () => process.exit())"

/**
 * Starts a registry on the loopback address.
 *
 * @param folder for its files; made if missing
 * @param npm this machine's npm: the registry that has everything but our packages, and its cache
 */
export const startRegistry = async (
  folder: string,
  npm: { readonly registry: string; readonly cache: string },
): Promise<Registry> => {
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const config = join(folder, 'config.yaml')
  writeFileSync(config, configOf(join(folder, 'storage'), npm.registry))
  const userconfig = join(folder, 'npmrc')
  // npm refuses to publish without a token; this registry takes any.
  writeFileSync(userconfig, `registry=${url}\n//127.0.0.1:${port}/:_authToken=anyone\n`)
  const bin = createRequire(import.meta.url).resolve('verdaccio/bin/verdaccio')
  const server = spawn(
    process.execPath,
    ['--no-warnings', '--import', endsWithParent, bin, '--config', config, '--listen', `127.0.0.1:${port}`], // prettier-ignore
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  )
  await answers(url, server)
  return {
    url,
    env: {
      npm_config_registry: url,
      npm_config_userconfig: userconfig,
      npm_config_cache: cacheFolder(folder, npm.cache),
      npm_config_update_notifier: 'false',
      YARN_NPM_REGISTRY_SERVER: url,
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      // Yarn refuses versions that were published within the last days.
      YARN_NPM_MINIMAL_AGE_GATE: '0',
      XDG_CACHE_HOME: join(folder, 'cache'),
      XDG_DATA_HOME: join(folder, 'data'),
    },
    stop: async () => {
      if (server.exitCode === null && server.kill()) await once(server, 'exit')
    },
  }
}
