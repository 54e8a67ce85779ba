import { DRAWING } from './page-drawing.js';

/** The part of the page's script that asks the control API and follows the journal. */
const FOLLOWING = `// The token comes in the fragment, which no browser sends and no log sees.
// It leaves the address bar at once.
const given = location.hash.slice(1);
if (given) {
  sessionStorage.setItem('token', given);
  history.replaceState(null, '', location.pathname);
}
const token = given || sessionStorage.getItem('token') || '';
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
  if (answer.status === 401)
    throw new Error('open the address that the simulator printed, with its token');
  return answer.status === 409 ? undefined : answer.json();
}

let roomsShown = '';
function showRooms(rooms) {
  const state = JSON.stringify(rooms);
  if (state === roomsShown) return;
  roomsShown = state;
  document.getElementById('rooms').replaceChildren(...rooms.map(makeRoom));
}

function show({ handsets, troubles, rooms }) {
  showRooms(rooms);
  const main = document.getElementById('phones');
  if (handsets.length) document.getElementById('empty')?.remove();
  for (const handset of handsets.slice(-MAX_PHONES)) {
    const ownTroubles = troubles.filter((one) => one.number === handset.number);
    const state = JSON.stringify([handset, ownTroubles]);
    let card = cards.get(handset.number);
    if (!card) {
      card = { box: makeElement('section', 'phone'), state: '' };
      card.box.setAttribute('aria-label', 'Phone ' + handset.number);
      cards.set(handset.number, card);
      main.append(card.box);
    }
    // A card is redrawn only when something changed, so that a button under the pointer stays.
    if (card.state === state) continue;
    card.state = state;
    draw(card.box, handset, ownTroubles);
  }
}

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
