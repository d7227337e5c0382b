// Exceptions together: what is said of them, against asking every address at every moment; and that much of it is soon told.

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Prefix } from '../../src/settings/address.ts';
import { readPrefix } from '../../src/settings/address.ts';
import { Covered } from '../../src/settings/covered.ts';
import { isWithin, merged } from '../../src/settings/ranges.ts';
import { loadText, told } from './memory-files.ts';

const HEAD = `groups:
  - { id: lab, match: { subnets: [10.0.0.0/28] }, modes: { be-716: block } }
  - { id: rest, match: { subnets: [10.1.0.0/16, "2001:db8::/48"] }, modes: { be-716: block } }
exceptions:
`;

interface One {
  clients: string[];
  starts: number;
  expires: number;
  sealed?: boolean;
}

const moment = (hour: number) => new Date(Date.UTC(2026, 9, 1, hour)).toISOString().replace('.000Z', 'Z');

function textOf(ones: One[], head = HEAD): string {
  const about = 'ground: inspection, policy: be-716, owner: A, approver: B, reason: R, ticket: T';
  return `${head}${ones
    .map(({ clients, starts, expires, sealed = false }, at) => {
      const dates = `starts: ${moment(starts)}, expires: ${moment(expires)}, sealed: ${sealed}`;
      return `  - { id: x-${at}, ${about}, ${dates}, clients: ${JSON.stringify(clients)} }\n`;
    })
    .join('')}`;
}

/** What is said of exceptions as line, severity and message. */
function said(ones: One[], head = HEAD): string[] {
  return loadText(textOf(ones, head))
    .problems.filter(({ path }) => path.startsWith('exceptions'))
    .map((problem) => told(problem));
}

const of = (clients: string[], starts = 0, expires = 24): One => ({ clients, starts, expires });
const halves = [of(['10.0.0.0/29']), of(['10.0.0.8/29'], 6)];

describe('exceptions that together take in a group', () => {
  it('are refused where the last of them starts, as one would be', () => {
    expect(said(halves)).toEqual([
      '6:5 error: exceptions x-0 and x-1 together take in all of group "lab", at /etc/sluis/sluis.yaml:2, from 2026-10-01T06:00:00Z on; end some of them, or change the mode of the group',
    ]);
  });

  it('are not where one ends as the other starts, and half is not more than half', () => {
    expect(said([of(['10.0.0.0/29'], 0, 6), of(['10.0.0.8/29'], 6)])).toEqual([]);
  });

  it('of many are named in part, and sealed ones only counted, without a line to read', () => {
    const each = Array.from({ length: 16 }, (_, at) => ({ ...of([`10.0.0.${at}`]), sealed: at === 3 || at === 15 }));
    const { problems } = loadText(textOf(each));
    expect(problems.map(({ message, text }) => ({ message, text }))).toEqual([
      {
        message:
          'exceptions x-0, x-1, x-2, x-4, x-5, 9 more and 2 sealed together take in all of group "lab", at /etc/sluis/sluis.yaml:2, from 2026-10-01 on',
        text: '',
      },
    ]);
  });

  it('are let be where the policy is off, and where no one group is whole', () => {
    expect(said(halves, HEAD.replace('{ be-716: block }', '{ be-716: observe }'))).toHaveLength(1);
    const off = said(halves, HEAD.replace('{ be-716: block }', '{ be-716: off }'));
    expect(off.filter((text) => text.includes('together'))).toEqual([]);
    const wide = HEAD.replace('10.0.0.0/28', '10.0.0.0/27');
    expect(said(halves, wide)).toEqual([]);
  });
});

it('exceptions that have ended are history', () => {
  const at = (hour: number) => loadText(textOf(halves), {}, {}, Date.parse(moment(hour)) / 1000).problems.length;
  expect([at(23), at(24)]).toEqual([1, 0]);
});

describe('more than half of a group', () => {
  it('is warned of, with how much, by whom and from when', () => {
    expect(said([of(['10.0.0.0/29']), of(['10.0.0.8', '10.0.0.9', '10.0.0.7'], 6, 9), of(['10.0.0.8'], 7)])).toEqual([
      '6:5 warning: exceptions x-0 and x-1 together let 10 of the 16 IPv4 addresses of group "lab" through be-716, from 2026-10-01T06:00:00Z on: more than half; end what is no longer needed, or change the mode of the group',
    ]);
  });

  it('is by one exception too, and by family', () => {
    const nets = Array.from({ length: 192 }, (_, at) => `2001:db8:0:${(at * 256).toString(16)}::/56`);
    expect(said([of(nets)])[0]).toMatch(
      /^5:5 warning: exception x-0 lets 906694364710971881029632 of the 1208925819614629174706176 IPv6 addresses of group "rest" through/,
    );
  });

  it('is nothing to warn of where there are two', () => {
    const pair = HEAD.replace('10.0.0.0/28', '10.0.0.0/31');
    expect(said([of(['10.0.0.0'])], pair)).toEqual([]);
    expect(said([of(['10.0.0.0']), of(['10.0.0.1'])], pair)[0]).toContain('together take in all');
  });
});

const inner = fc.tuple(fc.nat(15), fc.integer({ min: 29, max: 32 })).map(([at, length]) => {
  return `10.0.0.${(at >> (32 - length)) << (32 - length)}/${length}`;
});
const ones = fc.array(
  fc.record({
    clients: fc.array(inner, { minLength: 1, maxLength: 4 }),
    starts: fc.nat(5),
    length: fc.integer({ min: 1, max: 5 }),
  }),
  { minLength: 1, maxLength: 6 },
);

test('what is said is what asking every address at every hour finds', () => {
  fc.assert(
    fc.property(ones, (some) => {
      const list = some.map(({ clients, starts, length }) => of(clients, starts, starts + length));
      const prefixes = list.map(({ clients }) => clients.map((text) => readPrefix(text) as Prefix));
      const excepted = (hour: number) =>
        Array.from({ length: 16 }, (_, at) => readPrefix(`10.0.0.${at}`) as Prefix).filter((client) =>
          list.some(
            ({ starts, expires }, at) =>
              starts <= hour && hour < expires && prefixes[at].some((prefix) => isWithin(client, prefix)),
          ),
        ).length;
      const alone = (at: number) =>
        merged(prefixes[at].map((prefix) => rangeAt(prefix))).length === 1 && sizeOf(prefixes[at]) === 16;
      fc.pre(!list.some((_, at) => alone(at)));
      const most = Math.max(...Array.from({ length: 12 }, (_, hour) => excepted(hour)));
      const texts = said(list);
      if (most === 16) expect(texts[0]).toMatch(/error: .* together take in all/);
      else if (most > 8) expect(texts[0]).toContain(` ${most} of the 16 IPv4 addresses`);
      else expect(texts).toEqual([]);
      expect(texts.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 60 },
  );
});

function rangeAt({ octets, length }: Prefix) {
  const start = BigInt(octets[3]);
  return { start, end: start + (1n << BigInt(32 - length)) - 1n };
}

function sizeOf(prefixes: Prefix[]): number {
  return merged(prefixes.map(rangeAt)).reduce((sum, { start, end }) => sum + Number(end - start + 1n), 0);
}

test('what ranges cover is what marking each address gives', () => {
  const range = fc
    .tuple(fc.nat(30), fc.nat(9))
    .map(([start, more]) => ({ start: BigInt(start), end: BigInt(start + more) }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), fc.array(fc.nat(11)), (ranges, toggles) => {
      const covered = new Covered(ranges);
      const there = new Set<number>();
      for (const at of toggles.filter((index) => index < ranges.length)) {
        if (there.delete(at)) covered.remove(ranges[at]);
        else {
          there.add(at);
          covered.add(ranges[at]);
        }
        const marked = new Set(
          [...there].flatMap((index) => {
            const { start, end } = ranges[index];
            return Array.from({ length: Number(end - start) + 1 }, (_, step) => Number(start) + step);
          }),
        );
        expect(covered.size).toBe(BigInt(marked.size));
      }
    }),
  );
});
