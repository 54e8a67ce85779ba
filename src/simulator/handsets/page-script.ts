import { DRAWING } from './page-drawing.js';

/** The part of the page's script that asks the control API and follows the journal. */
const FOLLOWING = `// The token comes in the fragment, which no browser sends and no log sees.
// It leaves the address bar at once, and serves once: the page gets a token of its own for it.
let given = location.hash.slice(1);
if (given) history.replaceState(null, '', location.pathname);
let token = sessionStorage.getItem('token') || '';

async function enter() {
  if (!given) return;
  const answer = await fetch('/control/pages', {
    method: 'POST',
    headers: { authorization: 'Bearer ' + given },
  });
  given = '';
  if (!answer.ok) return;
  token = (await answer.json()).token;
  sessionStorage.setItem('token', token);
}
const cards = new Map();
const connection = document.getElementById('link');
const MAX_PHONES = 60;

async function control(method, path, body) {
  const headers = { authorization: 'Bearer ' + token };
  if (body) headers['content-type'] = 'application/json';
  const answer = await fetch('/control' + path, {
    method,
    headers,
    body: body ? JSON.stringify(body) : undefined,
  });
  if (answer.status === 401) {
    document.getElementById('empty')?.remove(); // whether a phone is in use, isn't known here
    throw new Error('open the newest address that was printed: each serves one browser');
  }
  return answer.status === 409 ? undefined : answer.json();
}

let roomsShown = '';
function showRooms(rooms) {
  const state = JSON.stringify(rooms);
  if (state === roomsShown) return;
  roomsShown = state;
  document.getElementById('rooms').replaceChildren(...rooms.map(makeRoom));
}

let troublesShown = '';
function showTroubles(troubles) {
  const state = JSON.stringify(troubles.filter((one) => !one.number));
  if (state === troublesShown) return;
  troublesShown = state;
  const buttons = makeTroubleButtons(troubles);
  const struck = buttons.filter((one) => one.getAttribute('aria-pressed') === 'true').length;
  document.getElementById('struck').textContent = struck ? ': ' + struck : '';
  const box = document.getElementById('troubles');
  keepFocus(box, () => box.replaceChildren('The carrier ', ...buttons));
}

// What is drawn anew had the focus: it goes to what stands in its place, or else to the whole.
function keepFocus(box, redraw) {
  const focused = document.activeElement;
  const label = box !== focused && box.contains(focused) && focused.getAttribute('aria-label');
  redraw();
  if (!label) return;
  const again = [...box.querySelectorAll('[aria-label]')].find(
    (one) => one.getAttribute('aria-label') === label,
  );
  (again || box).focus({ preventScroll: true });
}

// Whose phone begins to ring is said, with those that ring already. The first is shown, unless
// somebody is busy with another.
const ringing = new Map();
function noticeRings(handsets) {
  const before = ringing.size;
  let isNews = false;
  for (const { number, name, calls } of handsets) {
    if (!calls.some((call) => call.state === 'ringing')) ringing.delete(number);
    else if (!ringing.has(number)) {
      ringing.set(number, name || number);
      isNews = true;
    }
  }
  if (isNews) {
    const names = [...ringing.values()];
    document.getElementById('news').textContent =
      names.join(', ') + (names.length === 1 ? ' is rung' : ' are rung');
    if (before === 0) showRinging();
  }
  if (parent !== window) parent.postMessage({ ringing: ringing.size }, location.origin);
}
function showRinging() {
  if (document.activeElement.closest('.phone')) return;
  document.querySelector('.phone.ringing')?.scrollIntoView({ block: 'nearest' });
}

// A frame that isn't shown scrolls nothing: what has happened meanwhile is shown when it is.
let isSeen = innerHeight > 0;
addEventListener('resize', () => {
  const wasSeen = isSeen;
  isSeen = innerHeight > 0;
  if (wasSeen || !isSeen) return;
  for (const screen of document.querySelectorAll('.screen')) screen.scrollTop = screen.scrollHeight;
  showRinging();
});

function show({ handsets, troubles, rooms }) {
  showRooms(rooms);
  showTroubles(troubles);
  const main = document.getElementById('phones');
  if (handsets.length) document.getElementById('empty')?.remove();
  for (const handset of handsets.slice(-MAX_PHONES)) {
    const ownTroubles = troubles.filter((one) => one.number === handset.number);
    const state = JSON.stringify([handset, ownTroubles]);
    let card = cards.get(handset.number);
    if (!card) {
      card = { box: makeElement('section', 'phone'), state: '' };
      card.box.tabIndex = 0;
      cards.set(handset.number, card);
      main.append(card.box);
    }
    // A card is redrawn only when something changed, so that a button under the pointer stays.
    if (card.state === state) continue;
    card.state = state;
    const whose = handset.name ? handset.name + ', ' : '';
    card.box.setAttribute('aria-label', 'Phone ' + whose + handset.number);
    keepFocus(card.box, () => draw(card.box, handset, ownTroubles));
  }
  noticeRings(handsets);
}

// The keyboard is that of the phone that has the focus. Enter stays a button's own.
document.getElementById('phones').addEventListener('keydown', (event) => {
  const phone = event.target.closest('.phone');
  const isOwn = event.target.matches('select') || (event.key === 'Enter' && event.target.matches('button'));
  if (!phone || isOwn || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = [...phone.querySelectorAll('[aria-keyshortcuts]')].find(
    (one) => one.getAttribute('aria-keyshortcuts') === event.key,
  );
  if (!button) return;
  event.preventDefault();
  button.click();
});
document.getElementById('reset').addEventListener('click', async () => {
  await control('POST', '/reset');
  refresh();
});

let isDue = false;
function refresh() {
  if (isDue) return;
  isDue = true;
  setTimeout(async () => {
    isDue = false;
    show(await control('GET', '/handsets'));
  }, 40);
}

// EventSource can't send a header, and a token in a query would stand in logs:
// so the stream is read by fetch.
async function follow() {
  await enter();
  const start = await control('GET', '/handsets');
  show(start);
  const answer = await fetch('/control/events?since=' + start.seq, {
    headers: { authorization: 'Bearer ' + token },
  });
  connection.textContent = 'live';
  connection.className = 'live';
  refresh();
  const reader = answer.body.getReader();
  for (;;) {
    const { done } = await reader.read();
    if (done) throw new Error('the simulator has stopped');
    refresh();
  }
}
async function keepFollowing() {
  for (;;) {
    try {
      await follow();
    } catch (error) {
      connection.textContent =
        error.message === 'Failed to fetch' ? 'the simulator is away' : error.message;
      connection.className = 'lost';
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
}
document.getElementById('add').addEventListener('submit', async (event) => {
  event.preventDefault();
  await control('POST', '/handsets', { number: document.getElementById('number').value.trim() });
  event.target.reset();
  refresh();
});
void keepFollowing();
`;

export const SCRIPT = `'use strict';
${DRAWING}
${FOLLOWING}`;
