// The small readers: TOML, durations, servers, clients, reverse zones, and expressions that are names.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goDuration } from '../../src/import/go-duration.ts';
import { Ids } from '../../src/import/ids.ts';
import { ImportError } from '../../src/import/import-error.ts';
import { lineOfRegex } from '../../src/import/regex-name.ts';
import { clientKind, clientPrefix, holds, readServer, readSockets, reverseZones } from '../../src/import/servers.ts';
import { readToml } from '../../src/import/toml.ts';

describe('TOML', () => {
  const valuesOf = (text: string) =>
    Object.fromEntries([...readToml('f', text)].map(([key, { value }]) => [key, value]));

  it.each([
    ['a = "x\\u00e9\\n\\"" # c', { a: 'xé\n"' }],
    ["a = 'x\\n'", { a: 'x\\n' }],
    ['a = 1_000\nb = -2.5\nc = true\nd = false', { a: 1000, b: -2.5, c: true, d: false }],
    ['[x.y]\n a = [ 1, # one\n  [ "b" ],\n ]\n[z]\nb.c = 1', { 'x.y.a': [1, ['b']], 'z.b.c': 1 }],
    ['a = 2023-01-23T14:51:44Z', { a: '2023-01-23T14:51:44Z' }],
    ['', {}],
  ])('%j', (text, values) => expect(valuesOf(text)).toEqual(values));

  it('passes over blanks and comments, however many', () => {
    expect(valuesOf(`${' \n#\n'.repeat(2_000_000)}a = 1`)).toEqual({ a: 1 });
  });

  it('tells lines, and what is marked as changed', () => {
    const found = readToml('f', '[a]\n\nb = [\n 1\n] ### CHANGED, default = []\nc = 2\n');
    expect(found.get('a.b')).toMatchObject({ line: 3, isMarked: true });
    expect(found.get('a.c')).toMatchObject({ line: 6, isMarked: false });
  });

  it.each([
    ['a = "x', 'f:1:5'],
    ['[a\nb = 1', 'f:1:3'],
    ['a = 1\na = 2', 'f:2:6'],
    ['a = [ 1 2 ]', 'f:1:9'],
    ['a = [ 1,', 'f:1:9'],
    ['[[a]]', 'f:1:2'],
    ['a = """x"""', 'f:1:5'],
    ['a = {}', 'f:1:5'],
    ['a = 1 2', 'f:1:6'],
    ['= 1', 'f:1:1'],
    [`a = ${'['.repeat(50)}`, 'f:1:25'],
  ])('refuses %j at %s', (text, at) => {
    expect(() => readToml('f', text)).toThrow(expect.objectContaining({ at }));
  });

  it('ends, whatever it is given', () => {
    const mark = fc.constantFrom('[', ']', '"', "'", '=', '.', ',', '#', '\n', 'a', '1', ' ', '\\', '{');
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 40 }), (marks) => {
        try {
          readToml('f', marks.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(ImportError);
        }
      }),
    );
  });
});

it.each([
  ['(\\.|^)name\\.example$', '.name.example'],
  ['(^|\\.)name\\.example$', '.name.example'],
  ['(?:^|\\.)Name\\.Example$', '.name.example'],
  ['^(.+\\.)?name\\.example$', '.name.example'],
  ['^(?:.*\\.)?a-b\\.name\\.example$', '.a-b.name.example'],
  ['\\.name\\.example$', '*.name.example'],
  ['^.+\\.name\\.example$', '*.name.example'],
  ['^name\\.example$', 'name.example'],
  ['^name.example$', undefined],
  ['name\\.example', undefined],
  ['name\\.example$', undefined],
  ['^ad[0-9]+\\.example$', undefined],
  ['(\\.|^)name\\.example$;querytype=A', undefined],
  ['^(a|b)\\.example$', undefined],
  ['', undefined],
])('the expression %j is the line %j', (regex, line) => expect(lineOfRegex(regex)).toBe(line));

it('a line says of every name what its expression does', () => {
  const forms = ['(\\.|^)n\\.example$', '^(.+\\.)?n\\.example$', '\\.n\\.example$', '^n\\.example$'];
  const names = ['n.example', 'x.n.example', 'y.x.n.example', 'xn.example', 'n.example.com', 'nxexample', 'example'];
  for (const form of forms) {
    const [, mark, name] = /^(\*\.|\.)?(.*)$/.exec(lineOfRegex(form)!)!;
    for (const one of names) {
      const isBeneath = one.endsWith(`.${name}`);
      const said = mark === '*.' ? isBeneath : mark === '.' ? isBeneath || one === name : one === name;
      expect([form, one, said]).toEqual([form, one, new RegExp(form).test(one)]);
    }
  }
});

it.each([
  ['90', 5400],
  ['1h30m', 5400],
  ['500ms', 1],
  ['-1', -60],
  ['4h', 14_400],
  ['1d', undefined],
  ['', undefined],
])('the duration %j is %s', (text, seconds) => expect(goDuration(text)).toBe(seconds));

describe('servers', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:5353', '192.0.2.1:5353'],
    ['127.0.0.1#5335', '127.0.0.1:5335'],
    ['2001:db8::1#54', '[2001:db8::1]:54'],
    ['[2001:db8::1]:53', '2001:db8::1'],
    ['udp://192.0.2.1', '192.0.2.1'],
    ['tcp+udp:192.0.2.1', '192.0.2.1'],
    ['tcp://192.0.2.1:53/', '192.0.2.1'],
  ])('%s is %s', (text, server) => expect(readServer(text)).toMatchObject({ text: server }));

  it.each([
    ['tls://dns.example', 'encrypted'],
    ['https://192.0.2.1/dns-query', 'encrypted'],
    ['tcp-tls:192.0.2.1:853', 'encrypted'],
    ['sdns://AQ', 'encrypted'],
    ['dns.example', 'no address'],
    ['', 'no address'],
  ])('%j is none', (text, reason) =>
    expect(readServer(text)).toMatchObject({ message: expect.stringContaining(reason) }),
  );

  it('sockets', () => {
    expect(readSockets(':53')).toEqual(['0.0.0.0:53', '[::]:53']);
    expect(readSockets('10.0.0.1')).toEqual(['10.0.0.1:53']);
    expect(readSockets('eth0')).toHaveProperty('message');
    expect(readSockets('99999')).toHaveProperty('message');
  });
});

describe('clients', () => {
  it.each([
    ['10.0.0.7/24', '10.0.0.0/24'],
    ['10.0.0.7', '10.0.0.7'],
    ['2001:db8::7/64', '2001:db8::/64'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ])('%s is %s', (text, prefix) => expect(clientPrefix(text)).toBe(prefix));

  it.each(['10.0.0.7/33', '10.0.0', 'a/b/c', '10.0.0.0/', ''])('%j is none', (text) => {
    expect(clientPrefix(text)).toHaveProperty('message');
  });

  it.each([
    ['aa:bb:cc:dd:ee:ff', 'mac'],
    ['AA-BB-CC-DD-EE-FF', 'mac'],
    [':eth0', 'interface'],
    ['::1', 'address'],
    ['laptop', 'name'],
  ])('%s is of kind %s', (text, kind) => expect(clientKind(text)).toBe(kind));

  it('one prefix holds another', () => {
    expect(holds('10.0.0.0/8', '10.1.2.3')).toBe(true);
    expect(holds('10.1.2.3', '10.0.0.0/8')).toBe(false);
    expect(holds('::/0', '10.1.2.3')).toBe(false);
  });

  it.each([
    ['192.168.1.0/24', ['1.168.192.in-addr.arpa']],
    ['172.16.0.0/14', ['16.172.in-addr.arpa', '17.172.in-addr.arpa', '18.172.in-addr.arpa', '19.172.in-addr.arpa']],
    ['192.168.1.5', ['5.1.168.192.in-addr.arpa']],
    ['fd00::/8', ['d.f.ip6.arpa']],
    ['2001:db8::/31', ['8.b.d.0.1.0.0.2.ip6.arpa', '9.b.d.0.1.0.0.2.ip6.arpa']],
  ])('reverse lookups of %s are in %j', (prefix, zones) => expect(reverseZones(prefix)).toEqual(zones));
});

it('ids are those of the option table, each once', () => {
  const ids = new Ids('list');
  expect(['Été à la plage', 'ete a la plage', '***', '漢字', 'x'.repeat(80)].map((name) => ids.of(name))).toEqual([
    'ete-a-la-plage',
    'ete-a-la-plage-2',
    'list',
    'list-2',
    'x'.repeat(50),
  ]);
});
