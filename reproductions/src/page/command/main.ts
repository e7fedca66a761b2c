import { connectPage } from '@retable/harness/page'
import type { FromPage } from '@retable/harness/page'

const at = (id: string): HTMLElement => document.getElementById(id)!

const show = (id: string, text: string): void => {
  at(id).textContent = text
}

const tell = (message: FromPage): void => {
  switch (message.type) {
    case 'loaded': {
      const { name, version, details } = message.backend
      const renderer = details?.['renderer']
      const on = typeof renderer === 'string' ? ` on ${renderer}` : ''
      return show('backend', `${name}${on}, ${version ?? ''}`)
    }
    case 'progress': {
      const { step, steps, phase = 'training', loss } = message.progress
      const bar = at('bar') as HTMLProgressElement
      bar.max = steps
      bar.value = step
      const seen = loss === undefined ? '' : `, loss ${loss.toPrecision(4)}`
      return show('progress', `${phase}: ${step} of ${steps}${seen}`)
    }
    case 'log':
      return show('log', message.line)
    case 'done':
      return show('progress', 'done; waiting for the next')
    case 'failed':
      return show('log', message.error.message)
    case 'not-loaded':
      return show('backend', message.error.message)
    default:
  }
}

connectPage({
  startWorker: () => new Worker('worker.js', { type: 'module', name: 'retable' }),
  onMessage: (message) => {
    if (message.type === 'bye') show('progress', 'the command has ended; this page can be closed')
    else if (message.type !== 'renew') tell(message as FromPage)
  },
})
show('progress', 'waiting for work')
