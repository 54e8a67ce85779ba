import { BlockList, isIP } from 'node:net';

const makeBlockList = (family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
};

/** IANA's registry of special-purpose IPv4 addresses, and multicast. */
const SPECIAL_V4 = makeBlockList('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10', // carrier-grade NAT, and some clouds' own services
  '169.254.0.0/16', // link-local: the clouds' metadata
  '192.0.0.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24', // documentation
  '224.0.0.0/4',
  '240.0.0.0/4',
]);
/**
 * All that is in use by anybody on the internet; the rest of IPv6 is private, link-local, multicast
 * or reserved.
 */
const GLOBAL_V6 = makeBlockList('ipv6', ['2000::/3']);
const SPECIAL_V6 = makeBlockList('ipv6', [
  '2001::/23', // protocols, Teredo among them, which carries an IPv4 address
  '2001:db8::/32',
  '3fff::/20', // documentation
  '2002::/16', // 6to4, likewise
]);
/**
 * An IPv4 address within one of IPv6: mapped, and behind a NAT64, which is how a network without
 * IPv4 reaches it.
 */
const CARRIES_V4 = makeBlockList('ipv6', ['::ffff:0:0/96', '64:ff9b::/96']);
const LOOPBACK_V4 = makeBlockList('ipv4', ['127.0.0.0/8']);

/**
 * The last 32 bits of an address that is in CARRIES_V4. `URL` writes all forms of one address the
 * same way.
 */
function extractV4(address: string): string {
  const groups = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split(':')
    .slice(-2)
    .map((group) => parseInt(group || '0', 16));
  const [high = 0, low = 0] = groups;
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/**
 * A public address belongs to nobody's own network: a stranger on the internet could reach it as
 * well. Names and nonsense are none.
 */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !SPECIAL_V4.check(address, 'ipv4');
  if (family !== 6 || address.includes('%')) return false;
  if (CARRIES_V4.check(address, 'ipv6')) return isPublic(extractV4(address));
  return GLOBAL_V6.check(address, 'ipv6') && !SPECIAL_V6.check(address, 'ipv6');
}

export function isLoopback(address: string): boolean {
  return isIP(address) === 4
    ? LOOPBACK_V4.check(address, 'ipv4')
    : isIP(address) === 6 &&
        new URL(`http://[${address.split('%')[0] ?? ''}]`).hostname === '[::1]';
}

/**
 * A webhook may go to public addresses, by https. Without a live carrier it may go to this machine
 * too, by http as well, to try it out.
 */
export function mayReach(protocol: string, address: string, isLive: boolean): boolean {
  if (!isLive && isLoopback(address)) return protocol === 'https:' || protocol === 'http:';
  return protocol === 'https:' && isPublic(address);
}

/**
 * Completes "the address of a webhook must ...", or returns undefined if it may be stored. What its
 * name stands for is looked at when it is called.
 */
export function findUrlProblem(text: string, isLive: boolean): string | undefined {
  if (text.length > 2000 || !URL.canParse(text)) return 'be an address of at most 2000 characters';
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const address = /(^|\.)localhost\.?$/.test(host)
    ? '127.0.0.1'
    : isIP(host) === 0
      ? undefined
      : host;
  if (url.username !== '' || url.password !== '') return 'have no user and password in it';
  if (url.hash !== '') return 'have no #fragment';
  if (address === undefined ? url.protocol !== 'https:' : !mayReach(url.protocol, address, isLive))
    return isLive ? 'be https and public' : 'be https and public, or http on this machine';
  return undefined;
}
