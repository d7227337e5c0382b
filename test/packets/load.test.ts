// The hostile cases as loaded: complete, unambiguous, and every expectation in words the judges know.
import { describe, expect, test } from 'vitest';
import { judgeUpstream } from '../support/upstream-judge.ts';
import { judgePacket, sentMessages } from './judge.ts';
import { loadPacketCases, loadUpstreamCases, parseWrites } from './load.ts';

const packets = loadPacketCases();
const upstreams = loadUpstreamCases();
const silence = { query: new Uint8Array(), reply: null };
const nothing = {
  first: silence,
  again: silence,
  overTcp: silence,
  victim: silence,
  others: [],
  sends: { udp: 0, tcp: 0 },
};

describe('hostile-packets.tsv', () => {
  test('holds 226 datagrams and 22 streams under distinct ids', () => {
    expect(packets.filter(({ transport }) => transport === 'udp')).toHaveLength(226);
    expect(packets.filter(({ transport }) => transport === 'tcp')).toHaveLength(22);
    expect(new Set(packets.map(({ id }) => id)).size).toBe(248);
  });

  test.each(packets)('$id is judged unacceptable or acceptable, never misunderstood: $expect', (one) => {
    const judgement = judgePacket(one, { replies: [], closed: false });
    const mayBeSilent = /\b(drop|x0)\b/.test(one.expect);
    expect(judgement.acceptable).toBe(mayBeSilent && (one.transport === 'udp' || one.expect.includes('x0')));
  });

  test('streams hold the messages their notes speak of', () => {
    const count = (id: string) => sentMessages(packets.find((one) => one.id === id)!).map((message) => message.length);
    expect(count('H329')).toEqual([33]);
    expect(count('H332')).toEqual([29]);
    expect(count('H335')).toHaveLength(20);
    expect(count('H338')).toEqual([0]);
    expect(count('H343')).toEqual([]);
    expect(count('H358')).toEqual([65535]);
    expect(count('H361')).toEqual([133, 33]);
  });
});

describe('hostile-upstream.tsv', () => {
  test.each(upstreams)('$id is written in known words: $expect', (one) => {
    expect(judgeUpstream(one, nothing).outcome).toBe('timeout up=0u/0t');
  });

  test('holds 49 behaviours under distinct ids', () => {
    expect(new Set(upstreams.map(({ id }) => id)).size).toBe(49);
  });
});

describe('parseWrites', () => {
  const cases: [text: string, writes: number[][], finish: boolean][] = [
    ['-', [[]], false],
    ['00ff', [[0, 255]], false],
    ['00/1d/41', [[0], [29], [65]], false],
    ['0102!', [[1, 2]], true],
    ['01(aa*3)02', [[1, 170, 170, 170, 2]], false],
  ];
  test.each(cases)('%s', (text, writes, finish) => {
    const parsed = parseWrites(text);
    expect(parsed.writes.map((write) => [...write])).toEqual(writes);
    expect(parsed.finish).toBe(finish);
  });

  test.each(['0', 'xy', '(aa*)', '00-', '(a*3)'])('refuses "%s"', (bad) => {
    expect(() => parseWrites(bad)).toThrow(SyntaxError);
  });
});
