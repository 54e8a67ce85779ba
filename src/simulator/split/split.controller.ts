import type { FastifyInstance } from 'fastify';
import { buildSplitPage, SPLIT_SCRIPT, SPLIT_STYLE } from './page.js';

/** The page takes nothing from elsewhere and nothing inline; it frames the phones and one app. */
const buildPolicy = (app: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `frame-src 'self' ${app}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Serves the split view. The page is no secret: what it shows asks for what its fragment has. */
export function registerSplitPage(app: FastifyInstance, shown: string): void {
  const files: [path: string, type: string, text: string][] = [
    ['/split', 'text/html; charset=utf-8', buildSplitPage(shown)],
    ['/split/page.js', 'text/javascript; charset=utf-8', SPLIT_SCRIPT],
    ['/split/page.css', 'text/css; charset=utf-8', SPLIT_STYLE],
  ];
  for (const [path, type, text] of files) {
    app.get(path, (_request, reply) =>
      reply.type(type).header('content-security-policy', buildPolicy(shown)).send(text),
    );
  }
}
