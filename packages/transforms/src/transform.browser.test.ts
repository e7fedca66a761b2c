import { describeTransforms } from './transform.contract.js'

describeTransforms()
