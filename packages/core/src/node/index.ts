export {
  explainFileError,
  makeFolder,
  replaceFile,
  syncFolder,
  systemCode,
  writeWholeFile,
} from './files.js'
