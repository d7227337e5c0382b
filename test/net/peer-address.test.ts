// The text of a peer's address becomes the words that policy compares.

import { expect, test } from 'vitest';

import { Client } from '../../src/engine/client.ts';
import { readPeer } from '../../src/net/peer-address.ts';

test.each([
  ['127.0.0.1', 4, [0x7f000001, 0, 0, 0]],
  ['255.255.255.255', 4, [0xffffffff, 0, 0, 0]],
  ['::ffff:10.10.4.17', 4, [0x0a0a0411, 0, 0, 0]],
  ['::ffff:a0a:411', 4, [0x0a0a0411, 0, 0, 0]],
  ['::1', 6, [0, 0, 0, 1]],
  ['::', 6, [0, 0, 0, 0]],
  ['2001:db8::', 6, [0x20010db8, 0, 0, 0]],
  ['2001:db8:10::5:0:ffff', 6, [0x20010db8, 0x00100000, 0x00000005, 0x0000ffff]],
  ['2001:db8:1:2:3:4:5:6', 6, [0x20010db8, 0x00010002, 0x00030004, 0x00050006]],
  ['fe80::1c2d:3eff:fe4f:1%no-such-interface', 6, [0xfe800000, 0, 0x1c2d3eff, 0xfe4f0001]],
  ['::10.0.0.1', 6, [0, 0, 0, 0x0a000001]],
  ['64:ff9b::192.0.2.33', 6, [0x0064ff9b, 0, 0, 0xc0000221]],
])('%s', (text, family, words) => {
  const client = new Client();
  // What the client before left in it must not show.
  client.setAddress6(1, 2, 3, 4);
  readPeer({ address: text, port: 5353 }, 2, client);
  expect(client.family).toBe(family);
  expect([client.port, client.listener, client.scope]).toEqual([5353, 2, 0]);
  expect([client.a, client.b, client.c, client.d]).toEqual(words);
});
