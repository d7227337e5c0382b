// Addresses as text and as the kernel's structures, there and back.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Client } from '../../src/engine/client.ts';
import {
  type Endpoint,
  formatAddress,
  isWildcard,
  parseAddress,
  parseEndpoint,
  readSockaddr,
  sockaddrOf,
  writeSockaddr,
} from '../../src/net/sockaddr.ts';
import { withPort } from '../../src/wire/address-text.ts';

const formatEndpoint = ({ address, zone, port }: Endpoint) =>
  withPort(zone ? `${formatAddress(address)}%${zone}` : formatAddress(address), port);
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('parseEndpoint', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1:53'],
    ['192.0.2.1:5353', '192.0.2.1:5353'],
    ['192.0.2.1:0', '192.0.2.1:0'],
    ['2001:db8::1', '[2001:db8::1]:53'],
    ['[2001:db8::1]', '[2001:db8::1]:53'],
    ['[2001:DB8:0:0::1]:443', '[2001:db8::1]:443'],
    ['[fe80::1%eth0]:53', '[fe80::1%eth0]:53'],
    ['fe80::1%2', '[fe80::1%2]:53'],
    ['::', '[::]:53'],
    ['[::ffff:192.0.2.1]:1', '[::ffff:192.0.2.1]:1'],
  ])('reads %s as %s', (text, canonical) => {
    expect(formatEndpoint(parseEndpoint(text, 53)!)).toBe(canonical);
  });

  it.each([
    '',
    ':53',
    'localhost:53',
    '192.0.2.1:',
    '192.0.2.1:65536',
    '192.0.2.1:123456',
    '192.0.2.1:5x',
    '192.0.2.256',
    '192.0.2',
    '0300.1.1.1',
    '[192.0.2.1]:53',
    '[2001:db8::1',
    '[2001:db8::1]53',
    '2001:db8::1]:53',
    '[2001:db8::1]:',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '192.0.2.1 ',
  ])('refuses "%s"', (text) => {
    expect(parseEndpoint(text, 53)).toBeUndefined();
  });

  it('never throws, and reads back what it writes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const endpoint = parseEndpoint(text, 53);
        if (endpoint !== undefined) expect(parseEndpoint(formatEndpoint(endpoint), 1)).toEqual(endpoint);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 65535 }), (host, port) => {
        const endpoint = parseEndpoint(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, 53)!;
        expect(endpoint.port).toBe(port);
        expect(parseEndpoint(formatEndpoint(endpoint), 1)).toEqual(endpoint);
      }),
    );
  });
});

describe('formatAddress', () => {
  // RFC 5952 §4 and §5.
  it.each([
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:db8:0:0:0:0:0:0', '2001:db8::'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['::10.0.0.1', '::a00:1'],
  ])('writes %s as %s', (text, canonical) => {
    expect(formatAddress(parseAddress(text)!)).toBe(canonical);
  });

  it('is undone by parseAddress', () => {
    fc.assert(
      fc.property(fc.oneof(octets(4), octets(16)), (bytes) => {
        expect(parseAddress(formatAddress(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('sockaddr', () => {
  it('brings a client back through the kernel structure', () => {
    fc.assert(
      fc.property(
        fc.oneof(octets(4), octets(16)),
        fc.integer({ min: 0, max: 65535 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (address, port, scope) => {
          const client = new Client();
          readSockaddr(sockaddrOf(address, port, scope), 0, 3, client);
          const bytes = new Uint8Array(40).fill(0xee);
          const length = writeSockaddr(bytes, 8, client);
          const again = new Client();
          readSockaddr(bytes, 8, 3, again);
          expect(again.words).toEqual(client.words);
          if (client.family === address.length || address.length === 16) expect(client.port).toBe(port);
          if (client.family === 6) expect(bytes.subarray(8, 8 + length)).toEqual(sockaddrOf(address, port, scope));
        },
      ),
    );
  });

  it('knows the wildcard', () => {
    expect(['0.0.0.0', '::', '0.0.0.1', '::1'].map((text) => isWildcard(parseAddress(text)!))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
