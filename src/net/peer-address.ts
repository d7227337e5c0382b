// Turns a peer as node:net and node:dgram describe it into a Client.

import type { Client } from '../engine/client.ts';
import { parseAddress, readWord } from './sockaddr.ts';
import { zoneNumber } from './zones.ts';

/**
 * Fills `client` for a peer whose address the operating system wrote as text, as a client over UDP; over TCP the caller
 * sets transport and connection. An IPv4-mapped address becomes IPv4, so that a policy for 10.0.0.0/8 holds however the
 * client came in.
 */
export function readPeer(peer: { address: string; port: number }, listener: number, client: Client): void {
  const bytes = parseAddress(peer.address)!;
  if (bytes.length === 4) client.setAddress4(readWord(bytes, 0));
  else client.setAddress6(readWord(bytes, 0), readWord(bytes, 4), readWord(bytes, 8), readWord(bytes, 12));
  const percent = peer.address.indexOf('%');
  client.setDatagram(peer.port, percent < 0 ? 0 : zoneNumber(peer.address.slice(percent + 1)), listener);
}
