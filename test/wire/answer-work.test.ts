// Proves that no reply of 65,535 octets costs more work than its size excuses: octets read are counted, not time.

import { describe, expect, it } from 'vitest';
import { AnswerReader, CHAIN } from '../../src/wire/answer.ts';
import { TYPE } from '../../src/wire/codes.ts';
import { nameOf, SEED } from '../support/answer-run.ts';
import { long, wireName, word } from '../support/reply-builder.ts';

const NAME = 'www.example.com';
const QUESTION_END = 33;
/** Where the first record's RDATA stands: behind an owner of the root alone. */
const FIRST_RDATA = QUESTION_END + 11;
/** 4,096 names of 127 labels and as many pointers, read twice each, and the octets of the message. */
const MOST_READS = 2 * 4_096 * 127 * 4 + 65_535;

function record(owner: number[], type: number, rdata: number[]): number[] {
  return [...owner, ...word(type), 0, 1, ...long(60), ...word(rdata.length), ...rdata];
}

/** Octets of a name of 127 labels of which each but the first stands behind a pointer, and a pointer to the whole. */
function costlyName(start: number): { octets: number[]; pointer: number[] } {
  const octets = [1, 97, 0];
  let last = start;
  for (let labels = 2; labels <= 127; labels++) {
    const here = start + octets.length;
    octets.push(1, 97, 0xc0 | (last >>> 8), last & 255);
    last = here;
  }
  return { octets, pointer: [0xc0 | (last >>> 8), last & 255] };
}

/** A reply of up to 2,048 + 2,048 + 2,048 records that fit; the first carries the costly name. */
function costly(answer: (pointer: number[]) => number[][], authority: number[], additional: number[]): Uint8Array {
  const { octets, pointer } = costlyName(FIRST_RDATA);
  const records = [record([0], TYPE.TXT, octets), ...answer(pointer)];
  const body = records.flat();
  const counts = [records.length, 0, 0];
  for (const [index, of] of [authority, additional].entries()) {
    const size = pointer.length + of.length;
    while (
      of.length > 0 &&
      QUESTION_END + body.length + size <= 65_535 &&
      counts[index + 1] + (index ? 0 : counts[0]) < 2_048
    ) {
      body.push(...pointer, ...of);
      counts[index + 1]++;
    }
  }
  const header = [0, 0, 0x81, 0x80, 0, 1, ...counts.flatMap(word)];
  return Uint8Array.from([...header, ...wireName(NAME), 0, 1, 0, 1, ...body]);
}

const fill = (count: number, of: (index: number) => number[]) => Array.from({ length: count }, (_, index) => of(index));
const aliases = fill(12, (index) => {
  const owner = index ? `a${index - 1}.net` : NAME;
  return record(wireName(owner), TYPE.CNAME, wireName(`a${index}.net`));
});
const empty = record([], TYPE.A, []);

describe('bounded is the work on', () => {
  const cases: [string, Uint8Array, keyof typeof CHAIN][] = [
    ['costly owners everywhere', costly((of) => fill(2_047, () => record(of, TYPE.CNAME, of)), [], empty), 'OK'],
    [
      'costly DNAMEs beside 12 aliases',
      costly((of) => [...aliases, ...fill(2_035, () => record(of, TYPE.DNAME, of))], [], empty),
      'OK',
    ],
    ['costly SOAs', costly(() => [], record([], TYPE.SOA, new Array(22).fill(0)), empty), 'OK'],
    ['costly proofs, written out', costly(() => [], record([], TYPE.NSEC, []), empty), 'MALFORMED'],
    [
      '2,047 costly aliases of one name',
      costly((of) => fill(2_047, () => record([0xc0, 12], TYPE.CNAME, of)), [], empty),
      'OK',
    ],
    [
      'signatures over every type',
      costly((of) => [...aliases, ...fill(2_035, () => record(of, TYPE.RRSIG, [0, 5]))], [], empty),
      'OK',
    ],
    [
      'the largest honest set',
      costly(() => fill(2_047, () => record([0xc0, 12], TYPE.A, [1, 2, 3, 4])), [], empty),
      'OK',
    ],
  ];
  it.each(cases)('%s', (_, message, verdict) => {
    let reads = 0;
    const counted = new Proxy(message, {
      get(target, key) {
        reads++;
        return target[Number(key as string)];
      },
    });
    const reader = new AnswerReader(SEED);
    const out = new Uint8Array(65536);
    expect(message.length).toBeLessThan(65536);
    const found = reader.read(counted, message.length, QUESTION_END, nameOf(NAME), TYPE.A, true, out);
    expect(found).toBe(CHAIN[verdict]);
    expect(reads).toBeGreaterThan(10_000);
    expect(reads).toBeLessThan(MOST_READS);
  });
});
