import type { JsonObject } from '@retable/core/host'
import type { BackendInfo, OpenedData } from '../../unit/context.js'

/** What a unit is run with; the command gives it, since the harness imports neither backends nor data sets. */
export interface Services {
  /** Loads and registers the backend, once per process. */
  useBackend(): Promise<BackendInfo>
  /** Opens a data set. */
  openData(request: JsonObject): Promise<OpenedData>
  /** Versions of the packages that compute, by name. */
  readonly packages: Readonly<Record<string, string>>
}

/** Keeps the promise of each distinct call that succeeds, so that the backend loads once and a data set opens once. */
export const onceEach = (services: Services): Services & { close(): Promise<void> } => {
  let backend: Promise<BackendInfo> | undefined
  const opened = new Map<string, Promise<OpenedData>>()
  return {
    ...services,
    useBackend: () => {
      backend ??= services.useBackend()
      backend.catch(() => (backend = undefined))
      return backend
    },
    openData: (request) => {
      const name = JSON.stringify(request)
      const opening = opened.get(name) ?? services.openData(request)
      opened.set(name, opening)
      opening.catch(() => opened.delete(name))
      return opening
    },
    close: async () => {
      for (const data of await Promise.allSettled(opened.values())) {
        if (data.status === 'fulfilled') await data.value.close?.()
      }
      opened.clear()
    },
  }
}
