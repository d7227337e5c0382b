// sluis audit: a whole log is proved, a changed one is not, and what is shown is what was written.

import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../src/commands/audit.ts';
import { UsageError } from '../../src/commands/command.ts';
import { AT, auditOf, entryOf, linesIn, stateWith, textsIn } from '../control/audit-world.ts';
import { ANYWHERE } from '../support/serving.ts';
import { folderOf, surroundings } from '../support/surroundings.ts';

const folder = folderOf({
  'sluis.yaml': `${ANYWHERE}audit: { file: audit.jsonl }\n`,
  'without.yaml': ANYWHERE,
  'broken.yaml': 'groups: nobody\n',
});
afterAll(() => folder.remove());
const file = folder.at('audit.jsonl');

beforeAll(async () => {
  const log = auditOf(file).audit;
  await log.record(entryOf(stateWith('be-716'), { cause: 'start' }));
  const house = stateWith('be-716', 'house');
  const who = { file: '/etc/sluis/sluis.yaml', commit: 'ab'.repeat(20), dirty: true, changed: ['own\u001b.txt'] };
  await log.record(entryOf(house, { at: AT + 86_400_000, generation: 2, who }));
  const changed = { ...house, policies: { ...house.policies, house: { title: { en: 'b' }, apps: ['a', 'tiktok'] } } };
  await log.record(entryOf(changed, { at: AT + 2 * 86_400_000, generation: 3 }));
  const problems = ['sluis.yaml:1:1: unknown option'];
  await log.record(
    entryOf(changed, { at: AT + 3 * 86_400_000, result: 'refused', reason: 'it has 1 error', problems }),
  );
});

async function run(...args: string[]) {
  const around = surroundings();
  const code = await audit.run(args, around);
  return { code, printed: around.printed, complained: around.complained };
}

describe('verify', () => {
  it('proves a log, and gives the hash to keep', async () => {
    const { code, printed, complained } = await run('verify', file);
    expect([code, complained]).toEqual([0, '']);
    expect(printed).toBe(`${file}: whole, 4 lines\nhead: ${linesIn(file)[3].hash}\n`);
  });

  it('takes the log of the configuration where none is named', async () => {
    expect(await run('verify', '--config', folder.at('sluis.yaml'))).toEqual(await run('verify', file));
  });

  it('names the first line that is not as it was, and what was expected', async () => {
    const changed = folder.at('changed.jsonl');
    const lines = textsIn(file);
    writeFileSync(changed, `${lines.with(1, lines[1].replace('SIGHUP', 'nobody')).join('\n')}\n`);
    const { code, printed, complained } = await run('verify', changed);
    expect([code, printed]).toEqual([1, '']);
    expect(complained).toMatch(
      /changed\.jsonl:2: its hash is not that of what it says\n {2}expected: [0-9a-f]{64}\n {2}found: /,
    );
    const { code: again, printed: json } = await run('verify', changed, '--json');
    expect(again).toBe(1);
    expect(JSON.parse(json)).toMatchObject({ whole: false, lines: 4, broken: { line: 2 } });
  });

  it('tells a last line that was cut off, which breaks nothing', async () => {
    const torn = folder.at('torn.jsonl');
    writeFileSync(torn, `${textsIn(file)[0]}\n{"cause"`);
    const { code, printed, complained } = await run('verify', torn);
    expect([code, printed.includes('whole, 1 line\n')]).toEqual([0, true]);
    expect(complained).toBe('the last 8 octets are a line cut off; the next start sets it aside\n');
  });

  it('writes nothing of a hostile log to the terminal', async () => {
    const hostile = folder.at('hostile.jsonl');
    writeFileSync(hostile, '\u001b[2J\u202e\n');
    expect((await run('verify', hostile)).complained).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u);
  });
});

describe('show', () => {
  it('tells each change in words', async () => {
    const { code, printed } = await run('show', file);
    expect(code).toBe(0);
    expect(printed.split('\n')).toEqual([
      '1  2026-10-01T00:00:00.000Z  start taken, generation 1',
      '    from /etc/sluis/sluis.yaml',
      '    + policy be-716',
      '2  2026-10-02T00:00:00.000Z  reload taken, generation 2, by SIGHUP',
      '    from /etc/sluis/sluis.yaml, commit abababababab, changed since in own·.txt',
      '    + policy house',
      '3  2026-10-03T00:00:00.000Z  reload taken, generation 3, by SIGHUP',
      '    from /etc/sluis/sluis.yaml',
      '    ~ policy house: apps +a',
      '    ~ policy house: title {"en":"house"} became {"en":"b"}',
      '4  2026-10-04T00:00:00.000Z  reload refused: it has 1 error, generation 1, by SIGHUP',
      '    from /etc/sluis/sluis.yaml',
      '    sluis.yaml:1:1: unknown option',
      '',
    ]);
  });

  it('begins at a moment', async () => {
    const { printed } = await run('show', file, '--since', '2026-10-03');
    expect(printed.match(/^\d/gm)).toEqual(['3', '4']);
  });

  it('gives the lines as they are', async () => {
    const { printed } = await run('show', file, '--json', '--since', '2026-10-02T00:00:00Z');
    expect(printed).toBe(`${textsIn(file).slice(1).join('\n')}\n`);
  });

  it('ends where the log is broken, and says so', async () => {
    const lines = textsIn(file);
    const cut = folder.at('cut.jsonl');
    writeFileSync(cut, `${[lines[0], lines[2]].join('\n')}\n`);
    const { code, printed, complained } = await run('show', cut);
    expect(code).toBe(1);
    expect(printed.match(/^\d/gm)).toEqual(['1']);
    expect(complained).toContain('cut.jsonl:2: a line is missing or doubled');
  });
});

describe('what cannot be done', () => {
  it.each([
    [[], /say "verify" or "show"/],
    [['prove'], /say "verify" or "show"/],
    [['verify', 'a', 'b'], /say "verify" or "show"/],
    [['verify', '--since', '2026-10-01'], /from its first line/],
    [['show', '--since', 'x'], /is no date/],
    [['verify', '--config', folder.at('without.yaml')], /no audit log: set audit\.file/],
  ])('%j is a wrong command line', async (args, message) => {
    const around = surroundings();
    await expect(audit.run(args, around)).rejects.toThrow(UsageError);
    await expect(audit.run(args, around)).rejects.toThrow(message);
  });

  it('a log that is not there is said so', async () => {
    const { code, complained } = await run('verify', folder.at('nothing.jsonl'));
    expect(code).toBe(1);
    expect(complained).toBe(`sluis audit: ${folder.at('nothing.jsonl')} cannot be read: there is no such file\n`);
  });

  it('a configuration with an error is told', async () => {
    expect((await run('show', '--config', folder.at('broken.yaml'))).code).toBe(2);
  });
});
