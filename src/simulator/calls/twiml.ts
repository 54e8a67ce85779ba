import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { parseCallEvents, parseRoomEvents } from '../network/status-events.js';
import type { Address, Dial, Gather, NumberNoun, PassedOver, RoomNoun, Verb } from './verbs.js';
import type { Method } from '../network/webhook.js';

/**
 * Is thrown with Twilio's code: 12100 for what is no XML, 12200 for a verb or value that the rules
 * don't have.
 */
export class TwimlError extends Error {
  constructor(
    readonly code: 12100 | 12200,
    message: string,
  ) {
    super(message);
  }
}

type XmlNode = Record<string, unknown>;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: true,
  htmlEntities: true,
});

/**
 * Reads a TwiML document with Twilio's defaults: Say once, in English, voice "man"; Pause 1 s;
 * Gather 5 s, `#` ends it, POST; Redirect by POST; Dial rings 30 s and lasts 4 h. Sources: Twilio's
 * page for each verb.
 * A verb that isn't known is passed over with a warning, as by Twilio; a value that an attribute
 * doesn't take is an error here, where Twilio takes its default.
 */
export function parseTwiml(xml: string): Verb[] {
  const validity = XMLValidator.validate(xml);
  if (validity !== true) throw new TwimlError(12100, `Document parse failure: ${validity.err.msg}`);
  const roots = (parser.parse(xml) as XmlNode[]).filter(
    (node) => !getName(node).startsWith('?') && getName(node) !== '#text',
  );
  const root = roots[0];
  if (root === undefined || getName(root) !== 'Response')
    throw new TwimlError(12100, 'The root element must be Response');
  return readVerbs(root);
}

function readVerbs(node: XmlNode): Verb[] {
  return getChildren(node).flatMap((child) => {
    const name = getName(child);
    if (name === '#text') {
      return getText([child]) === '' ? [] : [passOver('Text outside of a verb')];
    }
    return name.startsWith('?') || name === '#comment' ? [] : [readVerb(name, child)];
  });
}

function readVerb(name: string, node: XmlNode): Verb {
  const attributes = (node[':@'] ?? {}) as Record<string, string>;
  switch (name) {
    case 'Say':
      return {
        verb: 'say',
        text: getText(getChildren(node)),
        language: attributes.language ?? 'en-US',
        voice: attributes.voice ?? 'man',
        loop: readCount(attributes.loop, 0, 1),
      };
    case 'Pause':
      return { verb: 'pause', lengthS: readCount(attributes.length, 0, 1) };
    case 'Play':
      return {
        verb: 'play',
        what: getText(getChildren(node)) || `the keys ${attributes.digits ?? ''}`.trim(),
        loop: readCount(attributes.loop, 0, 1),
      };
    case 'Record':
      return {
        verb: 'record',
        finishOnKey: attributes.finishOnKey ?? '1234567890*#',
        timeoutS: Math.min(
          readCount(attributes.timeout, 0, 5),
          readCount(attributes.maxLength, 1, 3_600),
        ),
      };
    case 'Enqueue':
      return {
        verb: 'enqueue',
        method: readMethod(attributes.method),
        ...(attributes.action ? { action: attributes.action } : {}),
      };
    case 'Gather':
      return readGather(node, attributes);
    case 'Dial':
      return readDial(node, attributes);
    case 'Redirect':
      return {
        verb: 'redirect',
        url: getText(getChildren(node)),
        method: readMethod(attributes.method),
      };
    case 'Hangup':
      return { verb: 'hangup' };
    case 'Reject':
      return { verb: 'reject' };
    default:
      return passOver(`${name} is not a verb of this network`);
  }
}

/** What may be heard while keys are awaited. */
const IN_GATHER: ReadonlySet<Verb['verb']> = new Set(['say', 'pause', 'play', 'passed-over']);

const passOver = (why: string): PassedOver => ({ verb: 'passed-over', why });

function readGather(node: XmlNode, attributes: Record<string, string>): Gather {
  const nested = readVerbs(node).map((verb) =>
    IN_GATHER.has(verb.verb) ? verb : passOver(`Gather may not hold ${verb.verb}`),
  );
  const gather: Gather = {
    verb: 'gather',
    finishOnKey: attributes.finishOnKey ?? '#',
    // `auto` is meant for speech; keys then have the default.
    timeoutS: attributes.timeout === 'auto' ? 5 : readCount(attributes.timeout, 0, 5),
    method: readMethod(attributes.method),
    actionOnEmptyResult: attributes.actionOnEmptyResult === 'true',
    nested,
  };
  if (attributes.numDigits !== undefined) gather.numDigits = readCount(attributes.numDigits, 1, 1);
  if (attributes.action) gather.action = attributes.action;
  return gather;
}

/** Twilio connects to these, too; here is nobody of that kind. */
const ABSENT: ReadonlySet<string> = new Set([
  'Client',
  'Sip',
  'Queue',
  'Sim',
  'Application',
  'WhatsApp',
]);

/**
 * Reads a Dial. It holds one Conference, or up to ten numbers that ring at once; one number may
 * stand in the Dial itself. Source: Twilio, "TwiML: Dial".
 */
function readDial(node: XmlNode, attributes: Record<string, string>): Dial {
  const nouns = getChildren(node).filter(
    (child) => !['#text', '#comment'].includes(getName(child)),
  );
  const loose = getText(getChildren(node).filter((child) => getName(child) === '#text'));
  const rooms = nouns.filter((noun) => getName(noun) === 'Conference');
  const numbers = nouns.filter((noun) => getName(noun) === 'Number').map(readNumber);
  const absent = nouns.map(getName).filter((name) => ABSENT.has(name));
  if (loose !== '') numbers.push({ number: loose, events: new Set() });
  if (
    rooms.length + numbers.length + absent.length === 0 ||
    rooms.length > 1 ||
    (rooms.length === 1 && nouns.length > 1) ||
    (rooms.length === 1 && numbers.length > 0) ||
    numbers.length > 10 ||
    nouns.some((noun) => !['Conference', 'Number', ...ABSENT].includes(getName(noun)))
  ) {
    throw new TwimlError(12200, 'Dial holds one Conference or up to ten Numbers');
  }
  const dial: Dial = {
    verb: 'dial',
    method: readMethod(attributes.method),
    timeoutS: readCount(attributes.timeout, 1, 30),
    timeLimitS: readCount(attributes.timeLimit, 1, 14_400),
    hangupOnStar: attributes.hangupOnStar === 'true',
    to: rooms[0] === undefined ? numbers : readRoom(rooms[0]),
    absent,
  };
  if (attributes.action) dial.action = attributes.action;
  if (attributes.callerId) dial.callerId = attributes.callerId;
  return dial;
}

/**
 * Reads a Conference. A waitUrl is accepted and never asked for; beep and announcements make no
 * sound. Source: Twilio, "TwiML: Conference", attributes and their defaults.
 */
function readRoom(node: XmlNode): RoomNoun {
  const attributes = (node[':@'] ?? {}) as Record<string, string>;
  const name = getText(getChildren(node));
  if (name === '' || name.length > 128)
    throw new TwimlError(12200, 'A Conference has a name of up to 128 characters');
  const statusCallback = readAddress(attributes.statusCallback, attributes.statusCallbackMethod);
  return {
    name,
    isMuted: attributes.muted === 'true',
    startsOnEnter: attributes.startConferenceOnEnter !== 'false',
    endsOnExit: attributes.endConferenceOnExit === 'true',
    maxParticipants: Math.min(250, readCount(attributes.maxParticipants, 1, 250)),
    events: parseRoomEvents(attributes.statusCallbackEvent ?? ''),
    ...(attributes.participantLabel ? { label: attributes.participantLabel } : {}),
    ...(statusCallback === undefined ? {} : { statusCallback }),
  };
}

function readNumber(node: XmlNode): NumberNoun {
  const attributes = (node[':@'] ?? {}) as Record<string, string>;
  const script = readAddress(attributes.url, attributes.method);
  const statusCallback = readAddress(attributes.statusCallback, attributes.statusCallbackMethod);
  return {
    number: getText(getChildren(node)),
    events: parseCallEvents(attributes.statusCallbackEvent ?? ''),
    ...(script === undefined ? {} : { script }),
    ...(statusCallback === undefined ? {} : { statusCallback }),
  };
}

function readAddress(url: string | undefined, method: string | undefined): Address | undefined {
  return url ? { url, method: readMethod(method) } : undefined;
}

function readCount(text: string | undefined, min: number, defaultValue: number): number {
  if (text === undefined) return defaultValue;
  if (!/^\d{1,6}$/.test(text) || Number(text) < min)
    throw new TwimlError(12200, `"${text}" is not a number that this attribute takes`);
  return Number(text);
}

function readMethod(text: string | undefined): Method {
  return text?.toUpperCase() === 'GET' ? 'GET' : 'POST';
}

function getName(node: XmlNode): string {
  return Object.keys(node).find((key) => key !== ':@') ?? '';
}

function getChildren(node: XmlNode): XmlNode[] {
  const children = node[getName(node)];
  return Array.isArray(children) ? (children as XmlNode[]) : [];
}

/** Answers the words alone: Say may hold SSML, whose tags say how to speak and not what. */
function getText(nodes: XmlNode[]): string {
  const raw = nodes
    .map((node) =>
      getName(node) === '#text' ? String(node['#text']) : ` ${getText(getChildren(node))} `,
    )
    .join('');
  return raw.replace(/\s+/g, ' ').trim();
}
