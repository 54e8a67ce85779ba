import type { Network } from '../network/network.service.js';
import type { FormFields } from '../network/signature.js';
import type { Webhook } from '../network/webhook.js';
import { buildCallFields, type Call, type Source } from './call.js';
import { parseTwiml, TwimlError } from './twiml.js';
import type { Verb } from './verbs.js';

/** A step of a call: where its instructions come from, and what the request for them carries. */
export interface Step {
  source: Source;
  fields: FormFields;
}

export interface Instructions {
  verbs: readonly Verb[];
  /** Relative URLs start from where the instructions came from. */
  url: string | undefined;
}

/**
 * Is thrown for instructions that can't be had or read. The code is the one that Twilio's debugger
 * shows.
 */
export class InstructionsError extends Error {
  constructor(
    readonly code: number,
    readonly url: string,
    message: string,
  ) {
    super(message);
  }
}

/** Takes a call's next instructions from where they stand, or asks for them over HTTP. */
export async function loadInstructions(
  network: Network,
  call: Call,
  { source, fields }: Step,
  signal: AbortSignal,
): Promise<Instructions> {
  if ('verbs' in source) return { verbs: source.verbs, url: undefined };
  if ('twiml' in source) return { verbs: parseInstructions(source.twiml, ''), url: undefined };
  const answer = await network.outbound.send({
    webhook: source,
    fields: { ...buildCallFields(call), ...fields },
    purpose: 'instructions',
    sid: call.sid,
    event: call.status,
    signal,
  });
  signal.throwIfAborted();
  const url = source.url.split('#')[0] ?? source.url;
  if (answer === undefined || answer.status < 200 || answer.status > 299) {
    const status = answer === undefined ? 'failed' : String(answer.status);
    throw new InstructionsError(11200, url, `No instructions: HTTP ${status}`);
  }
  if (!/^(?:text|application)\/(?:xml|html)\b/i.test(answer.contentType)) {
    throw new InstructionsError(
      12300,
      url,
      `Instructions of the content type "${answer.contentType}"`,
    );
  }
  return { verbs: parseInstructions(answer.body, url), url };
}

/** Makes a document's address absolute. An empty one names the document itself. */
export function resolveTarget(
  target: string | undefined,
  method: Webhook['method'],
  base: string | undefined,
): Webhook {
  const url = resolveUrl(target, base);
  if (url === undefined) {
    throw new InstructionsError(11200, target ?? '', 'A relative URL with nothing to start from');
  }
  return { url, method };
}

function resolveUrl(target: string | undefined, base: string | undefined): string | undefined {
  if (target === undefined || target === '') return base;
  if (/^https?:/i.test(target)) return target;
  return URL.canParse(target, base) ? new URL(target, base).href : undefined;
}

function parseInstructions(xml: string, url: string): Verb[] {
  try {
    return parseTwiml(xml);
  } catch (error) {
    if (error instanceof TwimlError) throw new InstructionsError(error.code, url, error.message);
    throw error;
  }
}
