// Who a request comes from, case by case: this machine, another, or a page of another site in a browser here.

import { describe, expect, it } from 'vitest';
import { foreignOrigin, isLoopback, isLoopbackHost, isTrueHost } from '../../src/web/origin.ts';

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1'])('%s is', (address) => {
    expect(isLoopback(address)).toBe(true);
  });
  it.each([
    undefined,
    '',
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '::ffff:10.0.0.1',
    '::2',
    'fe80::1',
    'localhost',
    '127.0.0.1.evil.example',
    '127.1',
    '2130706433',
  ])('%s is not', (address) => expect(isLoopback(address)).toBe(false));
});

describe('isLoopbackHost', () => {
  it.each([
    'localhost',
    'LocalHost:8053',
    'localhost.',
    '127.0.0.1',
    '127.0.0.1:9000',
    '[::1]',
    '[::1]:8053',
    '127.1.2.3:1',
  ])('%s is', (host) => expect(isLoopbackHost(host)).toBe(true));
  it.each([
    '',
    ':8053',
    'evil.example',
    'evil.example:8053',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil.example#localhost',
    'user@localhost',
    'localhost@evil.example',
    'localhost/',
    '127.0.0.1:8053:1',
    '::1',
    '[::1',
    '[::1]x',
    '[evil.example]',
    '10.0.0.1:8053',
    '0.0.0.0:8053',
    '127.1',
    '0x7f000001',
    'localhost\n',
    'localhost evil',
  ])('%j is not', (host) => expect(isLoopbackHost(host)).toBe(false));
});

describe('isTrueHost', () => {
  it.each<[string | undefined, string | undefined, boolean]>([
    ['127.0.0.1', 'localhost:8053', true],
    ['127.0.0.1', undefined, true],
    ['127.0.0.1', 'evil.example:8053', false],
    ['::1', 'evil.example', false],
    ['::ffff:127.0.0.1', 'evil.example', false],
    ['10.0.0.53', 'sluis.example.net:8053', true],
    ['10.0.0.53', '10.0.0.53:8053', true],
  ])('a connection to %s under the name %s: %s', (local, host, is) => expect(isTrueHost(local, host)).toBe(is));
});

const HERE = { host: '127.0.0.1:8053' };

describe('foreignOrigin', () => {
  it.each<[string, string, Record<string, string>]>([
    ['curl', '127.0.0.1', HERE],
    ['curl over IPv6', '::1', { host: '[::1]:8053' }],
    ['a socket of both families', '::ffff:127.0.0.1', { host: 'localhost:8053' }],
    ['a tunnel', '127.0.0.1', { host: 'localhost:9000' }],
    ['HTTP/1.0 without Host', '127.0.0.1', {}],
    ['a page of our own', '127.0.0.1', { ...HERE, origin: 'http://127.0.0.1:8053', 'sec-fetch-site': 'same-origin' }],
    ['its referrer', '127.0.0.1', { ...HERE, referer: 'http://127.0.0.1:8053/console/' }],
  ])('lets %s pass', (_, peer, headers) => expect(foreignOrigin({ peer, headers }, 'changes are')).toBeUndefined());

  it.each<[string, string | undefined, Record<string, string>, RegExp]>([
    ['another machine', '10.0.0.9', HERE, /this machine/],
    ['another machine over IPv6', '2001:db8::9', { host: '[::1]' }, /this machine/],
    ['another machine, mapped', '::ffff:10.0.0.9', HERE, /this machine/],
    ['a peer that is gone', undefined, HERE, /this machine/],
    ['a proxy here', '127.0.0.1', { ...HERE, 'x-forwarded-for': '127.0.0.1' }, /proxy/],
    ['a proxy of the standard', '127.0.0.1', { ...HERE, forwarded: 'for=10.0.0.9' }, /proxy/],
    ['a rebound name', '127.0.0.1', { host: 'evil.example:8053', origin: 'http://evil.example:8053' }, /loopback name/],
    ['a form of another site', '127.0.0.1', { ...HERE, origin: 'https://evil.example' }, /other sites/],
    ['a form that hides its site', '127.0.0.1', { ...HERE, origin: 'null' }, /other sites/],
    ['an empty origin', '127.0.0.1', { ...HERE, origin: '' }, /other sites/],
    ['another server on this machine', '127.0.0.1', { ...HERE, origin: 'http://127.0.0.1:3000' }, /other sites/],
    ['another name of this machine', '127.0.0.1', { ...HERE, origin: 'http://localhost:8053' }, /other sites/],
    ['another scheme', '127.0.0.1', { ...HERE, origin: 'https://127.0.0.1:8053' }, /other sites/],
    [
      'an origin that starts alike',
      '127.0.0.1',
      { ...HERE, origin: 'http://127.0.0.1:8053.evil.example' },
      /other sites/,
    ],
    ['an origin with a user', '127.0.0.1', { ...HERE, origin: 'http://127.0.0.1:8053@evil.example' }, /other sites/],
    ['a referrer elsewhere', '127.0.0.1', { ...HERE, referer: 'https://evil.example/127.0.0.1:8053' }, /other sites/],
    ['an origin and no host', '127.0.0.1', { origin: 'http://127.0.0.1:8053' }, /other sites/],
    ['a request marked cross-site', '127.0.0.1', { ...HERE, 'sec-fetch-site': 'cross-site' }, /other sites/],
    ['a request marked same-site', '127.0.0.1', { ...HERE, 'sec-fetch-site': 'same-site' }, /other sites/],
    ['any form', '127.0.0.1', { ...HERE, 'content-type': 'application/x-www-form-urlencoded' }, /without a body/],
  ])('refuses %s', (_, peer, headers, why) => expect(foreignOrigin({ peer, headers }, 'changes are')).toMatch(why));
});
