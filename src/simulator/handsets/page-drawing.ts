/**
 * The part of the page's script that makes elements. Whatever came over the network is set as text,
 * never as HTML.
 * `control` stands in the other part.
 */
export const DRAWING = `function element(tag, className, text, ...children) {
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
const clock = (at) =>
  new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const of = (number, what) => '/handsets/' + encodeURIComponent(number) + '/' + what;

const WAYS = [
  ['', 'a person'],
  ['busy', 'is busy'],
  ['no-answer', 'is not heard'],
  ['decline', 'declines'],
  ['voicemail', 'voicemail'],
  ['screener', 'screens its calls'],
  ['unreachable', 'unreachable'],
  ['undelivered', 'gets no SMS'],
];
function ways(number, troubles) {
  const mine = troubles.filter(
    (one) => one.number === number && WAYS.some(([kind]) => kind === one.kind),
  );
  const choice = element('select');
  choice.setAttribute('aria-label', 'What ' + number + ' does');
  for (const [kind, words] of WAYS)
    choice.append(new Option(words, kind, false, mine.at(-1)?.kind === kind));
  choice.addEventListener('change', async () => {
    for (const one of mine) await control('DELETE', '/troubles/' + one.id);
    if (choice.value) await control('POST', '/troubles', { kind: choice.value, number });
  });
  return choice;
}

const ENDS = {
  completed: 'ended',
  busy: 'declined',
  'no-answer': 'missed',
  canceled: 'caller gave up',
  failed: 'failed',
};
function callView(call) {
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
  const box = element(
    'article',
    call.state === 'ended' ? 'call' : 'call live',
    null,
    element('h3', '', null, element('span', '', 'Call \\u00b7 ' + words)),
    element('span', 'meta', (call.from ? 'from ' + call.from + ' \\u00b7 ' : '') + clock(call.at)),
  );
  const list = element('ol');
  for (const line of call.transcript) {
    const item = element('li', line.who + (line.isHeard ? '' : ' lost'));
    if (line.language) item.lang = line.language;
    if (line.who === 'key')
      item.append(
        element('span', 'keycap', line.text),
        line.isHeard ? 'pressed' : 'pressed, nobody listened',
      );
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
    pad.append(
      element(
        'div',
        'row',
        null,
        button('decline', 'Decline', 'Decline the call', send('decline')),
        button('answer', 'Answer', 'Answer the call', send('answer')),
      ),
    );
    pad.append(element('p', 'hint', 'or leave it ringing'));
    return pad;
  }
  const keys = element('div', 'keys' + (call.isListening ? ' listening' : ''));
  for (const key of '123456789*0#')
    keys.append(button('', key, 'Key ' + key, send('keys', { keys: key })));
  pad.append(
    keys,
    element(
      'p',
      'hint',
      call.isListening
        ? 'The call listens for keys'
        : call.room
          ? 'In a conference: keys do nothing'
          : 'Keys are not listened to now',
    ),
  );
  pad.append(element('div', 'row', null, button('decline', 'Hang up', 'Hang up', send('hangup'))));
  return pad;
}

function draw(card, handset, troubles) {
  const live = handset.calls.filter((call) => call.state !== 'ended').at(-1);
  card.className = 'phone' + (live && live.state === 'ringing' ? ' ringing' : '');
  const screen = element('div', 'screen');
  const seen = handset.messages
    .map((sms) => [sms.at, sms])
    .concat(handset.calls.map((call) => [call.at, call]));
  for (const [, one] of seen.sort((a, b) => (a[0] < b[0] ? -1 : 1)).slice(-50)) {
    if ('body' in one)
      screen.append(
        element(
          'div',
          'sms',
          one.body,
          element('span', 'meta', 'SMS from ' + one.from + ' \\u00b7 ' + clock(one.at)),
        ),
      );
    else screen.append(callView(one));
  }
  if (!seen.length) screen.append(element('p', 'none', 'Nothing yet'));
  card.replaceChildren(
    element(
      'div',
      'bar',
      null,
      element('strong', '', handset.number),
      ways(handset.number, troubles),
    ),
    screen,
  );
  if (live) card.append(padView(handset.number, live));
  screen.scrollTop = screen.scrollHeight;
}

function roomView(room) {
  const box = element(
    'article',
    'room',
    null,
    element('h2', '', 'Conference ' + room.name),
    element(
      'span',
      'meta',
      room.status === 'init'
        ? 'not started: nobody hears anybody'
        : 'since ' + clock(room.startedAt),
    ),
  );
  const list = element('ul');
  for (const one of room.participants) {
    const how =
      (one.isOnHold ? 'on hold, ' : one.isMuted ? 'muted, ' : '') + 'since ' + clock(one.joinedAt);
    list.append(
      element(
        'li',
        one.isSpeaking ? 'speaking' : '',
        null,
        one.number,
        element('span', 'meta', how),
      ),
    );
  }
  for (const one of room.connecting)
    list.append(element('li', '', null, one.number, element('span', 'meta', 'being called')));
  box.append(list);
  return box;
}
`;
