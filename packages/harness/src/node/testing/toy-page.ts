import { connectPage } from '../../page/index.js'

/** The toy page: connects its worker to the command. */
connectPage({ startWorker: () => new Worker('toy-worker.js', { type: 'module' }) })
