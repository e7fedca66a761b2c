import { createCommand } from '../index.js'
import { toyOptions } from './toy-command.js'

await createCommand(toyOptions).main()
