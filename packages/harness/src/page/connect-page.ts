import { readMessage } from '../unit/shape.js'
import {
  toPageShape,
  type FromPage,
  type FromPageItself,
  type ToPage,
  type ToPageItself,
} from './messages.js'

/** What {@link connectPage} needs. */
export interface ConnectPageOptions {
  /** Starts the worker that calls `servePage`. */
  readonly startWorker: () => Worker
  /** Shown what goes by: for a page that people look at. */
  readonly onMessage?: (message: FromPage | ToPage | ToPageItself) => void
}

/**
 * Connects a page to the command that serves it: what the command says comes as server-sent events and goes to the worker,
 * what the worker says goes back by POST, in order. URLs are relative to the page's own.
 */
export const connectPage = ({
  startWorker,
  onMessage = () => undefined,
}: ConnectPageOptions): void => {
  // A browser that the command started has been given its page's name.
  const page = new URLSearchParams(location.search).get('page') ?? crypto.randomUUID()
  let worker: Worker | undefined
  let waiting: (FromPage | FromPageItself)[] = []
  let sending = false

  const send = async (): Promise<void> => {
    if (sending) return
    sending = true
    while (waiting.length > 0) {
      const messages = waiting
      waiting = []
      const body = JSON.stringify(messages)
      await fetch(`messages?page=${page}`, { method: 'POST', body }).catch(() => undefined)
    }
    sending = false
  }
  const tell = (message: FromPage | FromPageItself): void => {
    waiting.push(message)
    void send()
  }
  const renew = (): void => {
    worker?.terminate()
    worker = undefined
  }
  const toWorker = (message: ToPage): void => {
    if (!worker) {
      worker = startWorker()
      worker.addEventListener('message', ({ data }: MessageEvent<FromPage>) => {
        onMessage(data)
        tell(data)
      })
      worker.addEventListener('error', ({ message }) => {
        renew()
        tell({ type: 'crashed', message: message || 'its script did not load' })
      })
    }
    worker.postMessage(message)
  }

  const events = new EventSource(`events?page=${page}`)
  events.addEventListener('open', () =>
    tell({ type: 'hello', userAgent: navigator.userAgent, isolated: crossOriginIsolated }),
  )
  events.addEventListener('message', ({ data }: MessageEvent<string>) => {
    let message: ToPage | ToPageItself
    try {
      message = readMessage(toPageShape, JSON.parse(data), 'the command')
    } catch (error) {
      return tell({ type: 'crashed', message: (error as Error).message })
    }
    onMessage(message)
    if (message.type === 'renew') renew()
    else if (message.type === 'bye') {
      events.close()
      renew()
    } else toWorker(message)
  })
}
