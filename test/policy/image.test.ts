// An image is adopted only as it was sealed: anything cut, changed, or of another make is named and refused.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerEde,
  answerIpv4Offset,
  answerIpv6Offset,
  answerKind,
  answerTextLength,
  answerTextOffset,
  answerTtl,
} from '../../src/policy/answer.ts';
import { Compiler } from '../../src/policy/compile.ts';
import type { AnswerInput } from '../../src/policy/compile-input.ts';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { Image, LAYOUT, WORD } from '../../src/policy/image.ts';
import { checkContents, checkImage } from '../../src/policy/image-check.ts';
import { HEADER_OCTETS, planSections } from '../../src/policy/image-sections.ts';
import { Path } from '../../src/policy/match.ts';
import { ACTION, ALL_FACETS, ANSWER, FACET_NONE, MATCH, MODE } from '../../src/policy/rule.ts';
import { compileWorld, readLabels, SEED, wireOf, worldOf } from '../support/policy-subject.ts';

const rule = { labels: ['a', 'com'], match: MATCH.SUFFIX, action: ACTION.BLOCK, facet: FACET_NONE };
const about = { action: ACTION.BLOCK, facet: FACET_NONE };
/** A world in which no section is empty. */
const whole = worldOf([[rule], []], {
  addresses: [
    [{ family: 4, value: 0xc0000200n, length: 24, ...about }],
    [{ family: 6, value: 0x20010db8n << 96n, length: 32, ...about }],
  ],
  groups: [
    { modes: [MODE.BLOCK], allow: [1], fallback: { mode: MODE.OBSERVE, policy: 0 } },
    { modes: [MODE.OBSERVE], allow: [], prefixes: [{ address: 0x0a000000, length: 8 }], listeners: [1] },
  ],
  exceptions: [{ policy: 0, prefixes: [{ address: 0x0a000007, length: 32 }], starts: 100, expires: 200 }],
  devices: 1,
  naming: [{ address: 0x0a000007, length: 32 }],
});
const sealed = compileWorld(whole).buffer;

function copy(length = sealed.byteLength): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(length);
  new Uint8Array(buffer).set(new Uint8Array(sealed, 0, Math.min(length, sealed.byteLength)));
  return buffer;
}

function changed(word: number, value: number): SharedArrayBuffer {
  const buffer = copy();
  new Int32Array(buffer)[word] = value;
  return buffer;
}

describe('checkImage', () => {
  test('finds nothing wrong with an image as it was sealed', () => {
    expect(checkImage(sealed)).toBeUndefined();
    expect(checkImage(copy(), SEED)).toBeUndefined();
    expect(checkContents(copy(), SEED)).toBeUndefined();
  });

  test.each<[string, SharedArrayBuffer, string]>([
    ['nothing', new SharedArrayBuffer(0), 'less than a header'],
    ['half a header', copy(64), 'less than a header'],
    ['only the header', copy(HEADER_OCTETS), `${HEADER_OCTETS} octets where`],
    ['one octet too few', copy(sealed.byteLength - 8), 'were announced'],
    ['too much', copy(sealed.byteLength + 8), 'were announced'],
    ['something else', new SharedArrayBuffer(4096), 'no policy image'],
    ['another layout', changed(WORD.LAYOUT, LAYOUT + 1), `layout ${LAYOUT + 1}, and this is layout ${LAYOUT}`],
    ['another generation than sealed', changed(WORD.GENERATION, 99), 'the header is corrupt'],
    ['a count that lies', changed(WORD.COUNTS, 1 << 28), 'the header is corrupt'],
  ])('refuses %s', (_, buffer, problem) => {
    expect(checkImage(buffer)).toContain(problem);
    expect(checkContents(buffer)).toContain(problem);
  });

  test('sees each section, and none is empty', () => {
    const image = new Image(sealed);
    const { sections } = planSections(image.counts);
    for (const [name, { offset, octets }] of sections) {
      expect([name, octets > 0]).toEqual([name, true]);
      const buffer = copy();
      new Uint8Array(buffer)[offset] ^= 1;
      expect([name, checkContents(buffer)]).toEqual([name, 'image: the contents are corrupt']);
    }
  });

  test('refuses names of another seed, under which nothing would be found', () => {
    expect(checkImage(sealed, SEED + 1)).toContain('another seed');
  });

  test('any changed octet is noticed, in the header at once and behind it by reading it all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sealed.byteLength - 1 }), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const buffer = copy();
        new Uint8Array(buffer)[at] ^= bits;
        const header = at < HEADER_OCTETS;
        expect(checkImage(buffer) !== undefined).toBe(header);
        expect(checkContents(buffer)).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });
});

describe('answers', () => {
  const ipv4 = Uint8Array.of(192, 0, 2, 1);
  const ipv6 = Uint8Array.from({ length: 16 }, (_, at) => at + 1);
  const answers: AnswerInput[] = [
    { kind: ANSWER.NXDOMAIN, ttl: 60, ede: 15, text: 'be-716: netsec@example.be' },
    { kind: ANSWER.NODATA, ttl: 0, ede: 0, text: '' },
    { kind: ANSWER.NULL, ttl: 0xffffffff, ede: 0xffff, text: '~'.repeat(96) },
    { kind: ANSWER.SINKHOLE, ttl: 604_800, ede: 4, text: ' ', ipv4, ipv6 },
    { kind: ANSWER.SINKHOLE, ttl: 1, ede: 4, text: 'v6', ipv6 },
  ];

  function read(image: Image, index: number): AnswerInput {
    const [at4, at6] = [answerIpv4Offset(image, index), answerIpv6Offset(image, index)];
    const text = answerTextOffset(image, index);
    return {
      kind: answerKind(image, index),
      ttl: answerTtl(image, index),
      ede: answerEde(image, index),
      text: String.fromCharCode(...image.bytes.subarray(text, text + answerTextLength(image, index))),
      ...(at4 < 0 ? {} : { ipv4: image.bytes.slice(at4, at4 + 4) }),
      ...(at6 < 0 ? {} : { ipv6: image.bytes.slice(at6, at6 + 16) }),
    };
  }

  test('each policy answers with its own, and a group may have another', () => {
    const compiler = new Compiler(SEED);
    const source = compiler.source({ id: 's', kind: 'list', title: '', file: '' });
    compiler.sink(source).rule(wireOf(['a']), MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, 1);
    for (const [index, answer] of answers.entries()) {
      const dates = { effective: null, expires: null, onExpiry: MODE.BLOCK };
      const selections = [{ source, facets: ALL_FACETS }];
      compiler.policy({ id: `p${index}`, title: {}, authority: '', contact: '', ...dates, selections, answer });
    }
    const only = (policy: number): number[] => answers.map((_, at) => (at === policy ? MODE.BLOCK : MODE.OFF));
    for (const index of answers.keys()) {
      compiler.group({ id: `g${index}`, any: false, prefixes: [], modes: only(index), allow: [] });
    }
    const override = [null, { ...answers[3] }];
    compiler.group({ id: 'other', any: false, prefixes: [], modes: only(1), allow: [], answers: override });
    compiler.group({ id: 'watch', any: false, prefixes: [], modes: [MODE.OBSERVE], allow: [] });
    const image = new Image(compiler.finish(1));
    const verdict = new Verdict();
    const answerOf = (group: number): AnswerInput => {
      decide(image, group, readLabels(['a']), 0, new Path(), verdict);
      return read(image, verdict.answer);
    };
    expect(answers.map((_, group) => answerOf(group))).toEqual(answers);
    expect(answerOf(answers.length)).toEqual(answers[3]);
    expect(answerOf(answers.length + 1)).toEqual(answers[0]);
    decide(image, 0, readLabels(['b']), 0, new Path(), verdict);
    expect(verdict.answer).toBe(-1);
  });
});
