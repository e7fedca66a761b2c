import type { ServerResponse } from 'node:http'
import {
  fromPageShape,
  type FromPage,
  type FromPageItself,
  type ToPage,
  type ToPageItself,
} from '../../page/messages.js'
import { anything, listOf, readMessage } from '../../unit/shape.js'

/** A page that is open in some browser. */
export interface OpenPage {
  readonly id: string
  /** What it says; set by the user of the page. */
  onMessage: (message: FromPage | FromPageItself) => void
  /** Told once, when it has gone. */
  onGone: () => void
  readonly send: (message: ToPage | ToPageItself) => void
}

/** A page, and the responses that its events go to: a new one each time that the page connects. */
export type ConnectedPage = OpenPage & { connect(response: ServerResponse): void }

/** How long a page may be away, in milliseconds, before it counts as gone: its connection may break and come back. */
const grace = 3000

/** A page that has not connected yet; what is sent to it waits until it does. */
export const connectedPage = (id: string, onGone: () => void): ConnectedPage => {
  let stream: ServerResponse | undefined
  let waiting: string[] = []
  let leaving: NodeJS.Timeout | undefined
  const page: ConnectedPage = {
    id,
    onMessage: () => undefined,
    onGone: () => undefined,
    send: (message) => {
      const event = `data: ${JSON.stringify(message)}\n\n`
      if (stream) stream.write(event)
      else waiting.push(event)
    },
    connect: (response) => {
      clearTimeout(leaving)
      stream = response
      for (const event of waiting) response.write(event)
      waiting = []
      response.once('close', () => {
        if (stream !== response) return
        stream = undefined
        leaving = setTimeout(() => {
          onGone()
          page.onGone()
        }, grace)
        leaving.unref()
      })
    },
  }
  return page
}

/** The messages that a page sent; a malformed one counts as a crash of the page, whose code is of another version. */
export const messagesIn = (body: string): readonly (FromPage | FromPageItself)[] => {
  try {
    const messages = readMessage(listOf(anything), JSON.parse(body), 'a page')
    return messages.map((message) => readMessage(fromPageShape, message, 'a page'))
  } catch (error) {
    return [{ type: 'crashed', message: `${(error as Error).message}; reload the page` }]
  }
}
