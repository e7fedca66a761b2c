interface UserAgentData {
  getHighEntropyValues(hints: readonly string[]): Promise<{
    readonly fullVersionList?: readonly { readonly brand: string; readonly version: string }[]
  }>
}

/** This browser's name and version, as exact as it tells: `Chromium 156.0.8078.108`, `Firefox 153.0`. */
export const browserName = async (): Promise<string> => {
  const { userAgentData } = navigator as { userAgentData?: UserAgentData }
  const values = await userAgentData
    ?.getHighEntropyValues(['fullVersionList'])
    .catch(() => undefined)
  const brand = values?.fullVersionList?.find(({ brand }) => brand === 'Chromium')
  if (brand) return `${brand.brand} ${brand.version}`
  const agent = navigator.userAgent
  const found = /(Firefox|Edg|(?:Headless)?Chrome)\/([\d.]+)/.exec(agent)
  if (found) return `${found[1]} ${found[2]}`
  const safari = /Version\/([\d.]+).*Safari/.exec(agent)
  return safari ? `Safari ${safari[1]}` : agent
}
