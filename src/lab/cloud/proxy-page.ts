import type { HttpAnswer } from './server.ts'

const titles = { 200: 'Sign in to the network', 403: 'Access denied', 502: 'Bad gateway' }

/** What a proxy between a client and AWS says instead of AWS: a page for people, which may be XML or not. */
export function proxyPage(status: 200 | 403 | 502, wellFormed: boolean): HttpAnswer {
  const title = titles[status]
  const rule = wellFormed ? '<hr/>' : '<hr>'
  const head = `<!DOCTYPE html>\n<html><head><title>${title}</title></head>`
  const body = `${head}\n<body><h1>${title}</h1>${rule}proxy.example.net</body></html>\n`
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', server: 'squid' }, body }
}
