// Who a request comes from: tells the machine itself from other machines, and a page of another site from neither.

import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether an address as sockets give it is this machine's own; IPv4 written as IPv6 included. */
export function isLoopback(address: string | undefined): boolean {
  const family = isIP(address ?? '');
  return family !== 0 && loopback.check(address as string, family === 4 ? 'ipv4' : 'ipv6');
}

/** The host of an authority such as `localhost:8053` or `[::1]:8053`, without port and brackets; undefined: none. */
function hostOf(authority: string): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:@/?#[\]\\\s]+))(?::\d{1,5})?$/.exec(authority);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

/** Whether a Host header names this machine by loopback, whatever the port: tunnels change it. */
export function isLoopbackHost(authority: string): boolean {
  const host = hostOf(authority);
  return host === 'localhost' || host === 'localhost.' || isLoopback(host);
}

/**
 * Whether the name by which we were asked can be ours. A page whose name was made to point at 127.0.0.1 (DNS rebinding)
 * is of our own origin to the browser; only the Host header, its own name, gives it away. Requests without the header
 * come from no browser. `local` is the address that the connection came in on.
 */
export function isTrueHost(local: string | undefined, host: string | undefined): boolean {
  return !isLoopback(local) || host === undefined || isLoopbackHost(host);
}

/** What a change or a confidence asked for over HTTP may rest on, as long as there are no tokens. */
export interface Origin {
  /** The peer's address, as the socket has it. */
  peer: string | undefined;
  headers: IncomingHttpHeaders;
}

/** A proxy says so with these: the loopback address is then its own, not the client's. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const;

/** Whether a URL (of an Origin or Referer header) is of the origin that `host` names over plain HTTP. */
function isOwnUrl(url: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(url) || !URL.canParse(`http://${host}`)) return false;
  return new URL(url).origin === new URL(`http://${host}`).origin;
}

/**
 * Why what is taken from this machine alone (`what`: "changes are") is refused, in words; undefined: it may be taken. It
 * has to come from here, and not from a page of another site in a browser here: browsers send Origin with every POST
 * across sites (`null` where they hide it), mark each request in Sec-Fetch-Site, and a form cannot do without a content
 * type. A page of our own origin passes, which is why Host has to be loopback here whatever address we listen on.
 */
export function foreignOrigin({ peer, headers }: Origin, what: string): string | undefined {
  if (!isLoopback(peer)) return `${what} taken from this machine only`;
  if (FORWARDED.some((name) => headers[name] !== undefined)) return `${what} not taken through a proxy`;
  const { host, origin, referer } = headers;
  if (host !== undefined && !isLoopbackHost(host)) return `${what} taken under a loopback name only`;
  const site = headers['sec-fetch-site'];
  const isForeign =
    (origin !== undefined && !isOwnUrl(origin, host)) ||
    (referer !== undefined && !isOwnUrl(referer, host)) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  if (isForeign) return `${what} not taken from pages of other sites`;
  if (headers['content-type'] !== undefined) return `${what} taken without a body only`;
  return undefined;
}
