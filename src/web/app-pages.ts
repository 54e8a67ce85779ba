import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** What Vite has made of src/web/app, beside this file's own build. */
const FOLDER = fileURLToPath(new URL('./app/', import.meta.url));

/** All is from here: no script or style within a page, nothing of anybody else's. */
const buildPolicy = (framedBy: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    `frame-ancestors ${framedBy}`,
  ].join('; ');

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Dingline</title>
<h1>The app isn't built</h1>
<p>This server has no pages for people: <code>npm run build</code> makes them. The API works without them.</p>
</html>
`;

/** As Vite names them; any other address below is a view's. */
const FILE = '^[\\w-]+\\.\\w+$';
/** A year. The names of these files change with what is in them. */
const FOR_GOOD = 'public, max-age=31536000, immutable';

/** What a phone or desktop that installs the app reads: its name and its icons, the same for everybody. */
const INSTALLED = [
  'manifest.webmanifest',
  'icon.svg',
  'icon-192.png',
  'icon-512.png',
  'icon-maskable-512.png',
  'apple-touch-icon.png',
];

/** Who may sign up here, which the page says before anybody has typed. */
export type SignUpPolicy = 'open' | 'invite' | 'closed';

interface How {
  /** What Vite has made. */
  folder?: string;
  /** The one origin that may show the app in a frame; nobody may by itself. */
  framedBy?: string | undefined;
}

/**
 * Serves the app for people at `/app` and below, where each address is a view of the one page; and
 * `<dingline-verify>`, which others' pages load.
 */
export function serveApp(
  app: FastifyInstance,
  signUp: SignUpPolicy,
  { folder = FOLDER, framedBy = "'none'" }: How = {},
): void {
  const policy = buildPolicy(framedBy);
  void app.register(fastifyStatic, { root: folder, serve: false, preCompressed: true });
  app.get('/', (_request, reply) => reply.redirect('/app/', 303));
  app.get('/app', (_request, reply) => reply.redirect('/app/', 303));
  app.get(`/app/assets/:file(${FILE})`, (request, reply) => {
    const { file } = request.params as { file: string };
    return reply
      .header('Cache-Control', FOR_GOOD)
      .sendFile(`assets/${file}`, { cacheControl: false });
  });
  for (const file of INSTALLED)
    app.get(`/app/${file}`, (_request, reply) =>
      reply
        .header('Cache-Control', 'public, max-age=86400')
        .sendFile(file, { cacheControl: false }),
    );
  app.get('/dingline-verify.js', (_request, reply) =>
    reply
      .header('Cache-Control', 'public, max-age=3600')
      // It is for others' pages, which may ask for it in any way that browsers know.
      .header('Access-Control-Allow-Origin', '*')
      .header('Cross-Origin-Resource-Policy', 'cross-origin')
      .sendFile('dingline-verify.js', { cacheControl: false }),
  );
  app.get('/app/*', async (_request, reply) =>
    sendPage(reply, await readPage(folder, signUp), policy),
  );
}

/** Read each time, so that a page that is built anew is served at once: 1 kB. */
async function readPage(folder: string, signUp: SignUpPolicy): Promise<string | undefined> {
  const page = await readFile(path.join(folder, 'index.html'), 'utf8').catch(() => undefined);
  return page?.replace('content="sign-up"', `content="${signUp}"`);
}

const sendPage = (reply: FastifyReply, page: string | undefined, policy: string): FastifyReply =>
  reply
    .status(page === undefined ? 503 : 200)
    .header('Content-Security-Policy', policy)
    .header('Cross-Origin-Opener-Policy', 'same-origin')
    .type('text/html; charset=utf-8')
    .send(page ?? NOT_BUILT);
