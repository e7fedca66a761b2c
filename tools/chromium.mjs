/** How the tests, benchmarks and tools start Chromium by Playwright: WebGL and WebGPU in software, and nothing fetched. */
export const chromiumOptions = {
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // It would ask for its maker's hosts all the same.
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    // WebGPU, on SwiftShader too.
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--enable-features=Vulkan',
  ],
}
