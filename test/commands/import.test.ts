// sluis import: recognises what it is given, writes nothing over anything, and says what is wrong with a source.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { check } from '../../src/commands/check.ts';
import { UsageError } from '../../src/commands/command.ts';
import { importing } from '../../src/commands/import.ts';
import { importOf } from '../support/imports-of.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

const ADGUARD = "dns: { upstream_dns: [192.0.2.53] }\nuser_rules: ['||ads.example^', '/a+/']\nschema_version: 28\n";
const ZONE = `$TTL 300
@ IN SOA localhost. root.localhost. 1 2 3 4 5
@ IN NS localhost.
ads.example CNAME .
*.ads.example CNAME .
good.ads.example CNAME rpz-passthru.
nodata.example CNAME *.
32.1.2.0.192.rpz-ip CNAME .
sent.example A 192.0.2.9
bad..name CNAME .
`;

async function run(files: Record<string, string>, args: string[]) {
  const { at, remove } = folderOf(files);
  undo.push(remove);
  const around = surroundings();
  const code = await importing.run(
    args.map((arg) => arg.replace('%', `${at('')}/`)),
    around,
  );
  return { code, at, printed: around.printed, complained: around.complained };
}

describe('what it writes', () => {
  it('stands in a folder that was not there, and the report says what became of what', async () => {
    const { code, at, printed } = await run({ 'a.yaml': ADGUARD }, ['%a.yaml', '--out', '%new']);
    expect(code).toBe(0);
    expect(readdirSync(at('new')).sort()).toEqual(['lists', 'sluis.yaml']);
    expect(readFileSync(at('new/lists/own-rules.txt'), 'utf8')).toBe('||ads.example^\n');
    expect(printed).toContain('Taken over from AdGuard Home:');
    expect(printed).toMatch(
      /Not taken over:\n {2}- a regular expression\n {4}instead: .+\n {6}.*a\.yaml:2: user_rules\[1\]/,
    );
    expect(printed).toContain('sluis check --config');
  });

  it('is printed where no folder is named, apart from what is said of it', async () => {
    const { code, at, printed, complained } = await run({ 'a.yaml': ADGUARD }, ['%a.yaml']);
    expect(code).toBe(0);
    expect(printed).toContain('# ---- sluis.yaml ----\n');
    expect(printed).toContain('# ---- lists/own-rules.txt ----\n||ads.example^\n');
    expect(complained).toContain('Not taken over:');
    expect(readdirSync(at(''))).toEqual(['a.yaml']);
  });

  it('has an authority to be named, of which check reminds', async () => {
    const { at } = await run({ 'a.yaml': ADGUARD }, ['%a.yaml', '--out', '%new']);
    const around = surroundings();
    expect(await check.run(['--config', at('new/sluis.yaml')], around)).toBe(0);
    expect(around.complained).toContain('warning: nobody has said who decided this');
  });

  it('goes into an empty folder, and over nothing', async () => {
    const { at } = await run({ 'a.yaml': ADGUARD }, ['%a.yaml']);
    mkdirSync(at('empty'));
    mkdirSync(at('full'));
    writeFileSync(at('full/mine'), 'mine');
    const around = surroundings();
    expect(await importing.run([at('a.yaml'), '--out', at('empty')], around)).toBe(0);
    expect(await importing.run([at('a.yaml'), '--out', at('full')], around)).toBe(2);
    expect(await importing.run([at('a.yaml'), '--out', at('a.yaml')], around)).toBe(2);
    expect(readdirSync(at('full'))).toEqual(['mine']);
    expect(around.complained).toContain('is not empty: name another folder with --out');
  });
});

describe('a zone', () => {
  it('becomes a list, of which each line that is not honoured is told', async () => {
    const found = await importOf('block.rpz', ZONE);
    undo.push(found.remove);
    expect(found.errors).toEqual([]);
    expect(found.files['lists/block.txt']).toBe(ZONE);
    expect(found.config).toMatchObject({ lists: [{ id: 'block', format: 'rpz' }], policies: [{ lists: ['block'] }] });
    expect(found.left.map(({ at }) => at)).toEqual(['/block.rpz:8', '/block.rpz:10', '/block.rpz', '/block.rpz']);
    expect(found.different.map(({ at }) => at)).toEqual(['/block.rpz:7', '/block.rpz:9']);
    expect(await found.verdict('x.ads.example', '127.0.0.1')).toBe('block');
    expect(await found.verdict('good.ads.example', '127.0.0.1')).toBe('allow');
  });

  it('shows a hundred places of a reason, and counts the rest', async () => {
    const lines = Array.from({ length: 150 }, (_, at) => `sent${at}.example CNAME elsewhere.example.\n`);
    const { printed } = await run({ 'a.rpz': ZONE + lines.join('') }, ['%a.rpz', '--out', '%new']);
    expect(printed).toMatch(/a\.rpz:11: sent0\.example CNAME elsewhere\.example\.\n/);
    expect(printed.match(/: sent\d+\.example CNAME/g)).toHaveLength(98);
    expect(printed).toContain('      and 52 more, which --json tells too\n');
  });

  it('is the same packed by gzip', async () => {
    const found = await importOf('block.rpz.gz', gzipSync(ZONE));
    undo.push(found.remove);
    expect(found.files['lists/block.txt']).toBe(ZONE);
  });
});

describe('a source that is none', () => {
  it.each([
    ['bad YAML', 'a.yaml', 'dns:\n  port: [53\nfilters: x\n', [], 'a.yaml:3:1: error'],
    ['an alias in YAML', 'a.yaml', 'dns: &a { port: 53 }\nfilters: *a\n', [], 'a.yaml:1:9: error: anchors'],
    ['YAML of something else', 'a.yaml', 'hello: world\n', [], 'it is not known which tool this is of'],
    ['a text', 'a.txt', 'hello world, how are you?\n', [], 'it is not known which tool this is of'],
    ['nothing', 'a.yaml', '', [], 'it holds no options'],
    ['a zone of no rules', 'a.rpz', ZONE.split('ads.example')[0], [], 'no line of it is a rule on names'],
    ['octets', 'a.bin', '\0\0\0\0', [], 'it is no text'],
    ['a zone that is no text', 'a.rpz', '\0\0\0\0', ['--as', 'rpz'], 'have the name server write the zone out as text'],
    ['an archive that is none', 'a.zip', 'PK\x03\x04 and no more', [], 'it is cut off or damaged'],
    ['another thing than was said', 'a.zip', 'PK\x03\x04', ['--as', 'blocky'], 'it is an archive'],
  ])('%s is refused with its place', async (_, name, text, more, message) => {
    const { code, complained } = await run({ [name]: text }, [`%${name}`, '--out', '%out', ...more]);
    expect(code).toBe(2);
    expect(complained).toContain(message);
    expect(complained).toContain('= fix: ');
  });

  it('a folder, and what is not there', async () => {
    expect((await run({}, ['%'])).complained).toContain('it is no file');
    expect((await run({}, ['%none'])).complained).toContain('there is no such file');
  });

  it('leaves nothing behind', async () => {
    const { at } = await run({ 'a.yaml': 'dns: [' }, ['%a.yaml', '--out', '%out']);
    expect(existsSync(at('out'))).toBe(false);
  });
});

describe('the command line', () => {
  it.each([[[]], [['a', 'b']], [['a', '--as', 'bind']]])('%j is wrong', async (args) => {
    await expect(importing.run(args, surroundings())).rejects.toThrow(UsageError);
  });
});

describe('whatever is in the source', () => {
  it.each([
    [
      'the wrong types',
      'dns: { bind_hosts: { a: 1 }, port: x, upstream_dns: 7 }\nfilters: text\nuser_rules: { a: b }\nclients: 3\nschema_version: x\n',
    ],
    ['nulls', 'dns:\nfilters:\nuser_rules:\nclients:\nfiltering:\nschema_version: 1\n'],
    [
      'lists of nulls',
      'dns: { upstream_dns: [null], rewrites: [null] }\nfilters: [null, 1]\nclients: { persistent: [null] }\nschema_version: 1\n',
    ],
    [
      'marks',
      "dns: { upstream_dns: [192.0.2.1] }\nfilters: [{ url: 'https://a.example/\\u001b[1m', name: '\"]}: #{' }]\nuser_rules: [\"||a.example^\\n||b.example^\"]\nschema_version: 1\n",
    ],
    ['a URL with a password', "dns: {}\nfilters: [{ url: 'https://u:p@a.example/', name: x }]\nschema_version: 1\n"],
    [
      'a loop',
      'dns: { bind_hosts: [127.0.0.1], port: 53, upstream_dns: [127.0.0.1], bootstrap_dns: [127.0.0.1] }\nschema_version: 1\nfilters: []\n',
    ],
    [
      'wrong types of Blocky',
      'upstreams: 3\nblocking: { denylists: [a], clientGroupsBlock: { default: { a: b }, "[": [x] } }\nports: { dns: [x] }\nbootstrapDns: 5\nconditional: { mapping: x }\n',
    ],
  ])('%s: what is written is sound', async (_, text) => {
    const found = await importOf('a.yaml', text);
    undo.push(found.remove);
    expect([found.complained, found.code, found.errors]).toEqual(['', 0, []]);
  });
});
