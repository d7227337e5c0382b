// The explanation for a client: its grace, its exceptions, and what its group does with names that it does not approve.

import { describe, expect, test } from 'vitest';
import { type Explanation, explain } from '../../src/policy/explain.ts';
import { findGroup4 } from '../../src/policy/groups.ts';
import { Image } from '../../src/policy/image.ts';
import { MODE } from '../../src/policy/rule.ts';
import { policyImage } from '../support/policy-image.ts';
import { labelsOf, readLabels, SEED } from '../support/policy-subject.ts';

const DAY = 86_400;
const START = Date.UTC(2023, 2, 10) / 1000;
const EXCEPTED = 0x0a000007;

const image = new Image(
  policyImage({
    seed: SEED,
    blocked: ['tiktok.com'],
    effective: START,
    blocks: START + 14 * DAY,
    managed: { approved: ['ok.example'], mode: MODE.BLOCK },
    forward: [['corp.example', 0]],
    exceptions: [
      { id: 'x-past', clients: ['10.0.0.7'], starts: START, expires: START + 20 * DAY },
      { id: 'x-now', clients: ['10.0.0.0/29'], starts: START + 20 * DAY, expires: START + 40 * DAY },
      { id: 'x-secret', clients: ['10.0.0.7'], starts: START + 40 * DAY, expires: START + 60 * DAY, sealed: true },
    ],
  }),
);

function ask(name: string, day: number, client = 0x0a0000ff): Explanation {
  return explain(image, readLabels(labelsOf(name)), findGroup4(image, 0, client), START + day * DAY);
}

describe('a grace', () => {
  test('observes, and says from when it will block', () => {
    const told = ask('tiktok.com', 13);
    expect([told.decision, told.policy]).toEqual(['observe', 'be-716']);
    expect(told.policies[0]).toMatchObject({
      mode: 'block',
      modeInForce: 'observe',
      outcome: 'observes',
      because: 'covers blocked; in its grace, blocks from 2023-03-24T00:00:00.000Z',
    });
  });

  test('is not spoken of when it is over', () => {
    expect(ask('tiktok.com', 14).policies[0]).toMatchObject({ outcome: 'blocks', because: 'covers blocked' });
  });
});

describe('an exception', () => {
  test('is told with its end, beside the others that the client has', () => {
    const told = ask('tiktok.com', 21, EXCEPTED);
    expect(told).toMatchObject({ decision: 'allow', policy: 'be-716', rule: 0, exception: 1, answer: null });
    expect(told.group).toEqual({ index: 0, id: 'blocking' });
    expect(told.exceptions.map(({ id, inForce }) => [id, inForce])).toEqual([
      ['x-past', false],
      ['x-now', true],
      [null, false],
    ]);
    expect(told.policies[0]).toMatchObject({
      modeInForce: 'block',
      outcome: 'excepted',
      because: 'covers blocked; exception x-now lets it through until 2023-04-19T00:00:00.000Z',
    });
  });

  test('that is sealed is told without a name', () => {
    const told = ask('tiktok.com', 41, EXCEPTED);
    expect([told.decision, told.exception]).toEqual(['allow', 2]);
    expect(told.policies[0].because).toBe(
      'covers blocked; a sealed exception lets it through until 2023-05-09T00:00:00.000Z',
    );
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  test('that has ended is there and not in force', () => {
    const told = ask('tiktok.com', 61, EXCEPTED);
    expect([told.decision, told.exception]).toEqual(['block', null]);
    expect(told.exceptions.every(({ inForce }) => !inForce)).toBe(true);
  });

  test('is not shown for another client, nor for a group', () => {
    expect(ask('tiktok.com', 21).exceptions).toEqual([]);
    expect(explain(image, readLabels(['a']), 0, START).exceptions).toEqual([]);
  });
});

describe('what a group does not approve', () => {
  test.each([
    ['other.example', 20, 'block', 'blocks', 'no list that the group allows approves the name'],
    [
      'other.example',
      13,
      'observe',
      'observes',
      'no list that the group allows approves the name; in its grace, blocks from 2023-03-24T00:00:00.000Z',
    ],
    ['other.example', -1, 'pass', 'not yet effective', 'effective from 2023-03-10T00:00:00.000Z'],
    ['www.ok.example', 20, 'allow', 'group allows', "approved is in the group's allow list"],
    ['www.corp.example', 20, 'pass', 'own name', 'in a forward zone'],
    ['printer.local', 20, 'pass', 'own name', 'a special-use name'],
  ])('%s on day %d: %s', (name, day, decision, outcome, because) => {
    const told = ask(name, day);
    expect(told.decision).toBe(decision);
    expect(told.fallback).toMatchObject({ id: 'be-716', mode: 'block', outcome, because });
  });

  test('an exception from its policy lets it through', () => {
    const told = ask('other.example', 21, EXCEPTED);
    expect(told).toMatchObject({ decision: 'allow', policy: 'be-716', rule: null, exception: 1 });
    expect(told.fallback?.outcome).toBe('excepted');
  });
});
