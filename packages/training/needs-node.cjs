// What a bundle for browsers gets in place of @retable/training/node. CommonJS, so that bundlers look for no names in it.
module.exports = {}
throw new Error(
  '@retable/training/node needs Node: it reads files or starts processes. In a browser import @retable/training.',
)
