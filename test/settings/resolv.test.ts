// The name servers of a resolv.conf, as the C library would take them, without our own sockets among them.

import { expect, test } from 'vitest';
import { endpointText, readEndpoint } from '../../src/settings/address.ts';
import { isTrouble } from '../../src/settings/problems.ts';
import { readResolv } from '../../src/settings/resolv.ts';
import { reaches } from '../../src/settings/validate-network.ts';

function read(text: string, listener = '127.0.0.1:1053') {
  const own = readEndpoint(listener, undefined, 0);
  if (isTrouble(own)) throw new Error(own.message);
  const { upstreams, problems } = readResolv(text, (server) => reaches(server, own));
  return {
    upstreams: upstreams.map(endpointText),
    problems: problems.map(({ severity, line, column, message }) => `${line}:${column} ${severity}: ${message}`),
  };
}

const NONE = '1:1 error: upstreams is "system", but no name server here can be used';

test.each([
  ['nameserver 192.0.2.1\nnameserver 2001:db8::1', ['192.0.2.1:53', '[2001:db8::1]:53']],
  ['# by NetworkManager\n; old\nsearch example\noptions edns0\nnameserver\t192.0.2.1  # first\r\n', ['192.0.2.1:53']],
  ['nameserver fe80::1%eth0', ['[fe80::1%eth0]:53']],
  ['nameserver 127.0.0.53', ['127.0.0.53:53']],
  [
    'nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4',
    ['192.0.2.1:53', '192.0.2.2:53', '192.0.2.3:53'],
  ],
])('%j', (text, upstreams) => expect(read(text)).toEqual({ upstreams, problems: [] }));

test.each([
  ['', [NONE]],
  ['search example\n#nameserver 192.0.2.1\n nameserver 192.0.2.1\nnameservers 192.0.2.1', [NONE]],
  ['\nnameserver dns.example', [NONE, '2:12 warning: "dns.example" is no address, and is left out']],
  ['nameserver [::1]:53', [NONE, '1:12 warning: "[::1]:53" is no address, and is left out']],
  ['nameserver 192.0.2.1:53', [NONE, '1:12 warning: "192.0.2.1:53" is no address, and is left out']],
])('%j holds none', (text, problems) => {
  const found = read(text);
  expect(found.upstreams).toEqual([]);
  expect(found.problems.sort()).toEqual([...problems].sort());
});

test.each([
  ['127.0.0.1:53', '127.0.0.1'],
  ['0.0.0.0:53', '127.0.0.1'],
  ['0.0.0.0:53', '127.0.0.53'],
  ['[::]:53', '::1'],
  ['127.0.0.1:53', '0.0.0.0'],
])('listening on %s, %s would be a loop', (listener, server) => {
  const { upstreams, problems } = read(`nameserver ${server}\nnameserver 192.0.2.1\n`, listener);
  expect(upstreams).toEqual(['192.0.2.1:53']);
  expect(problems).toEqual([`1:12 warning: ${server} is an address on which we listen, and is left out`]);
});

test('another port, or another address of this machine, is none', () => {
  expect(read('nameserver 127.0.0.53', '127.0.0.1:53').upstreams).toEqual(['127.0.0.53:53']);
  expect(read('nameserver 127.0.0.1', '127.0.0.1:1053').upstreams).toEqual(['127.0.0.1:53']);
});
