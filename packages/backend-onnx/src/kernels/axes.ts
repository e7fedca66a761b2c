import type { Layout } from '../graph/symbol.js'

/** Where batch, channels, rows and columns are among the logical axes. */
export const nchwOf = (info: { readonly dataFormat: string }): Layout =>
  info.dataFormat === 'channelsFirst' ? [0, 1, 2, 3] : [0, 3, 1, 2]

/** The same, channels last. */
export const nhwcOf = (info: { readonly dataFormat: string }): Layout =>
  info.dataFormat === 'channelsFirst' ? [0, 2, 3, 1] : [0, 1, 2, 3]
