import { basename } from 'node:path'
import { RetableError } from '@retable/core/host'
import { packError, unpackError } from '../../unit/plain-error.js'
import type { BackendRequest, DataSource, FromPage, FromPageItself } from '../../page/messages.js'
import type { BackendInfo, NeededResult, UnitContext, UnitOutput } from '../../unit/context.js'
import type { Unit } from '../../unit/unit.js'
import type { OpenPage } from './connected-page.js'
import type { PageServer } from './page-server.js'
import type { SharedFiles } from './shared-files.js'

/** A page as units are run in it. */
export interface RunningPage {
  /** Loads the backend, and says which it is. */
  useBackend(): Promise<BackendInfo>
  /** Runs a unit there, whose context is this process's. */
  compute(unit: Unit, context: UnitContext): Promise<UnitOutput>
  /** Ends what runs in it with an error: its browser has gone. */
  fail(error: Error): void
}

/** Shares what one unit reads and writes, for as long as it runs. */
const shareRun = (server: PageServer, context: UnitContext) => {
  const ends: (() => void)[] = []
  const share = (files: SharedFiles): string => {
    const { url, end } = server.share(files)
    ends.push(end)
    return url
  }
  const work = share({ type: 'folder', dir: context.workDir })
  const artifacts = share({ type: 'write', pathFor: context.artifact })
  const needs = Object.entries(context.needs).map(([name, need]): [string, NeededResult] => {
    const files = Object.fromEntries(
      Object.values(need.artifacts).map((path) => [basename(path), path]),
    )
    const url = share({ type: 'read', files })
    const urls = Object.entries(need.artifacts).map(([as, path]) => [
      as,
      `${url}/${basename(path)}`,
    ])
    return [name, { ...need, artifacts: Object.fromEntries(urls) as Record<string, string> }]
  })
  return {
    work,
    artifacts,
    needs: Object.fromEntries(needs),
    end: () => {
      for (const end of ends) end()
    },
  }
}

/** Makes a page that is open run units. One at a time. */
export const runIn = (
  page: OpenPage,
  server: PageServer,
  backend: BackendRequest,
  dataSource: (context: UnitContext, request: object) => Promise<DataSource>,
): RunningPage => {
  let runs = 0
  let failAll: (error: Error) => void = () => undefined
  let gone: Error | undefined

  /** Waits for what settles it, and fails with the page. */
  const whileOpen = <T>(
    begin: (
      resolve: (value: T) => void,
      reject: (error: Error) => void,
    ) => (message: FromPage | FromPageItself) => void,
  ): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (gone) return reject(gone)
      failAll = reject
      const hear = begin(resolve, reject)
      page.onMessage = (message) => {
        if (message.type === 'crashed') {
          reject(
            new RetableError('unavailable', `the worker of the page failed: ${message.message}`),
          )
        } else hear(message)
      }
    }).finally(() => {
      failAll = () => undefined
      page.onMessage = () => undefined
    })

  return {
    fail: (error) => {
      gone = error
      failAll(error)
    },
    useBackend: () =>
      whileOpen<BackendInfo>((resolve, reject) => {
        page.send({ type: 'load', backend })
        return (message) => {
          if (message.type === 'loaded') resolve(message.backend)
          if (message.type === 'not-loaded') reject(unpackError(message.error))
        }
      }),
    compute: async (unit, context) => {
      const run = ++runs
      const shared = shareRun(server, context)
      const { definition, config, seed, label } = unit
      const stop = (): void => page.send({ type: 'stop', run })
      try {
        return await whileOpen<UnitOutput>((resolve, reject) => {
          page.send({
            type: 'run',
            run,
            unit: { kind: definition.kind, version: definition.version, label },
            backend,
            context: {
              config,
              seed,
              needs: shared.needs,
              ...(context.threads !== undefined && { threads: context.threads }),
              workDir: shared.work,
              artifactDir: shared.artifacts,
              checkpointMinutes: context.checkpointMinutes,
              force: context.force,
              identity: context.identity(),
            },
          })
          if (context.signal.aborted) stop()
          context.signal.addEventListener('abort', stop, { once: true })
          const answer = (question: number, value: () => Promise<unknown>): void => {
            value().then(
              (found) => page.send({ type: 'answer', question, value: found }),
              (error: unknown) => page.send({ type: 'refused', question, error: packError(error) }),
            )
          }
          return (message) => {
            if (!('run' in message) || message.run !== run) return
            switch (message.type) {
              case 'data':
                return answer(message.question, () => dataSource(context, message.request))
              case 'opened':
                return answer(message.question, async () => context.identity())
              case 'progress':
                return context.progress(message.progress)
              case 'point':
                return context.point(message.point)
              case 'log':
                return context.log(message.line)
              case 'done':
                return resolve(withPaths(message.output, shared.artifacts, context))
              case 'failed':
                return reject(unpackError(message.error))
              default:
                message satisfies never
            }
          }
        })
      } catch (error) {
        // Whatever went wrong, the next unit begins in a fresh worker, with a fresh context of the GPU.
        if (!context.signal.aborted) page.send({ type: 'renew' })
        throw error
      } finally {
        context.signal.removeEventListener('abort', stop)
        shared.end()
      }
    },
  }
}

/** The output with artifacts as the paths that the harness gave. */
const withPaths = (output: UnitOutput, url: string, context: UnitContext): UnitOutput => ({
  ...output,
  ...(output.artifacts && {
    artifacts: Object.fromEntries(
      Object.entries(output.artifacts).map(([name, at]) => {
        const file = at.slice(url.length + 1)
        if (at === `${url}/${file}`) return [name, context.artifact(file)]
        throw new RetableError(
          'invalid-argument',
          `artifact "${name}" is ${at}, which context.artifact() did not give`,
        )
      }),
    ),
  }),
})
