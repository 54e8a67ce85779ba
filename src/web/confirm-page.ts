import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { LANGUAGES, TEXTS } from '../texts/catalogue.js';

/**
 * The page behind the link in a Ding's SMS. Its secret stands in the fragment: it is in no request,
 * no log and no Referer, and the page takes it out of the address bar. Opening the page only reads;
 * link scanners do that. The button confirms.
 */
const STYLE = `
:root{color-scheme:light dark;font:18px/1.5 system-ui,sans-serif}
body{max-width:32rem;margin:0 auto;padding:2rem 1rem}
h1{font-size:1.3rem}
#origin{font-size:.85rem;opacity:.8;white-space:pre-line;overflow-wrap:anywhere}
blockquote{margin:1.5rem 0;padding:1rem;border-left:4px solid #c33;white-space:pre-wrap;overflow-wrap:anywhere}
button{font:inherit;font-weight:600;width:100%;padding:1rem;border:0;border-radius:.5rem;background:#1a7f37;color:#fff}
button:disabled{opacity:.5}
`;

const WORDS = Object.fromEntries(
  LANGUAGES.map((language) => [language, TEXTS[language].confirmPage]),
);

/**
 * Where site data is blocked, the storage can't even be asked for: the secret then lasts as long as
 * the page does, which says to open the link again when it was loaded without one.
 */
const SCRIPT = `
const catalogue = ${JSON.stringify(WORDS).replaceAll('<', '\\u003c')};
const locales = (navigator.languages || [navigator.language || 'en']).map((tag) => ({
  tag,
  language: tag.slice(0, 2).toLowerCase(),
}));
const { tag, language } = locales.find((one) => Object.keys(catalogue).includes(one.language)) || {
  tag: 'en',
  language: 'en',
};
const words = catalogue[language];
const [title, from, origin, text, button, state] = [
  'title',
  'from',
  'origin',
  'text',
  'button',
  'state',
].map((id) => document.getElementById(id));
document.documentElement.lang = language;
document.title = words.title;
title.textContent = words.title;
const withStorage = (work) => {
  try {
    return work(sessionStorage);
  } catch {
    return null;
  }
};
const token = location.hash.slice(1) || withStorage((storage) => storage.getItem('token')) || '';
if (token) withStorage((storage) => storage.setItem('token', token));
history.replaceState(null, '', location.pathname);
addEventListener('hashchange', () => location.reload());
const ask = async (what) => {
  if (!token) return { state: 'no_token' };
  const answer = await fetch('v1/ding-links/' + what, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (answer.status === 404 || answer.status === 400) return { state: 'unknown' };
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
};
const showMessage = (one) => {
  from.textContent = words.from.replace('{name}', () => one.from);
  const time = new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'short' }).format(
    new Date(one.sentAt),
  );
  const lines = [words.sent.replace('{time}', () => time)];
  if (one.teams.length) lines.push(words.team.replace('{team}', () => one.teams.join(', ')));
  origin.textContent = lines.join('\\n');
  text.textContent = one.text;
  text.hidden = false;
};
const show = (one) => {
  if (one.text) showMessage(one);
  button.hidden = one.state !== 'open';
  button.textContent = words.confirm;
  state.textContent = one.state === 'open' ? '' : words[one.state];
};
const run = async (what) => {
  button.disabled = true;
  state.textContent = words.wait;
  try {
    show(await ask(what));
  } catch {
    state.textContent = words.trouble;
    if (what === 'read') {
      button.hidden = false;
      button.textContent = words.retry;
      button.onclick = () => run('read');
      button.disabled = false;
      return;
    }
  }
  button.onclick = () => run('confirm');
  button.disabled = false;
};
run('read');
`;

const NO_SCRIPT = LANGUAGES.map(
  (language) => `<p lang="${language}">${TEXTS[language].confirmPage.noScript}</p>`,
).join('');

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>Dingline</title>
<style>${STYLE}</style>
<main>
<h1 id="title">Dingline</h1>
<p id="from"></p>
<blockquote id="text" dir="auto" hidden></blockquote>
<p id="origin"></p>
<button id="button" type="button" hidden></button>
<p id="state" role="status"></p>
<noscript>${NO_SCRIPT}</noscript>
</main>
<script>${SCRIPT}</script>
</html>
`;

const hashSource = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const POLICY = [
  "default-src 'none'",
  `script-src ${hashSource(SCRIPT)}`,
  `style-src ${hashSource(STYLE)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves it at `/c`: the path is short, since it stands in an SMS. */
export function serveConfirmPage(app: FastifyInstance): void {
  app.get('/c', (_request, reply) =>
    reply
      .header('Content-Security-Policy', POLICY)
      .header('Cache-Control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(PAGE),
  );
}
