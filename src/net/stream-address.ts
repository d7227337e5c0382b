// Turns the address text that node:net gives for a peer into the words of a Client.

import type { Client } from '../engine/client.ts';

function readIpv4(text: string): number {
  let word = 0;
  for (const octet of text.split('.')) word = (word << 8) | Number(octet);
  return word >>> 0;
}

/** The eight groups of an IPv6 address as inet_ntop writes it, `::` filled and a dotted tail split in two. */
function readGroups(text: string): number[] {
  let plain = text;
  const dot = text.indexOf('.');
  if (dot > 0) {
    const tail = text.lastIndexOf(':') + 1;
    const word = readIpv4(text.slice(tail));
    plain = `${text.slice(0, tail)}${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
  }
  const [head, rest] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = rest === undefined || rest === '' ? [] : rest.split(':');
  const zeros = new Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

/**
 * Stores the address that the operating system wrote as `text`, a scope after `%` left out. An IPv4-mapped one becomes
 * family 4, so that a policy for 10.0.0.0/8 holds however the client came in.
 */
export function readPeerAddress(text: string, client: Client): void {
  if (!text.includes(':')) {
    client.setAddress4(readIpv4(text));
    return;
  }
  const groups = readGroups(text.split('%')[0]);
  const [a, b, c, d] = [0, 2, 4, 6].map((at) => ((groups[at] << 16) | groups[at + 1]) >>> 0);
  client.setAddress6(a, b, c, d);
}
