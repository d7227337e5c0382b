// The log of changes as it is written: what stands in it, and what becomes of it after a crash, on a full disk, or in other hands.

import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { folderOf } from '../support/surroundings.ts';
import { AT, auditOf, chainOf, entryOf, linesIn, stateWith, textsIn } from './audit-world.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function place(): { file: string; at: (name: string) => string } {
  const { at, remove } = folderOf({});
  undo.push(remove);
  return { file: at('audit.jsonl'), at };
}

/** A start by a process of its own. */
async function started(file: string, ...ids: string[]) {
  const opened = auditOf(file);
  await opened.audit.record(entryOf(stateWith(...ids), { cause: 'start' }));
  return opened;
}

describe('a line', () => {
  it('tells what a start put into force, and the next what changed', async () => {
    const { file } = place();
    const { audit, told } = await started(file, 'be-716');
    await audit.record(entryOf(stateWith('be-716', 'house'), { at: AT + 1000, generation: 2 }));
    const [first, second] = linesIn(file);
    expect(first).toMatchObject({
      sequence: 1,
      event: 'start',
      previous: '0'.repeat(64),
      time: '2026-10-01T00:00:00.000Z',
    });
    expect(first.changes).toEqual({ policies: { added: stateWith('be-716').policies } });
    expect(second).toMatchObject({ sequence: 2, event: 'reload', previous: first.hash, generation: 2 });
    expect(second.changes).toEqual({ policies: { added: stateWith('house').policies } });
    expect(chainOf(textsIn(file)).broken).toBeUndefined();
    expect(audit).toMatchObject({ written: 2, failed: 0, problem: '', head: { sequence: 2, hash: second.hash } });
    expect(told).toEqual([]);
  });

  it('of a start that changes nothing has no changes', async () => {
    const { file } = place();
    await started(file, 'be-716');
    await started(file, 'be-716');
    expect(linesIn(file).map(({ event, changes }) => [event, changes !== undefined])).toEqual([
      ['start', true],
      ['start', false],
    ]);
  });

  it('of a start tells what changed while nothing ran', async () => {
    const { file } = place();
    await started(file, 'be-716');
    await started(file, 'house');
    const [, { changes }] = linesIn(file);
    expect(Object.keys(changes?.policies ?? {})).toEqual(['added', 'removed']);
  });

  it('of a refusal says why, and that nothing changed', async () => {
    const { file } = place();
    const { audit } = await started(file, 'be-716');
    const refused = { result: 'refused', reason: 'the configuration has 1 error', problems: ['a:1:1: b'] } as const;
    await audit.record(entryOf(stateWith('be-716'), { ...refused, problems: [...refused.problems] }));
    const [first, second] = linesIn(file);
    expect(second).toMatchObject(refused);
    expect(second.changes).toBeUndefined();
    expect(second.policy).toBe(first.policy);
  });

  it('waits for the one before, however many are handed over at once', async () => {
    const { file } = place();
    const { audit } = auditOf(file);
    for (let n = 0; n < 20; n++) void audit.record(entryOf(stateWith(`p-${n}`)));
    await audit.idle();
    expect(chainOf(textsIn(file))).toMatchObject({ count: 20, broken: undefined });
  });
});

describe('after a crash', () => {
  it.each([
    ['in the middle of a line', (text: string) => text.slice(0, 100)],
    ['before its end', (text: string) => text],
    ['in the middle of a character', (text: string) => Buffer.concat([Buffer.from(text.slice(0, 9)), Buffer.of(0xe2)])],
  ])('%s, the part is kept aside and the chain goes on', async (_, cut) => {
    const { file } = place();
    const { audit } = await started(file, 'be-716');
    await audit.record(entryOf(stateWith('house')));
    const [first, second] = textsIn(file);
    writeFileSync(file, Buffer.concat([Buffer.from(`${first}\n`), Buffer.from(cut(second))]));
    const { told } = await started(file, 'be-716');
    const kept = `${file}.torn-2`;
    expect(readFileSync(kept)).toEqual(Buffer.from(cut(second)));
    const [, next] = linesIn(file);
    expect(next.after).toEqual({ torn: { octets: Buffer.from(cut(second)).length, kept } });
    expect(next.changes).toBeUndefined();
    expect(chainOf(textsIn(file)).broken).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('twice at the same line, both parts are kept', async () => {
    const { file } = place();
    for (const part of ['{"a', '{"b']) {
      writeFileSync(file, part);
      await started(file, 'be-716');
    }
    expect(readFileSync(`${file}.torn-1`, 'utf8')).toBe('{"a');
    expect(readFileSync(`${file}.torn-1.1`, 'utf8')).toBe('{"b');
  });
});

describe('where it cannot be written', () => {
  it('a line is lost and counted, and the next that is written says so and what changed meanwhile', async () => {
    const { file, at } = place();
    const { audit, told } = await started(file, 'be-716');
    renameSync(file, at('away'));
    mkdirSync(file);
    await audit.record(entryOf(stateWith('house'), { at: AT + 1000 }));
    await audit.record(entryOf(stateWith('house'), { at: AT + 2000 }));
    expect(audit).toMatchObject({ written: 1, failed: 2, problem: `${file} cannot be written: EISDIR` });
    rmSync(file, { recursive: true });
    renameSync(at('away'), file);
    await audit.record(entryOf(stateWith('house'), { at: AT + 3000 }));
    const [, next] = linesIn(file);
    expect(next.after).toEqual({ lost: { lines: 2, since: '2026-10-01T00:00:01.000Z', reason: 'EISDIR' } });
    expect(Object.keys(next.changes?.policies ?? {})).toEqual(['added', 'removed']);
    expect(chainOf(textsIn(file)).broken).toBeUndefined();
    expect(told).toEqual([`${file} cannot be written: EISDIR`, '']);
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk is told, once', async () => {
    const { audit, told } = await started('/dev/full', 'be-716');
    await audit.record(entryOf(stateWith('be-716')));
    expect(told).toEqual(['/dev/full cannot be written: ENOSPC']);
    expect(audit).toMatchObject({ written: 0, failed: 2, head: undefined });
  });

  it('a folder that is not there is told', async () => {
    const { at } = place();
    const { told } = await started(at('nowhere/audit.jsonl'), 'be-716');
    expect(told).toEqual([`${at('nowhere/audit.jsonl')} cannot be written: ENOENT`]);
  });

  it.skipIf(process.platform === 'win32')('others than owner and group cannot read it', async () => {
    const { file } = place();
    await started(file, 'be-716');
    const { statSync } = await import('node:fs');
    expect(statSync(file).mode & 0o007).toBe(0);
  });
});

describe('in the hands of others', () => {
  it('a file that went away is begun anew, with all that is in force', async () => {
    const { file, at } = place();
    const { audit } = await started(file, 'be-716');
    renameSync(file, at('audit.old'));
    await audit.record(entryOf(stateWith('be-716')));
    const [last] = linesIn(at('audit.old'));
    const [next] = linesIn(file);
    expect(next).toMatchObject({ sequence: 2, previous: last.hash, whole: true, after: { moved: true } });
    expect(next.changes).toEqual({ policies: { added: stateWith('be-716').policies } });
    expect(chainOf(textsIn(file))).toMatchObject({ broken: undefined, begins: { sequence: 2 } });
  });

  it('lines of another process are followed', async () => {
    const { file } = place();
    const one = await started(file, 'be-716');
    const other = await started(file, 'be-716', 'house');
    await one.audit.record(entryOf(stateWith('be-716')));
    await other.audit.record(entryOf(stateWith('be-716', 'house')));
    expect(chainOf(textsIn(file))).toMatchObject({ count: 4, broken: undefined });
  });

  it('a chain that was broken is told, and goes on with all that is in force', async () => {
    const { file } = place();
    const { audit } = await started(file, 'be-716');
    await audit.record(entryOf(stateWith('be-716')));
    writeFileSync(file, readFileSync(file, 'utf8').replace('SIGHUP', 'SIGINT'));
    const { told } = await started(file, 'be-716');
    const reason = 'its hash is not that of what it says';
    expect(told).toEqual([`${file} is not what was written, from line 2 on: ${reason}`]);
    const [, , next] = linesIn(file);
    expect(next).toMatchObject({ whole: true, after: { broken: { line: 2, reason } } });
    expect(chainOf(textsIn(file)).broken?.line).toBe(2);
  });

  it('a file that never was a log is left as it is, and goes on with one', async () => {
    const { file } = place();
    appendFileSync(file, 'dear diary\n');
    const { told } = await started(file, 'be-716');
    expect(told).toEqual([expect.stringContaining('from line 1 on: it is no line of an audit log')]);
    expect(textsIn(file)).toHaveLength(2);
  });
});
