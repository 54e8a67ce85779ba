/**
 * The split view: the service's app and the phones in one window, for whoever tries both. Each is a
 * frame with an origin of its own, so neither page can look into the other.
 */
export const buildSplitPage = (app: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="app" content="${app}">
<title>Dingline: the app and the phones</title>
<link rel="stylesheet" href="/split/page.css">
<script src="/split/page.js" defer></script>
</head>
<body>
<header>
  <h1>Dingline: the app and the phones</h1>
  <nav aria-label="What is shown">
    <button type="button" data-shows="app" aria-pressed="true">App</button>
    <button type="button" data-shows="phones" aria-pressed="false">Phones<span id="ringing"></span></button>
  </nav>
</header>
<main>
<iframe id="app" title="The app"></iframe>
<iframe id="phones" title="The phones"></iframe>
</main>
</body>
</html>
`;

export const SPLIT_SCRIPT = `'use strict';
// What lets both pages in comes in the fragment, which no browser sends and no log sees. It leaves
// the address bar at once, and goes on in the fragments of the frames, which take it out themselves.
const given = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, '', location.pathname);
addEventListener('hashchange', () => location.reload());

const app = document.querySelector('meta[name=app]').content;
const find = (id) => document.getElementById(id);
// An attribute would keep it in the page.
const open = (id, address) => find(id).contentWindow.location.replace(address);
const demo = given.get('demo');
open('app', app + (demo ? '/app/demo#' + demo : '/app/'));
const phones = given.get('phones');
open('phones', '/handsets' + (phones ? '#' + phones : ''));

// Where there is room for one only.
const buttons = [...document.querySelectorAll('[data-shows]')];
for (const button of buttons)
  button.addEventListener('click', () => {
    document.body.dataset.shown = button.dataset.shows;
    for (const one of buttons) one.setAttribute('aria-pressed', String(one === button));
  });
addEventListener('message', ({ origin, source, data }) => {
  if (origin !== location.origin || source !== find('phones').contentWindow) return;
  find('ringing').textContent = data.ringing > 0 ? ': ' + data.ringing + ' ringing' : '';
});
`;

export const SPLIT_STYLE = `:root {
  color-scheme: light dark;
  --back: #eef1f5;
  --ink: #16202c;
  --card: #fff;
  --edge: #7b8794;
  --accent: #1a55ad;
  --on-accent: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0e141b;
    --ink: #e8eef6;
    --card: #18212c;
    --edge: #8291a5;
    --accent: #8fb8ff;
    --on-accent: #0d1c36;
  }
}
body {
  margin: 0;
  height: 100vh;
  height: 100dvh;
  display: flex;
  flex-direction: column;
  background: var(--back);
  color: var(--ink);
  font:
    15px/1.4 system-ui,
    sans-serif;
}
h1 {
  margin: 0;
  padding: 0.35rem 1rem;
  font-size: 0.9rem;
  font-weight: 600;
}
nav {
  display: none;
}
main {
  flex: 1;
  min-height: 0;
  display: grid;
  grid-template-columns: 1fr 1fr;
  gap: 4px;
}
iframe {
  width: 100%;
  height: 100%;
  border: 0;
  background: var(--card);
}
button {
  flex: 1;
  min-height: 2.75rem;
  font: inherit;
  font-weight: 600;
  color: inherit;
  background: var(--card);
  border: 1px solid var(--edge);
  cursor: pointer;
}
button[aria-pressed='true'] {
  background: var(--accent);
  color: var(--on-accent);
}
:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: -3px;
}
@media (width < 800px) {
  nav {
    display: flex;
  }
  main {
    grid-template-columns: 1fr;
  }
  body:not([data-shown='phones']) #phones,
  [data-shown='phones'] #app {
    display: none;
  }
}
`;
