import { spawn } from 'node:child_process'
import { RetableError } from '@retable/core/host'
import { makeProfile, removeAbandonedProfiles, removeProfile } from './chromium-profile.js'
import { findChromium } from './find-chromium.js'

/** A Chromium that was started here. */
export interface StartedChromium {
  /** Resolves when it has ended, with how: `ended with code 1`. */
  readonly ended: Promise<string>
  /** Ends it, with all its processes, and removes its profile. */
  close(): Promise<void>
}

/**
 * Starts a headless Chromium on a URL, with a profile of its own.
 *
 * It is led through a pipe (`--remote-debugging-pipe`), of which only one thing is used: when this process dies, however it
 * dies, the pipe closes and Chromium ends by itself. It is in a process group of its own, so that Ctrl-C in a terminal
 * reaches this process and not the browser, which has a checkpoint to write.
 *
 * @throws RetableError `unavailable` if there is no Chromium or it does not start.
 */
export const startChromium = (
  url: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): StartedChromium => {
  const program = findChromium(env)
  const profile = makeProfile()
  const child = spawn(
    program,
    [
      '--headless',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      '--no-first-run',
      '--no-default-browser-check',
      '--disable-extensions',
      '--disable-sync',
      '--disable-component-update',
      '--disable-background-networking',
      '--disable-quic',
      // A page that is not visible must not be slowed down.
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
      // Without a GPU, WebGL and WebGPU fall back to SwiftShader: slow, and right.
      '--enable-unsafe-swiftshader',
      '--enable-unsafe-webgpu',
      '--enable-features=Vulkan',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...(env['RETABLE_CHROMIUM_FLAGS'] ?? '').split(' ').filter(Boolean),
      url,
    ],
    { detached: process.platform !== 'win32', stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] },
  )
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)))
  // The output must be read, or the pipe would fill up.
  ;(child.stdio[4] as NodeJS.ReadableStream).on('error', () => undefined).resume()
  ;(child.stdio[3] as NodeJS.WritableStream).on('error', () => undefined)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${error.message})`))
    child.once('exit', (code, signal) => {
      const words = said.split('\n').filter((line) => /FATAL|error while loading|rror:/.test(line))
      const last = words.at(-1)
      const how = signal === null ? `ended with code ${code}` : `was killed by ${signal}`
      resolve(code === 0 || last === undefined ? how : `${how}; its last message: ${last.trim()}`)
    })
  })
  void ended.then(() => removeProfile(profile))
  const killAll = (): void => {
    if (child.pid === undefined || child.exitCode !== null) return
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
    } catch {
      // It has gone by itself.
    }
  }
  process.once('exit', killAll)
  return {
    ended,
    close: async () => {
      process.off('exit', killAll)
      killAll()
      await ended
      // Its helpers may still have been writing.
      removeProfile(profile)
      removeAbandonedProfiles()
    },
  }
}

/** The error of a page whose browser went away. */
export const browserGone = (how: string): RetableError =>
  new RetableError('unavailable', `the browser ${how}; the unit resumes from its last checkpoint`)
