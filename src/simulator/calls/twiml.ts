import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { parseCallEvents, parseRoomEvents } from '../network/status-events.js';
import type { Address, Dial, Gather, NumberNoun, RoomNoun, Verb } from './verbs.js';
import type { Method } from '../network/webhook.js';

/** Twilio's code of the trouble: 12100 not XML, 12200 a verb or value that the rules don't have. */
export class TwimlError extends Error {
  constructor(readonly code: 12100 | 12200, message: string) {
    super(message);
  }
}

type XmlNode = Record<string, unknown>;

const parser = new XMLParser({
  preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', parseTagValue: false, parseAttributeValue: false,
  trimValues: false, processEntities: true, htmlEntities: true,
});

/**
 * Reads a TwiML document with Twilio's defaults: Say once, in English, voice "man"; Pause 1 s; Gather 5 s, `#` ends it,
 * POST; Redirect by POST; Dial rings 30 s and lasts 4 h. Sources: Twilio's page for each verb.
 * Stricter than Twilio in one thing: an unknown verb is an error here, where Twilio warns (12200) and goes on.
 */
export function parseTwiml(xml: string): Verb[] {
  const validity = XMLValidator.validate(xml);
  if (validity !== true) throw new TwimlError(12100, `Document parse failure: ${validity.err.msg}`);
  const roots = (parser.parse(xml) as XmlNode[]).filter((node) => !nameOf(node).startsWith('?') && nameOf(node) !== '#text');
  const root = roots[0];
  if (root === undefined || nameOf(root) !== 'Response') throw new TwimlError(12100, 'The root element must be Response');
  return verbsIn(root);
}

function verbsIn(node: XmlNode): Verb[] {
  return childrenOf(node).flatMap((child) => {
    const name = nameOf(child);
    if (name === '#text') {
      if (textOf([child]) !== '') throw new TwimlError(12200, 'Text outside of a verb');
      return [];
    }
    return name.startsWith('?') || name === '#comment' ? [] : [verbOf(name, child)];
  });
}

function verbOf(name: string, node: XmlNode): Verb {
  const attributes = (node[':@'] ?? {}) as Record<string, string>;
  switch (name) {
    case 'Say':
      return {
        verb: 'say',
        text: textOf(childrenOf(node)),
        language: attributes.language ?? 'en-US',
        voice: attributes.voice ?? 'man',
        loop: count(attributes.loop, 0, 1),
      };
    case 'Pause':
      return { verb: 'pause', lengthS: count(attributes.length, 0, 1) };
    case 'Gather':
      return gatherOf(node, attributes);
    case 'Dial':
      return dialOf(node, attributes);
    case 'Redirect':
      return { verb: 'redirect', url: textOf(childrenOf(node)), method: methodOf(attributes.method) };
    case 'Hangup':
      return { verb: 'hangup' };
    case 'Reject':
      return { verb: 'reject' };
    default:
      throw new TwimlError(12200, `${name} is not a verb of this network`);
  }
}

function gatherOf(node: XmlNode, attributes: Record<string, string>): Gather {
  const nested = verbsIn(node);
  if (nested.some((verb) => verb.verb !== 'say' && verb.verb !== 'pause')) throw new TwimlError(12200, 'Gather may hold Say and Pause only');
  const gather: Gather = {
    verb: 'gather',
    finishOnKey: attributes.finishOnKey ?? '#',
    // `auto` is for speech; keys then have the default.
    timeoutS: attributes.timeout === 'auto' ? 5 : count(attributes.timeout, 0, 5),
    method: methodOf(attributes.method),
    actionOnEmptyResult: attributes.actionOnEmptyResult === 'true',
    nested,
  };
  if (attributes.numDigits !== undefined) gather.numDigits = count(attributes.numDigits, 1, 1);
  if (attributes.action) gather.action = attributes.action;
  return gather;
}

/** One Conference, or up to ten numbers that ring at once; a number may stand in Dial itself. Source: Twilio, "TwiML: Dial". */
function dialOf(node: XmlNode, attributes: Record<string, string>): Dial {
  const nouns = childrenOf(node).filter((child) => !['#text', '#comment'].includes(nameOf(child)));
  const loose = textOf(childrenOf(node).filter((child) => nameOf(child) === '#text'));
  const rooms = nouns.filter((noun) => nameOf(noun) === 'Conference');
  const numbers = nouns.filter((noun) => nameOf(noun) === 'Number').map(numberOf);
  if (loose !== '') numbers.push({ number: loose, events: new Set() });
  if (rooms.length + numbers.length === 0 || rooms.length > 1 || (rooms.length === 1 && numbers.length > 0) || numbers.length > 10 || nouns.length > rooms.length + numbers.length) {
    throw new TwimlError(12200, 'Dial holds one Conference or up to ten Numbers');
  }
  const dial: Dial = {
    verb: 'dial',
    method: methodOf(attributes.method),
    timeoutS: count(attributes.timeout, 1, 30),
    timeLimitS: count(attributes.timeLimit, 1, 14_400),
    hangupOnStar: attributes.hangupOnStar === 'true',
    to: rooms[0] === undefined ? numbers : roomOf(rooms[0]),
  };
  if (attributes.action) dial.action = attributes.action;
  if (attributes.callerId) dial.callerId = attributes.callerId;
  return dial;
}

/** A waitUrl is taken and not asked for, beep and the like make no sound. Source: Twilio, "TwiML: Conference", attributes and their defaults. */
function roomOf(node: XmlNode): RoomNoun {
  const attributes = (node[':@'] ?? {}) as Record<string, string>;
  const name = textOf(childrenOf(node));
  if (name === '' || name.length > 128) throw new TwimlError(12200, 'A Conference has a name of up to 128 characters');
  const statusCallback = addressOf(attributes.statusCallback, attributes.statusCallbackMethod);
  return {
    name,
    isMuted: attributes.muted === 'true',
    startsOnEnter: attributes.startConferenceOnEnter !== 'false',
    endsOnExit: attributes.endConferenceOnExit === 'true',
    maxParticipants: Math.min(250, count(attributes.maxParticipants, 1, 250)),
    events: parseRoomEvents(attributes.statusCallbackEvent ?? ''),
    ...(attributes.participantLabel ? { label: attributes.participantLabel } : {}),
    ...(statusCallback === undefined ? {} : { statusCallback }),
  };
}

function numberOf(node: XmlNode): NumberNoun {
  const attributes = (node[':@'] ?? {}) as Record<string, string>;
  const script = addressOf(attributes.url, attributes.method);
  const statusCallback = addressOf(attributes.statusCallback, attributes.statusCallbackMethod);
  return {
    number: textOf(childrenOf(node)),
    events: parseCallEvents(attributes.statusCallbackEvent ?? ''),
    ...(script === undefined ? {} : { script }),
    ...(statusCallback === undefined ? {} : { statusCallback }),
  };
}

function addressOf(url: string | undefined, method: string | undefined): Address | undefined {
  return url ? { url, method: methodOf(method) } : undefined;
}

function count(text: string | undefined, least: number, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,6}$/.test(text) || Number(text) < least) throw new TwimlError(12200, `"${text}" is not a number that this attribute takes`);
  return Number(text);
}

function methodOf(text: string | undefined): Method {
  return text?.toUpperCase() === 'GET' ? 'GET' : 'POST';
}

function nameOf(node: XmlNode): string {
  return Object.keys(node).find((key) => key !== ':@') ?? '';
}

function childrenOf(node: XmlNode): XmlNode[] {
  const children = node[nameOf(node)];
  return Array.isArray(children) ? (children as XmlNode[]) : [];
}

/** The words alone: Say may hold SSML, whose tags say how and not what. */
function textOf(nodes: XmlNode[]): string {
  const raw = nodes.map((node) => (nameOf(node) === '#text' ? String(node['#text']) : ` ${textOf(childrenOf(node))} `)).join('');
  return raw.replace(/\s+/g, ' ').trim();
}
