import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { LANGUAGES, TEXTS } from '../texts/catalogue.js';

/**
 * The page behind the link in a Ding's SMS. Its secret stands in the fragment: it is in no request,
 * no log and no Referer, and the page takes it out of the address bar. Opening the page only reads;
 * link scanners do that. The button confirms.
 */
const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfbfd;
  --card: #ffffff;
  --text: #1b1d22;
  --quiet: #565c68;
  --accent: #1a55ad;
  --on-accent: #ffffff;
  --danger: #b3261e;
  font: 1rem/1.5 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a;
    --card: #1e2127;
    --text: #eceef2;
    --quiet: #b0b6c1;
    --accent: #8fb8ff;
    --on-accent: #0d1c36;
    --danger: #ffb0a8;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere; }
main { max-width: 40rem; margin: 0 auto; padding: 1rem 1rem calc(2rem + env(safe-area-inset-bottom)); }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0 1rem; }
#origin { color: var(--quiet); font-size: 0.9rem; white-space: pre-line; }
blockquote {
  margin: 1rem 0; padding: 0.75rem 1rem; border-left: 4px solid var(--danger);
  background: var(--card); font-size: 1.3rem; white-space: pre-wrap;
}
button {
  width: 100%; min-height: 2.75rem; padding: 0.5rem 1rem; border: 1px solid var(--accent);
  border-radius: 0.5rem; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600;
}
button:disabled { opacity: 0.7; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
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
let isUnread = false;
const run = async (what) => {
  isUnread = false;
  button.disabled = true;
  state.textContent = words.wait;
  try {
    show(await ask(what));
  } catch {
    state.textContent = navigator.onLine === false ? words.offline : words.trouble;
    if (what === 'read') {
      isUnread = true;
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
// What was read stays. What isn't confirmed is for the person to send: nothing is sent later by itself.
addEventListener('offline', () => {
  if (!button.hidden) state.textContent = words.offline;
});
addEventListener('online', () => {
  if (isUnread) run('read');
  else if (state.textContent === words.offline) state.textContent = '';
});
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
