// sluis init: what it writes is sound and explains itself, and nothing is lost by it.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { check } from '../../src/commands/check.ts';
import { UsageError } from '../../src/commands/command.ts';
import { init } from '../../src/commands/init.ts';
import { idsIn, shippedPresets } from '../../src/settings/shipped.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function place(files: Record<string, string> = {}): (name: string) => string {
  const { at, remove } = folderOf(files);
  undo.push(remove);
  return at;
}

async function run(args: string[], env: Record<string, string> = {}) {
  const around = surroundings(env);
  const code = await init.run(args, around);
  return { code, printed: around.printed, complained: around.complained };
}

describe('what it writes', () => {
  it.each([...idsIn(readdirSync(shippedPresets)).map((id) => [id])])('for %s passes check', async (preset) => {
    const file = place()('sluis.yaml');
    expect((await run(['--preset', preset, '--file', file])).code).toBe(0);
    const around = surroundings();
    expect(await check.run(['--config', file, '--json'], around)).toBe(0);
    // Notes are facts of the catalogue.
    const { problems } = JSON.parse(around.printed);
    expect(problems.filter(({ severity }: { severity: string }) => severity !== 'note')).toEqual([]);
  });

  it('has the presets, with scope and dates, and groups to fill in', async () => {
    const file = place()('sluis.yaml');
    await run(['--file', file], { LANG: 'fr_BE.UTF-8' });
    const text = readFileSync(file, 'utf8');
    expect(parse(text)).toMatchObject({ presets: ['be-716'], groups: [{ id: 'local', modes: { 'be-716': 'block' } }] });
    for (const part of [
      "# be-716: Interdiction temporaire d'utiliser TikTok\n",
      '#   for: les appareils de service, dont ',
      '#   source: Circular 716; told by the Prime Minister on 10 March 2023 ',
      '#   2023-03-10  was decided\n',
      '#   2023-03-31  all must comply\n',
      '  #- id: service\n',
      '#   c. on personal devices that reach internal networks it is advised against:',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('is sound with all that it has in comments in use', async () => {
    const file = place()('sluis.yaml');
    await run(['--file', file]);
    // Explanations have one blank behind their mark, or three.
    const used = readFileSync(file, 'utf8').replace(/^( *)#(?=\S| {2}\S)/gm, '$1');
    writeFileSync(file, used);
    const around = surroundings();
    expect([await check.run(['--config', file], around), around.complained]).toEqual([0, '']);
    expect(parse(used)).toMatchObject({
      policies: [{ id: 'be-716', owner: expect.any(String) }],
      groups: [{ id: 'local' }, { id: 'service' }, { id: 'personal', modes: { 'be-716': 'observe' } }],
      audit: { file: 'audit.jsonl' },
    });
  });

  it("leaves people's own devices alone where the decision does", async () => {
    const file = place()('sluis.yaml');
    await run(['--preset', 'be-716,uk-2023', '--file', file]);
    expect(readFileSync(file, 'utf8')).toContain('  #  modes: { be-716: observe, uk-2023: off }\n');
  });

  it("takes presets one by one, together, and of one's own", async () => {
    const at = place({ 'own.yaml': '# Ours.\npolicies: [{ id: own, title: Own, authority: B, apps: [tiktok] }]\n' });
    const own = at('own.yaml');
    expect((await run(['--preset', 'be-716', '--preset', own, '--file', at('a.yaml')])).code).toBe(0);
    expect((await run(['--preset', `be-716, ${own},be-716`, '--file', at('b.yaml')])).code).toBe(0);
    expect(readFileSync(at('b.yaml'), 'utf8')).toBe(readFileSync(at('a.yaml'), 'utf8'));
    expect(parse(readFileSync(at('a.yaml'), 'utf8')).presets).toEqual(['be-716', own]);
  });
});

describe('what it says', () => {
  it('is the next three commands', async () => {
    const file = place()('sluis.yaml');
    const { printed } = await run(['--file', file]);
    expect(printed.match(/^ {2}sluis \w+/gm)).toEqual(['  sluis check', '  sluis policy', '  sluis serve']);
    expect(printed.split(`--config ${file}`)).toHaveLength(4);
  });
});

describe('what it refuses', () => {
  it('is to overwrite, unless told to', async () => {
    const at = place({ 'sluis.yaml': 'precious\n' });
    const { code, complained } = await run(['--file', at('sluis.yaml')]);
    expect([code, readFileSync(at('sluis.yaml'), 'utf8')]).toEqual([2, 'precious\n']);
    expect(complained).toContain('is there already');
    expect((await run(['--file', at('sluis.yaml'), '--force'])).code).toBe(0);
    expect(readFileSync(at('sluis.yaml'), 'utf8')).toContain('presets: ["be-716"]');
  });

  it('is a preset that does not exist, and names the likely one', async () => {
    const file = place()('sluis.yaml');
    const { code, complained } = await run(['--preset', 'be-761', '--file', file]);
    expect([code, existsSync(file)]).toEqual([2, false]);
    expect(complained).toMatch(
      /^sluis init: --preset: unknown preset "be-761": did you mean be-716\?\npresets are in /,
    );
    expect(complained).not.toContain(file);
  });

  it('is a preset of its own that cannot be read, or is wrong where it stands', async () => {
    const at = place({ 'own.yaml': 'policies: [{ id: own, authority: B, apps: [tiktok] }]\n' });
    const gone = await run(['--preset', at('gone.yaml'), '--file', at('sluis.yaml')]);
    expect([gone.code, gone.complained]).toEqual([
      2,
      expect.stringMatching(/^sluis init: --preset: preset \S+gone\.yaml cannot be read: there is no such file: mend/),
    ]);
    const wrong = await run(['--preset', at('own.yaml'), '--file', at('sluis.yaml')]);
    expect([wrong.code, wrong.complained]).toEqual([
      2,
      expect.stringContaining('own.yaml:1:12: error: "title" is missing'),
    ]);
  });

  it('is a folder that is not there', async () => {
    const { code, complained } = await run(['--file', place()('nowhere/sluis.yaml')]);
    expect(code).toBe(1);
    expect(complained).toMatch(/cannot be written: there is no such file/);
  });

  it('is a preset without its option', async () => {
    await expect(init.run(['be-716'], surroundings())).rejects.toThrow(UsageError);
  });
});
