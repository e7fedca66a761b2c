export { urlFiles } from './url-files.js'
export type { UrlFiles } from './url-files.js'
