import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { type ConferenceNoun, ROOM_NEWS } from './conference.js';
import type { Method } from './create-rules.js';

/** What a call can be told. Left out so far: Play, Record and the rest of Twilio's verbs; Dial knows Conference only. */
export type Verb =
  | { verb: 'say'; text: string; language: string; voice: string; /** 0 means for ever. */ loop: number }
  | { verb: 'pause'; lengthS: number }
  | Gather
  | { verb: 'redirect'; url: string; method: Method }
  | Dial
  | { verb: 'hangup' }
  | { verb: 'reject' };

/** Into a room; `conference.callback`'s address may be relative to the document's. */
export interface Dial {
  verb: 'dial';
  /** Absent: what follows is carried out. */
  action?: string;
  method: Method;
  timeLimitS: number;
  conference: ConferenceNoun;
}

export interface Gather {
  verb: 'gather';
  numDigits?: number;
  /** Empty: no key finishes. */
  finishOnKey: string;
  timeoutS: number;
  /** Absent: the URL of this very document. */
  action?: string;
  method: Method;
  actionOnEmptyResult: boolean;
  nested: Verb[];
}

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
 * POST; Redirect by POST. Sources: Twilio's page for each verb.
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
    case 'Redirect':
      return { verb: 'redirect', url: textOf(childrenOf(node)), method: methodOf(attributes.method) };
    case 'Dial':
      return dialOf(node, attributes);
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

/** Sources: Twilio, "TwiML Voice: Dial" (timeLimit 4 h) and "TwiML Voice: Conference". */
function dialOf(node: XmlNode, attributes: Record<string, string>): Dial {
  const nouns = childrenOf(node).filter((child) => nameOf(child) === 'Conference');
  const [noun] = nouns;
  if (noun === undefined || nouns.length > 1) throw new TwimlError(12200, 'Dial holds one Conference in this network');
  const given = (noun[':@'] ?? {}) as Record<string, string>;
  const name = textOf(childrenOf(noun));
  if (name === '' || name.length > 128) throw new TwimlError(12200, 'A conference has a name of 1 to 128 characters');
  if ((given.participantLabel ?? '').length > 128) throw new TwimlError(12200, 'A label has at most 128 characters');
  const asked = new Set((given.statusCallbackEvent ?? '').split(/[ ,]+/));
  return {
    verb: 'dial',
    ...(attributes.action ? { action: attributes.action } : {}),
    method: methodOf(attributes.method),
    timeLimitS: count(attributes.timeLimit, 1, 14_400),
    conference: {
      name,
      label: given.participantLabel || undefined,
      isMuted: given.muted === 'true',
      startsOnEnter: given.startConferenceOnEnter !== 'false',
      endsOnExit: given.endConferenceOnExit === 'true',
      most: count(given.maxParticipants, 2, 250),
      callback: given.statusCallback ? { webhook: { url: given.statusCallback, method: methodOf(given.statusCallbackMethod) }, events: new Set(ROOM_NEWS.filter((news) => asked.has(news))) } : undefined,
    },
  };
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
