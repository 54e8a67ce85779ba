/**
 * The page of the phones: HTML, style and script, each served as it stands here, without a build and without anything from
 * elsewhere. Whatever came over the network is set as text, never as HTML.
 */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Handsets</title>
<link rel="stylesheet" href="/handsets/page.css">
<script src="/handsets/page.js" defer></script>
</head>
<body>
<header>
  <h1>Handsets</h1>
  <p>A simulated telephone network. Nothing here reaches a real phone.</p>
  <form id="add"><label>Number <input id="number" placeholder="+14155550123" pattern="\\+[1-9][0-9]{6,14}" required></label><button>Put a phone here</button></form>
  <span id="link" role="status">connecting</span>
</header>
<section id="rooms" aria-label="Conferences" aria-live="polite"></section>
<main id="phones"><p id="empty">No phone is in use yet. One appears here as soon as it is sent a message or a call.</p></main>
</body>
</html>
`;

export const STYLE = `
:root { color-scheme: light dark; --back: #eef1f5; --card: #fff; --ink: #16202c; --dim: #66758a; --line: #d9e0e8; --screen: #f6f8fb;
  --go: #12805c; --stop: #c8372d; --key: #e8edf3; --bubble: #e3ecfb; --ring: #1f6feb; }
@media (prefers-color-scheme: dark) { :root { --back: #0e141b; --card: #18212c; --ink: #e8eef6; --dim: #93a3b8; --line: #2b3846; --screen: #111922;
  --go: #2aa876; --stop: #e5584d; --key: #263241; --bubble: #22344e; --ring: #5b9bff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; align-items: baseline; padding: 1.1rem 1.6rem; }
h1 { font-size: 1.25rem; margin: 0; letter-spacing: -.01em; }
header p { margin: 0; color: var(--dim); flex: 1; min-width: 14rem; }
#link { font-size: .8rem; color: var(--dim); }
#link.live::before { content: ''; display: inline-block; width: .55em; height: .55em; border-radius: 50%; background: var(--go); margin-right: .45em; }
#link.lost { color: var(--stop); }
form label { font-size: .8rem; color: var(--dim); }
input, select, button { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); padding: .3rem .6rem; }
input { width: 10.5rem; margin: 0 .4rem; }
button { cursor: pointer; }
button:focus-visible, input:focus-visible, select:focus-visible { outline: 2px solid var(--ring); outline-offset: 2px; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: 1.4rem; padding: .4rem 1.6rem 2.4rem; align-items: start; }
#rooms { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0 1.6rem; }
#rooms:not(:empty) { padding-bottom: 1rem; }
.room { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: .7rem .95rem; min-width: 16rem; }
.room h2 { font-size: .95rem; margin: 0; overflow-wrap: anywhere; }
.room ul { list-style: none; margin: .45rem 0 0; padding: 0; display: grid; gap: .25rem; font-variant-numeric: tabular-nums; }
.room li::before { content: ''; display: inline-block; width: .55em; height: .55em; border-radius: 50%; background: var(--line); margin-right: .5em; }
.room li.speaking::before { background: var(--go); }
.room li .meta { display: inline; margin-left: .5em; }
#empty { color: var(--dim); grid-column: 1 / -1; padding: 3rem 0; text-align: center; }
.phone { background: var(--card); border: 1px solid var(--line); border-radius: 1.8rem; padding: .9rem; box-shadow: 0 10px 30px -18px #0008; max-width: 24rem; width: 100%; justify-self: center; }
.phone.ringing { border-color: var(--ring); animation: ring 1.1s ease-in-out infinite; }
@keyframes ring { 50% { box-shadow: 0 0 0 7px color-mix(in srgb, var(--ring) 28%, transparent); } }
@media (prefers-reduced-motion: reduce) { .phone.ringing { animation: none; box-shadow: 0 0 0 4px var(--ring); } }
.bar { display: flex; justify-content: space-between; align-items: center; padding: .1rem .5rem .7rem; gap: .6rem; }
.bar strong { font-variant-numeric: tabular-nums; font-size: 1.05rem; }
.bar select { font-size: .78rem; padding: .15rem .3rem; max-width: 9rem; color: var(--dim); }
.screen { background: var(--screen); border-radius: 1.1rem; padding: .8rem; min-height: 13rem; max-height: 26rem; overflow-y: auto; display: flex; flex-direction: column; gap: .55rem; }
.none { color: var(--dim); margin: auto; }
.sms { align-self: flex-start; max-width: 92%; background: var(--bubble); border-radius: 1rem 1rem 1rem .25rem; padding: .5rem .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.meta { display: block; color: var(--dim); font-size: .74rem; font-variant-numeric: tabular-nums; }
.call { border: 1px solid var(--line); border-radius: .9rem; padding: .55rem .75rem; }
.call h3 { margin: 0; font-size: .9rem; font-weight: 600; }
.call.live { border-color: var(--ring); }
.call ol { list-style: none; margin: .4rem 0 0; padding: 0; display: flex; flex-direction: column; gap: .3rem; }
.call li { padding-left: .7rem; border-left: 3px solid var(--ring); overflow-wrap: anywhere; }
.call li.greeting { border-color: var(--dim); font-style: italic; color: var(--dim); }
.call li.key { border-color: var(--go); }
.call li.key.lost { border-color: var(--line); color: var(--dim); }
.keycap { display: inline-block; min-width: 1.5em; text-align: center; background: var(--key); border-radius: .35rem; font-weight: 600; margin-right: .4em; }
.pad { padding: .9rem .4rem .2rem; display: grid; gap: .7rem; }
.row { display: flex; gap: .7rem; }
.row button { flex: 1; padding: .65rem; border: 0; border-radius: 2rem; color: #fff; font-weight: 600; }
.answer { background: var(--go); }
.decline { background: var(--stop); }
.keys { display: grid; grid-template-columns: repeat(3, 1fr); gap: .45rem; }
.keys button { border: 0; background: var(--key); border-radius: .8rem; padding: .5rem; font-size: 1.15rem; font-weight: 600; }
.keys.listening button { box-shadow: inset 0 0 0 2px color-mix(in srgb, var(--go) 55%, transparent); }
.keys button:active { filter: brightness(.9); }
.hint { margin: 0; text-align: center; font-size: .78rem; color: var(--dim); }
`;

export const SCRIPT = `'use strict';
// The token comes in the fragment, which no browser sends and no log sees. It leaves the address bar at once.
const given = location.hash.slice(1);
if (given) { sessionStorage.setItem('token', given); history.replaceState(null, '', location.pathname); }
const token = given || sessionStorage.getItem('token') || '';
const cards = new Map();
const link = document.getElementById('link');
const MOST_PHONES = 60;

async function control(method, path, body) {
  const headers = { authorization: 'Bearer ' + token };
  if (body) headers['content-type'] = 'application/json';
  const answer = await fetch('/control' + path, { method, headers, body: body ? JSON.stringify(body) : undefined });
  if (answer.status === 401) throw new Error('open the address that the simulator printed, with its token');
  return answer.status === 409 ? undefined : answer.json();
}

function element(tag, className, text, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  made.append(...children);
  return made;
}
function button(className, text, label, act) {
  const made = element('button', className, text);
  made.type = 'button';
  made.setAttribute('aria-label', label);
  made.addEventListener('click', () => void act());
  return made;
}
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const of = (number, what) => '/handsets/' + encodeURIComponent(number) + '/' + what;

const WAYS = [['', 'a person'], ['busy', 'is busy'], ['no-answer', 'is not heard'], ['decline', 'declines'], ['voicemail', 'voicemail'], ['screener', 'screens its calls'], ['unreachable', 'unreachable'], ['undelivered', 'gets no SMS']];
function ways(number, troubles) {
  const mine = troubles.filter((one) => one.number === number && WAYS.some(([kind]) => kind === one.kind));
  const choice = element('select');
  choice.setAttribute('aria-label', 'What ' + number + ' does');
  for (const [kind, words] of WAYS) choice.append(new Option(words, kind, false, mine.at(-1)?.kind === kind));
  choice.addEventListener('change', async () => {
    for (const one of mine) await control('DELETE', '/troubles/' + one.id);
    if (choice.value) await control('POST', '/troubles', { kind: choice.value, number });
  });
  return choice;
}

const ENDS = { completed: 'ended', busy: 'declined', 'no-answer': 'missed', canceled: 'caller gave up', failed: 'failed' };
function callView(call) {
  const words = call.state === 'ended' ? (call.hasRung ? ENDS[call.status] || call.status : 'turned away: ' + call.status)
    : call.state === 'answered' ? (call.room ? 'in conference' + (call.room.isMuted ? ', muted' : '') : 'in call') : 'ringing';
  const box = element('article', call.state === 'ended' ? 'call' : 'call live', null, element('h3', '', null,
    element('span', '', 'Call \\u00b7 ' + words)), element('span', 'meta', (call.from ? 'from ' + call.from + ' \\u00b7 ' : '') + clock(call.at)));
  const list = element('ol');
  for (const line of call.transcript) {
    const item = element('li', line.who + (line.isHeard ? '' : ' lost'));
    if (line.language) item.lang = line.language;
    if (line.who === 'key') item.append(element('span', 'keycap', line.text), line.isHeard ? 'pressed' : 'pressed, nobody listened');
    else item.append(line.who === 'greeting' ? 'Voicemail: ' + line.text : line.text);
    list.append(item);
  }
  if (call.transcript.length) box.append(list);
  return box;
}

function padView(number, call) {
  const pad = element('div', 'pad');
  const callSid = call.sid;
  const send = (what, more) => () => control('POST', of(number, what), { callSid, ...more });
  if (call.state === 'ringing') {
    pad.append(element('div', 'row', null, button('decline', 'Decline', 'Decline the call', send('decline')), button('answer', 'Answer', 'Answer the call', send('answer'))));
    pad.append(element('p', 'hint', 'or leave it ringing'));
    return pad;
  }
  const keys = element('div', 'keys' + (call.isListening ? ' listening' : ''));
  for (const key of '123456789*0#') keys.append(button('', key, 'Key ' + key, send('keys', { keys: key })));
  pad.append(keys, element('p', 'hint', call.isListening ? 'The call listens for keys' : call.room ? 'In a conference: keys do nothing' : 'Keys are not listened to now'));
  pad.append(element('div', 'row', null, button('decline', 'Hang up', 'Hang up', send('hangup'))));
  return pad;
}

function draw(card, handset, troubles) {
  const live = handset.calls.filter((call) => call.state !== 'ended').at(-1);
  card.className = 'phone' + (live && live.state === 'ringing' ? ' ringing' : '');
  const screen = element('div', 'screen');
  const seen = handset.messages.map((sms) => [sms.at, sms]).concat(handset.calls.map((call) => [call.at, call]));
  for (const [, one] of seen.sort((a, b) => (a[0] < b[0] ? -1 : 1)).slice(-50)) {
    if ('body' in one) screen.append(element('div', 'sms', one.body, element('span', 'meta', 'SMS from ' + one.from + ' \\u00b7 ' + clock(one.at))));
    else screen.append(callView(one));
  }
  if (!seen.length) screen.append(element('p', 'none', 'Nothing yet'));
  card.replaceChildren(element('div', 'bar', null, element('strong', '', handset.number), ways(handset.number, troubles)), screen);
  if (live) card.append(padView(handset.number, live));
  screen.scrollTop = screen.scrollHeight;
}

function roomView(room) {
  const box = element('article', 'room', null, element('h2', '', 'Conference ' + room.name),
    element('span', 'meta', room.status === 'init' ? 'not started: nobody hears anybody' : 'since ' + clock(room.startedAt)));
  const list = element('ul');
  for (const one of room.participants) {
    const how = (one.isOnHold ? 'on hold, ' : one.isMuted ? 'muted, ' : '') + 'since ' + clock(one.joinedAt);
    list.append(element('li', one.isSpeaking ? 'speaking' : '', null, one.number, element('span', 'meta', how)));
  }
  for (const one of room.connecting) list.append(element('li', '', null, one.number, element('span', 'meta', 'being called')));
  box.append(list);
  return box;
}

let roomsShown = '';
function showRooms(rooms) {
  const state = JSON.stringify(rooms);
  if (state === roomsShown) return;
  roomsShown = state;
  document.getElementById('rooms').replaceChildren(...rooms.map(roomView));
}

function show({ handsets, troubles, rooms }) {
  showRooms(rooms);
  const main = document.getElementById('phones');
  if (handsets.length) document.getElementById('empty')?.remove();
  for (const handset of handsets.slice(-MOST_PHONES)) {
    const mine = troubles.filter((one) => one.number === handset.number);
    const state = JSON.stringify([handset, mine]);
    let card = cards.get(handset.number);
    if (!card) {
      card = { box: element('section', 'phone'), state: '' };
      card.box.setAttribute('aria-label', 'Phone ' + handset.number);
      cards.set(handset.number, card);
      main.append(card.box);
    }
    // Redrawn only when something changed, so that a button under the pointer stays.
    if (card.state === state) continue;
    card.state = state;
    draw(card.box, handset, mine);
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

// EventSource can't send a header, and a token in a query would stand in logs: so the stream is read by fetch.
async function follow() {
  const start = await control('GET', '/handsets');
  show(start);
  const answer = await fetch('/control/events?since=' + start.seq, { headers: { authorization: 'Bearer ' + token } });
  link.textContent = 'live';
  link.className = 'live';
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
    try { await follow(); } catch (error) {
      link.textContent = error.message === 'Failed to fetch' ? 'the simulator is away' : error.message;
      link.className = 'lost';
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
