// Holds documents and examples to what is there: configurations load, and commands, metrics, routes and files exist.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { METRICS, PROCESS_METRICS } from '../../src/observe/metrics-table.ts';
import { variables } from '../../src/settings/environment.ts';
import { disk, type Files } from '../../src/settings/files.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { formatProblem } from '../../src/settings/problems.ts';
import { ROUTES } from '../../src/web/routes.ts';
import { brokenLinks, codeOf, fencesOf, ROOT, readDocuments } from '../support/documents.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const documents = readDocuments();
const code = documents.flatMap(({ path, text }) => codeOf(text).map((line) => ({ path, line })));

/** Every match of `pattern` in code, by its first group, with the document that has it. */
function named(pattern: RegExp, from = code): [name: string, path: string][] {
  return from.flatMap(({ path, line }) =>
    [...line.matchAll(pattern)].map((found): [string, string] => [found[1], path]),
  );
}

describe('configurations', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  /** The machine that runs the test may have any name servers, or none. */
  const files: Files = {
    ...disk,
    read: (path) => (path === '/etc/resolv.conf' ? 'nameserver 192.0.2.1\n' : disk.read(path)),
  };

  const registry = fencesOf(read('docs/groups.md')).find(({ language }) => language === 'csv')!.text;

  /** What is wrong with a configuration, down to warnings where they count; the lists that it names are there. */
  function problemsOf(text: string, least: 'warning' | 'error' = 'warning'): string[] {
    const folder = mkdtempSync(join(tmpdir(), 'sluis-examples-'));
    folders.push(folder);
    const { lists = [], devices, exceptions_file: exceptions } = parse(text);
    const beside: [path: string | undefined, text: string][] = [
      ...(lists as { file: string }[]).map(({ file }): [string, string] => [file, 'example.com\n']),
      [devices?.file, registry],
      [exceptions, 'exceptions: []\n'],
    ];
    for (const [path, body] of beside) {
      if (path === undefined) continue;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), body);
    }
    const file = join(folder, 'sluis.yaml');
    writeFileSync(file, text);
    const { problems } = loadSettings(file, {}, files);
    return problems.filter(({ severity }) => least === 'warning' || severity === 'error').map(formatProblem);
  }

  const fences = documents.flatMap(({ path, text }) =>
    fencesOf(text)
      .filter(({ language, text: body }) => language === 'yaml' && body.startsWith('# sluis.yaml'))
      .map(({ text: body }): [string, string] => [path, body]),
  );
  const shipped = read('config/sluis.yaml');
  /** As its first lines say: "#" and no space begins an example. */
  const uncommented = shipped.replace(/^( *)#(?=\S| {2,}\S)/gm, '$1');

  it('are found', () => {
    expect(fences.map(([path]) => path)).toContain('README.md');
    expect(uncommented.split('\n').filter((line, at) => line !== shipped.split('\n')[at]).length).toBeGreaterThan(20);
  });

  it.each([...fences, ['config/sluis.yaml', shipped]])('of %s loads without a problem', (_, text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  // Examples that stand apart need not know of each other: a group may leave out a policy.
  it('of config/sluis.yaml, every example in use, loads', () => expect(problemsOf(uncommented, 'error')).toEqual([]));

  it('would be told if one did not', () => {
    expect(problemsOf('groups: [{ id: a, match: any, modes: { be-717: block } }]', 'error')).toHaveLength(1);
  });
});

describe('names in documents', () => {
  const known = new Set(
    [...Object.values(METRICS).flat(), ...PROCESS_METRICS.map((name) => ({ name }))].map(({ name }) => name),
  );
  const isMetric = (name: string) => known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, ''));

  it.each(named(/\b(sluis_[a-z0-9_]+)(?!…)\b/g))('metric %s in %s is exposed', (name) => {
    expect(name).toSatisfy(isMetric);
  });

  const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts;
  it.each(named(/\bnpm (?:run (?:-s )?)?((?!ci\b|run\b)[a-z]+)/g))('npm script %s in %s is there', (name) => {
    expect(scripts).toHaveProperty(name);
  });

  it.each(named(/\b(SLUIS_[A-Z_]+)/g))('variable %s in %s sets something', (name) => {
    expect([...variables().keys(), 'SLUIS_CONFIG']).toContain(name);
  });

  const urls = ROUTES.map(({ url }) => url);
  it.each(named(/(\/(?:metrics|healthz|readyz|api\/v1\/\w+))\b/g))('route %s in %s is served', (url) => {
    expect(urls).toContain(url);
  });

  /** Where Sluis is installed is no place of the repository. */
  const PLACE =
    /(?:^|[\s(])((?:src|test|docs|config|blocklists|bench|deploy|bin|\.ci)\/[\w./-]*\w|\.ci\/run)(?![\w*])/g;
  it.each(named(PLACE))('file %s in %s is there', (name) => expect(existsSync(join(ROOT, name))).toBe(true));

  it.each(documents.map((document) => [document.path, document] as const))(
    'links of %s lead somewhere',
    (_, document) => {
      expect(brokenLinks(document)).toEqual([]);
    },
  );
});

describe('docs/ARCHITECTURE.md', () => {
  const places = code.filter(({ path }) => path === 'docs/ARCHITECTURE.md');
  const inSource = named(
    /^((?:wire|policy|engine|net|workers|settings|lists|observe|control|web|commands)\/.*)$/g,
    places,
  );

  it.each(inSource.filter(([name]) => !name.includes('*')))('%s is there', (name) => {
    const [file, member] = name.split(':');
    expect(existsSync(join(ROOT, 'src', file))).toBe(true);
    if (member) expect(read(join('src', file))).toMatch(new RegExp(`(^|[ .#])${member}\\(`, 'm'));
  });

  it('names places, and every folder', () => {
    expect(inSource.length).toBeGreaterThan(30);
    const folders = new Set(inSource.map(([name]) => name.split('/')[0]));
    expect(folders.size).toBe(11);
  });
});

describe('commands', () => {
  const sluis = (...args: string[]) => {
    const { stdout } = spawnSync(process.execPath, [join(ROOT, 'bin/sluis'), ...args], { encoding: 'utf8' });
    return stdout;
  };
  const commands = [...sluis('help').matchAll(/^ {2}([a-z]+) {2}/gm)].map((found) => found[1]);
  const usage = new Map(commands.map((command) => [command, sluis(command, '--help')]));

  it('are listed', () => expect(commands).toEqual(expect.arrayContaining(['serve', 'check', 'explain'])));

  it.each(
    named(/(?:^|[\s/])sluis ((?!COMMAND)[a-z]+\b(?:[^`|]*))/g).filter(([call]) => /^(?!\d)[a-z]+( |$)/.test(call)),
  )('sluis %s in %s can be called', (call) => {
    const [command, ...rest] = call.trim().split(/\s+/);
    expect(commands).toContain(command);
    for (const flag of rest.filter((word) => /^--[a-z]/.test(word))) expect(usage.get(command)).toContain(flag);
  });

  it('stand in the README, each of them', () => {
    for (const command of commands) expect(read('README.md')).toContain(`| \`sluis ${command}\` |`);
  });
});
