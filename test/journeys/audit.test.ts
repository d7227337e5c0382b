// A policy that somebody answers for, over time: every start and reload of a real Sluis stands in the log of changes.

import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { adminSource } from '../../src/commands/admin-source.ts';
import { Chain } from '../../src/control/audit-chain.ts';
import type { AuditLine } from '../../src/control/audit-line.ts';
import { decodeReply } from '../support/decode.ts';
import { UdpClient } from '../support/dns-client.ts';
import { RELOAD_MS, type RunningSluis, startSluis } from '../support/sluis.ts';
import { encodeQuery } from '../support/world.ts';

const HOUSE = { id: 'house', title: 'House rules', authority: 'Board', lists: ['own'], review: '2026-01-01' };
const SETTINGS = {
  audit: { file: 'audit.jsonl' },
  lists: [{ id: 'own', file: 'own.txt', format: 'domains' }],
  policies: [HOUSE],
  groups: [{ id: 'all', match: 'any', modes: { 'be-716': 'block', house: 'block' } }],
};

let sluis: RunningSluis;
afterEach(() => sluis?.stop());

const reloaded = (count: number) => sluis.arrivals.until(() => sluis.reloads.length >= count, RELOAD_MS);

/** The log, proved. */
async function log(): Promise<AuditLine[]> {
  await sluis.resolver.accountability.audit?.idle();
  const texts = readFileSync(join(sluis.folder, 'audit.jsonl'), 'utf8').trimEnd().split('\n');
  const chain = new Chain();
  const lines = texts.map((text) => chain.take(text)!);
  expect(chain.broken).toBeUndefined();
  return lines;
}

const status = () => adminSource(sluis.resolver, '0', '').status();

test('the start, a changed list, a changed policy and a refusal', async () => {
  sluis = await startSluis(SETTINGS, { files: { 'own.txt': 'banned.example.com\n' } });
  const list = join(sluis.folder, 'own.txt');
  appendFileSync(list, 'other.example.com\n');
  expect(await reloaded(2)).toBe(true);
  sluis.configure({ ...SETTINGS, groups: [{ ...SETTINGS.groups[0], modes: { 'be-716': 'observe', house: 'block' } }] });
  expect(await reloaded(3)).toBe(true);
  sluis.configure({ ...SETTINGS, cache: { size: 'huge' } });
  expect(await reloaded(4)).toBe(true);
  const [start, changedList, changedMode, refused] = await log();
  expect(start).toMatchObject({ event: 'start', cause: 'start', result: 'taken', generation: 1 });
  expect(Object.keys(start.changes?.policies?.added ?? {}).sort()).toEqual(expect.arrayContaining(['be-716', 'house']));
  expect(start.files[list]).toMatch(/^[0-9a-f]{64}$/);
  expect(start.who).toMatchObject({ file: sluis.file, commit: null });
  expect(changedList).toMatchObject({ event: 'reload', cause: `a change of ${list}`, generation: 2 });
  expect(changedList.changes).toEqual({
    lists: {
      changed: {
        own: { rules: { before: 1, after: 2 }, sha256: { before: start.files[list], after: changedList.files[list] } },
      },
    },
  });
  expect(changedMode.changes?.groups?.changed?.all.modes).toMatchObject({
    before: { 'be-716': 'block', house: 'block' },
    after: { 'be-716': 'observe', house: 'block' },
  });
  expect(refused).toMatchObject({ result: 'refused', reason: 'the configuration has 1 error', generation: 3 });
  expect(refused.policy).toBe(changedMode.policy);
  expect(refused.problems?.[0]).toContain('huge');
  expect(status().audit).toMatchObject({
    written: 4,
    failed: 0,
    problem: '',
    head: { sequence: 4, hash: refused.hash },
  });
});

test('a log that cannot be written stops no reload, and is told until it can be', async () => {
  sluis = await startSluis(SETTINGS, { files: { 'own.txt': 'banned.example.com\n' } });
  await log();
  const file = join(sluis.folder, 'audit.jsonl');
  rmSync(file);
  mkdirSync(file);
  const second = await sluis.resolver.reload('a test');
  await sluis.resolver.accountability.audit?.idle();
  expect(second).toMatchObject({ result: 'ok', generation: 2 });
  expect(sluis.audit).toEqual([`${file} cannot be written: EISDIR`]);
  expect(status().audit).toMatchObject({ written: 1, failed: 1, problem: `${file} cannot be written: EISDIR` });
  rmSync(file, { recursive: true });
  await sluis.resolver.reload('a test');
  const [line] = await log();
  expect(line).toMatchObject({
    sequence: 2,
    whole: true,
    after: { moved: true, lost: { lines: 1, reason: 'EISDIR' } },
  });
  expect(sluis.audit.at(-1)).toBe('');
});

test('alerts are told once, and stand in the status', async () => {
  sluis = await startSluis(SETTINGS, { files: { 'own.txt': 'banned.example.com\n' } });
  await sluis.resolver.reload('a test');
  const told = sluis.alerts.map(({ policy, alert }) => `${policy} ${alert}`);
  expect(told.filter((text) => text === 'house review_passed')).toHaveLength(1);
  const [alert] = status().alerts.filter(({ policy }) => policy === 'house');
  expect(alert).toMatchObject({
    alert: 'review_passed',
    since: '2026-01-01T00:00:00.000Z',
    text: 'house was to be reviewed by 2026-01-01: it stays in force, and somebody has to look at it',
  });
  const text = await adminSource(sluis.resolver, '0', '').metrics.expose();
  expect(text).toContain('sluis_policy_alerts{policy="house",alert="review_passed"} 1');
});

test('a date that changes answers is told when it comes, and they change', async () => {
  const files = { 'own.txt': 'banned.example.com\n' };
  sluis = await startSluis(SETTINGS, { files });
  expect(sluis.changes).toEqual([]);
  // It has come by the time that this is read, or is about to: told either way.
  const effective = new Date((Math.floor(Date.now() / 1000) + 1) * 1000).toISOString().replace('.000Z', 'Z');
  sluis.configure({ ...SETTINGS, policies: [{ ...HOUSE, effective }] });
  expect(await sluis.arrivals.until(() => sluis.changes.length > 0, RELOAD_MS)).toBe(true);
  expect(sluis.changes.map(({ text }) => text)).toEqual(['house takes effect: it blocks for all']);
  const client = await UdpClient.open(sluis.udp);
  const reply = await client.ask(encodeQuery({ name: 'banned.example.com' }));
  client.close();
  expect(decodeReply(reply!).rcode).toBe('NXDOMAIN');
});

test('without a log, nothing is written and nothing is missed', async () => {
  sluis = await startSluis({ ...SETTINGS, audit: {} }, { files: { 'own.txt': 'banned.example.com\n' } });
  expect(sluis.resolver.accountability.audit).toBeUndefined();
  expect(sluis.reloads[0].evidence).toBeUndefined();
  expect(status().audit).toBeNull();
});
