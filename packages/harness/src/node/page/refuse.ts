import type { ServerResponse } from 'node:http'

/** Ends a request with a status and the reason, in words. */
export const refuse = (response: ServerResponse, status: number, why: string): void =>
  void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`)
