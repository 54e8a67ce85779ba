import type { FastifyInstance } from 'fastify';
import { SCRIPT } from './page-script.js';
import { STYLE } from './page-style.js';
import { PAGE } from './page.js';

/** The page takes nothing from elsewhere and nothing inline; only the split view frames it. */
const buildPolicy = (isFramed: boolean): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${isFramed ? "'self'" : "'none'"}`,
  ].join('; ');

/**
 * Serves the page of the phones. The page is no secret; what it shows comes from the control API,
 * which the page asks with a token that it gets once for the invitation in its fragment.
 */
export function registerHandsetsPage(app: FastifyInstance, isFramed: boolean): void {
  const files: [path: string, type: string, text: string][] = [
    ['/handsets', 'text/html; charset=utf-8', PAGE],
    ['/handsets/page.js', 'text/javascript; charset=utf-8', SCRIPT],
    ['/handsets/page.css', 'text/css; charset=utf-8', STYLE],
  ];
  for (const [path, type, text] of files) {
    app.get(path, (_request, reply) =>
      reply.type(type).header('content-security-policy', buildPolicy(isFramed)).send(text),
    );
  }
}
