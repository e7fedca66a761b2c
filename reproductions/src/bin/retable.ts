#!/usr/bin/env node
import { retable } from '../command.js'

await retable().main()
