// What an admin reads when a listen address cannot be had.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { refuseShared } from '../../src/net/datagram-portable.ts';
import { clashing, explainInUse, explainListenError, findHolders, ListenError } from '../../src/net/listen-error.ts';
import { parseEndpoint } from '../../src/net/sockaddr.ts';
import { closeListener, openListener, openListeners } from '../../src/net/sockets.ts';
import { isBatchedAvailable } from '../../src/net/syscalls.ts';

const missing = isBatchedAvailable();
const isLinux = process.platform === 'linux';

const UDP = [
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops',
  '  530: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 11111 2 0000000000000000 0',
  '  531: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 22222 2 0000000000000000 0',
  '  532: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 33333 2 0000000000000000 0',
].join('\n');
const UDP6 = [
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
  '  530: B80D0120000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 44444 2 0 0',
  '  531: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 55555 2 0 0',
].join('\n');

describe('clashing', () => {
  it.each([
    ['127.0.0.53:53', UDP, ['11111']],
    ['127.0.0.1:53', UDP, ['22222']],
    ['127.0.0.2:53', UDP, []],
    ['0.0.0.0:53', UDP, ['11111', '22222']],
    ['127.0.0.1:5353', UDP, ['33333']],
    ['127.0.0.1:54', UDP, []],
    ['[2001:db8::1]:53', UDP6, ['44444']],
    ['[2001:db8::2]:53', UDP6, []],
    ['[::1]:443', UDP6, ['55555']],
    ['127.0.0.1:53', '', []],
    ['127.0.0.1:53', 'header\nnonsense\n : :\n', []],
  ])('finds what keeps %s from being bound', (endpoint, table, inodes) => {
    expect(clashing(table, parseEndpoint(endpoint, 0)!)).toEqual(inodes);
  });
});

describe('the reason', () => {
  const endpoint = parseEndpoint('127.0.0.53:53', 53)!;

  it('names systemd-resolved and the way out', () => {
    const text = explainInUse([{ pid: 412, name: 'systemd-resolve' }]);
    expect(text).toContain('systemd-resolve (process 412)');
    expect(text).toContain('DNSStubListener=no');
    expect(explainInUse([{ pid: 1, name: 'named' }])).not.toContain('DNSStubListener');
    expect(explainInUse([{ pid: 1, name: 'named' }])).toContain('another port');
    expect(explainInUse([])).toContain('may not see');
  });

  it('says what a port below 1024 needs, and only there', () => {
    const error = explainListenError(13, endpoint, '127.0.0.53');
    expect(error).toMatchObject({ code: 'EACCES', address: '127.0.0.53', port: 53 });
    expect(error.message).toContain('CAP_NET_BIND_SERVICE');
    const high = explainListenError(13, parseEndpoint('127.0.0.1:1053', 0)!, '127.0.0.1');
    expect(high.message).toBe('cannot listen on 127.0.0.1:1053: permission denied');
  });

  it('lists the addresses there are', () => {
    expect(explainListenError(99, endpoint, '127.0.0.53').message).toMatch(/there are .*127\.0\.0\.1/);
  });
});

describe.skipIf(!isLinux)('findHolders', () => {
  it.each([
    ['udp4', '127.0.0.1'],
    ['udp6', '::1'],
  ] as const)('finds this process by its %s socket', async (type, address) => {
    const socket = createSocket(type).bind(0, address);
    await once(socket, 'listening');
    const endpoint = parseEndpoint(`[${address}]`.replace(/^\[([^:]*)\]$/, '$1'), socket.address().port)!;
    expect(findHolders('udp', endpoint).map(({ pid }) => pid)).toContain(process.pid);
    socket.close();
    await once(socket, 'close');
    expect(findHolders('udp', endpoint)).toEqual([]);
  });
});

const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;
describe.skipIf(missing !== undefined)(`openListeners${skipped}`, () => {
  it('refuses an address that another socket shares by SO_REUSEPORT, and says whose it is', async () => {
    const holder = openListener({ address: '127.0.0.1', port: 0, reusePort: true });
    const { port } = holder;
    const expected = { name: 'ListenError', code: 'EADDRINUSE', address: '127.0.0.1', port };
    expect(() => openListeners({ address: '127.0.0.1', port, count: 1 })).toThrow(expect.objectContaining(expected));
    await expect(refuseShared('127.0.0.1', port)).rejects.toMatchObject(expected);
    await expect(refuseShared('127.0.0.1', port)).rejects.toThrow(`process ${process.pid}`);
    closeListener(holder);
    const listeners = openListeners({ address: '127.0.0.1', port, count: 3 });
    expect(listeners.map((listener) => listener.port)).toEqual([port, port, port]);
    expect(new Set(listeners.map(({ fd }) => fd)).size).toBe(3);
    for (const listener of listeners) closeListener(listener);
    await refuseShared('127.0.0.1', port);
  });

  it('listens on 0.0.0.0 and :: with one port', () => {
    const [four] = openListeners({ address: '0.0.0.0', port: 0, count: 1 });
    const [six] = openListeners({ address: '::', port: four!.port, count: 1 });
    expect([four!.wildcard, six!.wildcard, four!.family, six!.family]).toEqual([true, true, 4, 6]);
    closeListener(four!);
    closeListener(six!);
  });

  it.each(['localhost', '', '127.0.0.1:53', '::1%nowhere', '300.1.1.1'])('refuses "%s"', (address) => {
    expect(() => openListener({ address, port: 0, reusePort: false })).toThrow(ListenError);
  });

  it('says that an address is not of this machine', () => {
    expect(() => openListener({ address: '203.0.113.77', port: 0, reusePort: false })).toThrow('no interface has');
  });
});
