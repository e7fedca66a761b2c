export { reproductions } from './reproductions.js'
export { openData } from './data/open-data.js'
export type { DataRequest, OpenedDataset } from './data/open-data.js'
