// What is made of each reload: a line in the log where there is one, alerts by the dates in force, and nothing that is sealed.

import { existsSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { Accountability } from '../../src/control/accountability.ts';
import type { Reload } from '../../src/control/keeper.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { FILE, loadText } from '../settings/memory-files.ts';
import { folderOf } from '../support/surroundings.ts';
import { AT, linesIn } from './audit-world.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

const settingsOf = (text: string) => loadText(text).settings!;
const BE_716 = settingsOf('presets: [be-716]\n');

function reloadOf(more: Partial<Reload> = {}): Reload {
  const facts = { at: AT, cause: 'start', generation: 1, problems: [], reason: '', ms: 1, resident: 1, restart: [] };
  return { result: 'ok', report: undefined, evidence: undefined, ...facts, ...more };
}

/** With a state directory, at a moment of 2026. */
function world(env: Record<string, string> = {}) {
  const { at, remove } = folderOf({});
  undo.push(remove);
  const told: string[] = [];
  const accountability = new Accountability({
    file: FILE,
    env: { STATE_DIRECTORY: at('.'), ...env },
    clock: () => AT,
    onAudit: (problem) => told.push(problem),
    onAlert: ({ alert, policy, exception }) => told.push(`${exception ?? policy} ${alert}`),
    onChange: ({ text }) => told.push(text),
  });
  undo.push(() => accountability.close());
  return { accountability, told, file: at('audit.jsonl'), at };
}

it('is written in the state directory where nothing else is set', async () => {
  const { accountability, file } = world();
  accountability.note(reloadOf(), BE_716);
  await accountability.close();
  const [line] = linesIn(file);
  expect(line).toMatchObject({ event: 'start', result: 'taken', who: { file: FILE, commit: null }, files: {} });
  expect(Object.keys(line.changes?.policies?.added ?? {})).toContain('be-716');
});

it('is written in the first of several state directories', async () => {
  const { accountability, at } = world();
  const other = world({ STATE_DIRECTORY: `${at('.')}:/nowhere` });
  other.accountability.note(reloadOf(), BE_716);
  await other.accountability.close();
  expect(existsSync(at('audit.jsonl'))).toBe(true);
  expect(accountability.audit).toBeUndefined();
});

it('is not written without a place, nor before the first policy', async () => {
  const nowhere = world({ STATE_DIRECTORY: '' });
  nowhere.accountability.note(reloadOf(), BE_716);
  expect(nowhere.accountability.audit).toBeUndefined();
  const early = world();
  early.accountability.note(reloadOf({ result: 'failed', reason: 'x' }), undefined);
  await early.accountability.close();
  expect(early.accountability.audit).toBeUndefined();
  expect(existsSync(early.file)).toBe(false);
});

it('of a refusal has the first errors, and of exceptions only where they are', async () => {
  const { accountability, file } = world();
  accountability.note(reloadOf(), BE_716);
  const place = { file: FILE, line: 3, column: 7, length: 1, text: '', fix: 'mend it' };
  const problem = { ...place, severity: 'error' as const, path: 'cache.size', message: 'too little' };
  const problems = [
    { ...problem, severity: 'warning' as const, message: 'never mind' },
    problem,
    { ...problem, path: 'exceptions[0].clients', message: '"10.10.4.17" is in no group' },
    ...Array.from({ length: 20 }, () => problem),
  ];
  accountability.note(reloadOf({ result: 'failed', reason: 'the configuration has 22 errors', problems }), BE_716);
  await accountability.close();
  const { problems: kept = [], reason } = linesIn(file)[1];
  expect(reason).toBe('the configuration has 22 errors');
  expect(kept).toHaveLength(10);
  expect(kept.slice(0, 2)).toEqual([`${FILE}:3:7: too little`, `${FILE}:3:7: an exception`]);
});

it('alerts by the policy in force, and by it alone', () => {
  const { accountability, told } = world();
  accountability.note(reloadOf(), BE_716);
  expect(told).toEqual(['be-716 deadline_passed', 'be-716 review_passed']);
  const other = settingsOf('policies: [{ id: be-716, review: 2026-09-01 }]\n');
  accountability.note(reloadOf({ result: 'failed', reason: 'x' }), BE_716);
  expect(told).toHaveLength(2);
  accountability.note(reloadOf(), other);
  expect(told.slice(2)).toEqual(['be-716 review_passed']);
});

it('tells of exceptions, and nothing of sealed ones but that they count', async () => {
  const { accountability, told, file } = world();
  const starts = AT / 1000 - 86_400;
  const exception = {
    id: 'x-1',
    policy: 'be-716',
    owner: 'a@example.be',
    starts,
    expires: AT / 1000 + 60,
    sealed: false,
  };
  const sealed = { ...exception, id: 'x-2', owner: 'b@example.be', sealed: true };
  const settings = { ...BE_716, exceptions: [exception, sealed] } as Settings;
  accountability.note(reloadOf(), settings);
  await accountability.close();
  const [{ changes }] = linesIn(file);
  expect(changes?.exceptions?.added).toEqual({
    'x-1': expect.objectContaining({ owner: 'a@example.be', expires: '2026-10-01T00:01:00.000Z' }),
  });
  expect(changes?.sealed).toEqual({ before: 0, after: 1 });
  expect(told.filter((text) => text.startsWith('x-'))).toEqual(['x-1 exception_ending']);
  expect(JSON.stringify([linesIn(file), told])).not.toMatch(/x-2|b@example/);
});
