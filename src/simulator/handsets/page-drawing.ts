import { NETWORK_TROUBLES } from './network-troubles.js';

/**
 * The part of the page's script that makes elements.
 * Whatever came over the network is set as text, never as HTML.
 * The other part defines `control`, which asks the control API.
 */
export const DRAWING = `function makeElement(tag, className, text, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  made.append(...children);
  return made;
}
// Of a phone's buttons each has its key, which presses it from anywhere on that phone.
function makeButton(className, text, label, act, key) {
  const made = makeElement('button', className, text);
  made.type = 'button';
  made.setAttribute('aria-label', label);
  if (key) made.setAttribute('aria-keyshortcuts', key);
  made.addEventListener('click', () => void act());
  return made;
}
const formatTime = (at) =>
  new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const buildPath = (number, action) => '/handsets/' + encodeURIComponent(number) + '/' + action;

const BEHAVIOURS = [
  ['', 'a person'],
  ['busy', 'is busy'],
  ['no-answer', 'is not heard'],
  ['decline', 'declines'],
  ['voicemail', 'voicemail'],
  ['screener', 'screens its calls'],
  ['unreachable', 'unreachable'],
  ['undelivered', 'gets no SMS'],
  ['failed', 'loses its SMS'],
];
function makeBehaviourChoice(number, troubles) {
  const ownTroubles = troubles.filter(
    (one) => one.number === number && BEHAVIOURS.some(([kind]) => kind === one.kind),
  );
  const choice = makeElement('select');
  choice.setAttribute('aria-label', 'What ' + number + ' does');
  for (const [kind, words] of BEHAVIOURS)
    choice.append(new Option(words, kind, false, ownTroubles.at(-1)?.kind === kind));
  choice.addEventListener('change', async () => {
    for (const one of ownTroubles) await control('DELETE', '/troubles/' + one.id);
    if (choice.value) await control('POST', '/troubles', { kind: choice.value, number });
  });
  return choice;
}

const NETWORK_TROUBLES = ${JSON.stringify(NETWORK_TROUBLES)};
// What strikes all phones; one that was made otherwise has a button too, which takes it away.
function makeTroubleButtons(troubles) {
  const left = troubles.filter((one) => !one.number);
  const takeOut = (order) => {
    const at = left.findIndex((one) =>
      Object.entries(order).every(([name, value]) => one[name] === value),
    );
    return at === -1 ? undefined : left.splice(at, 1)[0];
  };
  const makeToggle = (words, order, found) => {
    const button = makeButton('trouble', words, 'The carrier ' + words, async () => {
      if (found) await control('DELETE', '/troubles/' + found.id);
      else await control('POST', '/troubles', order);
      refresh();
    });
    button.setAttribute('aria-pressed', String(Boolean(found)));
    return button;
  };
  const known = NETWORK_TROUBLES.map(({ words, order }) =>
    makeToggle(words, order, takeOut(order)),
  );
  return known.concat(left.map((one) => makeToggle('has the trouble ' + one.kind, one, one)));
}

const ENDS = {
  completed: 'ended',
  busy: 'declined',
  'no-answer': 'missed',
  canceled: 'caller gave up',
  failed: 'failed',
};
function makeCall(call) {
  const words =
    call.state === 'ended'
      ? call.hasRung
        ? ENDS[call.status] || call.status
        : 'turned away: ' + call.status
      : call.state === 'answered'
        ? call.room
          ? 'in conference' + (call.room.isMuted ? ', muted' : '')
          : 'in call'
        : 'ringing';
  const origin = call.from ? 'from ' + call.from + ' \\u00b7 ' : '';
  const box = makeElement(
    'article',
    call.state === 'ended' ? 'call' : 'call live',
    null,
    makeElement('h3', '', null, makeElement('span', '', 'Call \\u00b7 ' + words)),
    makeElement('span', 'meta', origin + formatTime(call.at)),
  );
  const list = makeElement('ol');
  for (const line of call.transcript) {
    const item = makeElement('li', line.who + (line.isHeard ? '' : ' lost'));
    if (line.language) item.lang = line.language;
    if (line.who === 'key')
      item.append(
        makeElement('span', 'keycap', line.text),
        line.isHeard ? 'pressed' : 'pressed, nobody listened',
      );
    else item.append(line.who === 'greeting' ? 'Voicemail: ' + line.text : line.text);
    list.append(item);
  }
  if (call.transcript.length) box.append(list);
  return box;
}

function makePad(number, call) {
  const pad = makeElement('div', 'pad');
  const callSid = call.sid;
  const send = (action, more) => () =>
    control('POST', buildPath(number, action), { callSid, ...more });
  if (call.state === 'ringing') {
    pad.append(
      makeElement(
        'div',
        'row',
        null,
        makeButton('decline', 'Decline', 'Decline the call', send('decline'), 'Escape'),
        makeButton('answer', 'Answer', 'Answer the call', send('answer'), 'Enter'),
      ),
    );
    pad.append(makeElement('p', 'hint', 'or leave it ringing'));
    return pad;
  }
  const keys = makeElement('div', 'keys' + (call.isListening ? ' listening' : ''));
  for (const key of '123456789*0#')
    keys.append(makeButton('', key, 'Key ' + key, send('keys', { keys: key }), key));
  pad.append(
    keys,
    makeElement(
      'p',
      'hint',
      call.isListening
        ? 'The call listens for keys'
        : call.room
          ? 'In a conference: keys do nothing'
          : 'Keys are not listened to now',
    ),
  );
  const hangUp = makeButton('decline', 'Hang up', 'Hang up', send('hangup'), 'Escape');
  pad.append(makeElement('div', 'row', null, hangUp));
  return pad;
}

function draw(card, handset, troubles) {
  const live = handset.calls.filter((call) => call.state !== 'ended').at(-1);
  card.className = 'phone' + (live && live.state === 'ringing' ? ' ringing' : '');
  const screen = makeElement('div', 'screen');
  screen.tabIndex = 0; // it scrolls, for a keyboard, too
  screen.setAttribute('role', 'group');
  screen.setAttribute('aria-label', 'Screen');
  const seen = handset.messages
    .map((sms) => [sms.at, sms])
    .concat(handset.calls.map((call) => [call.at, call]));
  for (const [, one] of seen.sort((a, b) => (a[0] < b[0] ? -1 : 1)).slice(-50)) {
    if ('body' in one)
      screen.append(
        makeElement(
          'div',
          'sms',
          one.body,
          makeElement('span', 'meta', 'SMS from ' + one.from + ' \\u00b7 ' + formatTime(one.at)),
        ),
      );
    else screen.append(makeCall(one));
  }
  if (!seen.length) screen.append(makeElement('p', 'none', 'Nothing yet'));
  const name = makeElement('h2', '', handset.name || handset.number);
  if (handset.name) name.append(makeElement('span', 'meta', handset.number));
  card.replaceChildren(
    makeElement(
      'div',
      'bar',
      null,
      name,
      makeBehaviourChoice(handset.number, troubles),
    ),
    screen,
  );
  if (live) card.append(makePad(handset.number, live));
  screen.scrollTop = screen.scrollHeight;
}

function makeRoom(room) {
  const box = makeElement(
    'article',
    'room',
    null,
    makeElement('h2', '', 'Conference ' + room.name),
    makeElement(
      'span',
      'meta',
      room.status === 'init'
        ? 'not started: nobody hears anybody'
        : 'since ' + formatTime(room.startedAt),
    ),
  );
  const list = makeElement('ul');
  for (const one of room.participants) {
    const state = one.isOnHold ? 'on hold, ' : one.isMuted ? 'muted, ' : '';
    const how = state + 'since ' + formatTime(one.joinedAt);
    list.append(
      makeElement(
        'li',
        one.isSpeaking ? 'speaking' : '',
        null,
        one.number,
        makeElement('span', 'meta', how),
      ),
    );
  }
  for (const one of room.connecting)
    list.append(
      makeElement('li', '', null, one.number, makeElement('span', 'meta', 'being called')),
    );
  box.append(list);
  return box;
}
`;
