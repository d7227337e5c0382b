// The guard refuses rules over what belongs to strangers, and nothing else.

import { expect, test } from 'vitest';
import { refusal } from '../../src/lists/guard.ts';
import { MATCH, NAME_MATCHES } from '../../src/policy/rule.ts';
import { shippedApps } from './shipped-apps.ts';

const ICANN = ['co.uk', 'gov.uk', 'com.cn', 'kobe.jp', 'anything.ck'];
const PRIVATE = ['github.io', 'blogspot.com', 's3.amazonaws.com', 'duckdns.org'];
const SHARED = [
  ...['akamaized.net', 'akamai.net', 'edgesuite.net', 'edgekey.net', 'cdn20.com', 'qlivecdn.com', 'ecdnx.com'],
  ...['volcfcdndvs.com', 'appsflyersdk.com', 'onelink.me', 'cloudfront.net', 'fastly.net'],
  ...['footprint.net', 'wsdvs.com', 'rocket-cdn.com', 'swiftserve.com', 'myqcloud.com', 'kunlunsl.com', 'alicdn.com'],
  ...['amazonaws.com', 'windows.net', 'edgecastcdn.net', 'llnwd.net', 'b-cdn.net', 'akamaistream.net'],
  ...['aliyuncs.com', 'incapdns.net', 'kxcdn.com', 'cdn77.org', 'cloudapp.azure.com', 'googleusercontent.com'],
  // The list of public suffixes has these.
  ...['akadns.net', 'cloudflare.net', 'azureedge.net', 'akamaihd.net', 'akamaiedge.net', 'googleapis.com'],
];

test.each(['', '.', 'com', 'kp', 'be', 'arpa', 'nosuchtld', ...ICANN, ...PRIVATE, ...SHARED])(
  '"%s" is refused',
  (name) => {
    expect(refusal(name, MATCH.SUFFIX)).toBeTypeOf('string');
    expect(refusal(name, MATCH.BELOW)).toBeTypeOf('string');
    expect(refusal(name, MATCH.EXACT)).toBeUndefined();
  },
);

test.each([
  ...['tiktok.com', 'musical.ly', 'tiktokv.eu', 'bbc.co.uk', 'someone.github.io', 'p16-tiktokcdn-com.akamaized.net'],
  ...['e1.a.akamaiedge.net', 'a.b.c.d.e.example', 'www.ck', 'xn--bcher-kva.example', '_dmarc.tiktok.com'],
])('"%s" is let through', (name) => expect(refusal(name, MATCH.SUFFIX)).toBeUndefined());

test('no name of the catalogue is refused', () => {
  const apps = shippedApps();
  const names = apps.flatMap((app) => app.names);
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter(({ name, match }) => refusal(name, NAME_MATCHES.indexOf(match)))).toEqual([]);
});
