import { isIP } from 'node:net';

/**
 * Reads an `X-Forwarded-For` as a trusted proxy may write it: some put the port beside the address
 * (`192.0.2.7:4711`, `[2001:db8::7]:4711`), which would make each connection a client of its own.
 *
 * Left are the addresses behind the last part that is none (`unknown`, a name): what stands before
 * it was written by somebody whom we don't know, and must not be taken for the client.
 */
export function readForwardedFor(header: string): string | undefined {
  const addresses: string[] = [];
  for (const part of header.split(',').reverse()) {
    const address = findAddress(part.trim());
    if (address === undefined) break;
    addresses.unshift(address);
  }
  return addresses.length === 0 ? undefined : addresses.join(', ');
}

function findAddress(part: string): string | undefined {
  if (isIP(part) !== 0) return part;
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(part) ?? [];
  const address = v6 ?? v4 ?? '';
  return isIP(address) === 0 ? undefined : address;
}
