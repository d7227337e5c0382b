// What the compiler takes, skips and refuses, and that large lists come out whole.

import { describe, expect, test } from 'vitest';
import { Compiler } from '../../src/policy/compile.ts';
import type { AnswerInput, PolicyInput } from '../../src/policy/compile-input.ts';
import { decide, Verdict } from '../../src/policy/decide.ts';
import { Image } from '../../src/policy/image.ts';
import { checkContents } from '../../src/policy/image-check.ts';
import { match, Path } from '../../src/policy/match.ts';
import {
  ACTION,
  ALL_FACETS,
  ANSWER,
  DECISION,
  FACET_NONE,
  FACETS,
  MATCH,
  MODE,
  type RuleSink,
} from '../../src/policy/rule.ts';
import { SPECIAL_NAMES } from '../../src/policy/special-names.ts';
import { Name, readName } from '../../src/wire/name.ts';
import { wireFromText } from '../../src/wire/name-text.ts';
import { labelsOf, readLabels, SEED, wireOf } from '../support/policy-subject.ts';

const ANSWERED: AnswerInput = { kind: ANSWER.NXDOMAIN, ttl: 60, ede: 15, text: '' };

function policy(id: string, source: number, changes: Partial<PolicyInput> = {}): PolicyInput {
  const named = { id, title: {}, authority: '', contact: '' };
  const dates = { effective: null, expires: null, onExpiry: MODE.BLOCK };
  return { ...named, ...dates, selections: [{ source, facets: ALL_FACETS }], answer: ANSWERED, ...changes };
}

function list(compiler: Compiler, id = 'list'): number {
  return compiler.source({ id, kind: 'list', title: id, file: `${id}.txt` });
}

function everyone(compiler: Compiler, modes: number[]): void {
  compiler.group({ id: 'everyone', any: true, prefixes: [], modes, allow: [] });
}

describe('rules', () => {
  test('a rule that stands there already is counted and not kept; its first line speaks', () => {
    const compiler = new Compiler(SEED);
    const source = list(compiler);
    const sink = compiler.sink(source);
    for (const [index, text] of ['a.com', 'A.COM', 'a.com', 'b.com'].entries()) {
      sink.rule(wireOf(labelsOf(text)), MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, index + 1);
    }
    sink.rule(wireOf(['a', 'com']), MATCH.EXACT, ACTION.BLOCK, FACET_NONE, 5);
    compiler.policy(policy('p', source));
    everyone(compiler, [MODE.BLOCK]);
    const image = new Image(compiler.finish(1));
    expect(compiler.stats).toMatchObject({
      rules: 3,
      names: 2 + SPECIAL_NAMES.length,
      duplicates: 2,
      rejected: 0,
      sources: [{ rules: 3, duplicates: 2, rejected: 0 }],
      octets: image.buffer.byteLength,
    });
    const verdict = new Verdict();
    decide(image, 0, readLabels(['x', 'a', 'com']), 0, new Path(), verdict);
    expect(verdict.line).toBe(1);
  });

  test('two sinks of one source are one source', () => {
    const compiler = new Compiler(SEED);
    const source = list(compiler);
    compiler.sink(source).rule(wireOf(['a']), MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, 1);
    compiler.sink(source).rule(wireOf(['a']), MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, 2);
    expect(compiler.stats).toMatchObject({ rules: 1, duplicates: 1 });
  });

  test.each([
    ['empty', []],
    ['without its end', [1, 0x61]],
    ['with octets behind it', [1, 0x61, 0, 0]],
    ['with a compression pointer', [0xc0, 0]],
    ['with a label of 64 octets', [64, ...new Array(64).fill(0x61), 0]],
    ['of 256 octets', [...new Array(127).fill([1, 0x61]).flat(), 1, 0x61, 0]],
  ])('a name %s is rejected with its line', (_, octets) => {
    const compiler = new Compiler(SEED);
    compiler.sink(list(compiler)).rule(Uint8Array.from(octets), MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, 42);
    expect(compiler.rejections).toEqual([{ source: 0, line: 42, column: 1, reason: 'not a domain name', text: '' }]);
    expect(compiler.stats).toMatchObject({ rules: 0, rejected: 1 });
  });

  test.each([
    ['unknown kind of match', 3, 0, 0],
    ['unknown kind of match', -1, 0, 0],
    ['unknown action', 0, 2, 0],
    ['unknown facet', 0, 0, 8],
    ['unknown facet', 0, 0, -1],
    ['unknown facet', 0, 0, Number.NaN],
  ])('a rule with %s is rejected: %d %d %d', (reason, match, action, facet) => {
    const compiler = new Compiler(SEED);
    compiler.sink(list(compiler)).rule(wireOf(['a']), match, action, facet, 6);
    expect(compiler.rejections).toEqual([{ source: 0, line: 6, column: 1, reason, text: '' }]);
    expect(compiler.stats.rules).toBe(0);
  });

  test('rejected lines are all counted, and the first hundred of each source are named, shortened', () => {
    const compiler = new Compiler(SEED);
    const sinks = [compiler.sink(list(compiler, 'a')), compiler.sink(list(compiler, 'b'))];
    for (let line = 1; line <= 250; line++) for (const sink of sinks) sink.reject(line, 3, 'odd', 'x'.repeat(1000));
    expect(compiler.stats).toMatchObject({ rejected: 500, sources: [{ rejected: 250 }, { rejected: 250 }] });
    expect(compiler.rejections).toHaveLength(200);
    expect(compiler.rejections[199]).toEqual({ source: 1, line: 100, column: 3, reason: 'odd', text: 'x'.repeat(120) });
  });

  test('what is not honoured is counted by source and kind, with its first ten lines', () => {
    const compiler = new Compiler(SEED);
    const sinks = [compiler.sink(list(compiler, 'a')), compiler.sink(list(compiler, 'b'))];
    for (let line = 1; line <= 25; line++) sinks[line % 5 === 0 ? 1 : 0].leave(line % 2 ? 'odd' : 'even', line);
    expect(compiler.leavings).toEqual([
      { source: 0, kind: 'odd', count: 10, lines: [1, 3, 7, 9, 11, 13, 17, 19, 21, 23] },
      { source: 0, kind: 'even', count: 10, lines: [2, 4, 6, 8, 12, 14, 16, 18, 22, 24] },
      { source: 1, kind: 'odd', count: 3, lines: [5, 15, 25] },
      { source: 1, kind: 'even', count: 2, lines: [10, 20] },
    ]);
    sinks[0].leave('odd', 27);
    expect(compiler.leavings[0]).toMatchObject({ count: 11, lines: [1, 3, 7, 9, 11, 13, 17, 19, 21, 23] });
    expect(compiler.stats).toMatchObject({ rules: 0, rejected: 0 });
  });

  test('the same input makes the same image, octet for octet', () => {
    const build = (): Buffer => {
      const compiler = new Compiler(SEED);
      const sink = compiler.sink(list(compiler));
      for (let at = 0; at < 500; at++) sink.rule(wireOf([`n${at}`, 'com']), at % 3, at % 2, at % 8, at + 1);
      compiler.policy(policy('p', 0));
      everyone(compiler, [MODE.BLOCK]);
      return Buffer.from(compiler.finish(3)).subarray();
    };
    expect(build().equals(build())).toBe(true);
  });

  test.each([0, 1, 499, 500, 3_000_000])(
    'names read before, and %d of them expected, make the same image',
    (expected) => {
      const build = (take: (sink: RuleSink, wire: Uint8Array, line: number) => void): Buffer => {
        const compiler = new Compiler(SEED);
        const sink = compiler.sink(list(compiler));
        for (let at = 0; at < 500; at++) take(sink, wireOf([`n${at % 400}`, `z${at % 7}`, 'com']), at + 1);
        compiler.policy(policy('p', 0));
        everyone(compiler, [MODE.BLOCK]);
        return Buffer.from(compiler.finish(3)).subarray();
      };
      const name = new Name(SEED);
      const read = build((sink, wire, line) => {
        if (line === 250) sink.expect(expected);
        expect(sink.seed).toBe(SEED);
        readName(wire, 0, wire.length, name);
        sink.named(name, MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, line);
      });
      const unread = build((sink, wire, line) => sink.rule(wire, MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, line));
      expect(read.equals(unread)).toBe(true);
    },
  );

  test('200,000 names are all found, each with its line, and their neighbours are not', () => {
    const compiler = new Compiler(SEED);
    const source = list(compiler);
    const sink = compiler.sink(source);
    const wires = Array.from({ length: 200_000 }, (_, at) => wireOf(labelsOf(spell(at))));
    for (const [at, wire] of wires.entries()) sink.rule(wire, MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, at + 1);
    compiler.policy(policy('p', source));
    everyone(compiler, [MODE.BLOCK]);
    const buffer = compiler.finish(1);
    const image = new Image(buffer);
    expect(checkContents(buffer, SEED)).toBeUndefined();
    expect(buffer.byteLength / wires.length).toBeLessThan(40);
    const [name, path, verdict] = [new Name(SEED), new Path(), new Verdict()];
    let wrong = 0;
    for (const [at, wire] of wires.entries()) {
      readName(wire, 0, wire.length, name);
      if (decide(image, 0, name, 0, path, verdict) !== DECISION.BLOCK || verdict.line !== at + 1) wrong++;
      wire[1] ^= 0x80;
      readName(wire, 0, wire.length, name);
      if (decide(image, 0, name, 0, path, verdict) !== DECISION.PASS) wrong++;
    }
    expect(wrong).toBe(0);
  });
});

/** Names with the shape of lists: a few zones, most names right beneath, some a label deeper. */
function spell(at: number): string {
  const zone = ['com', 'net', 'co.uk', 'be'][at % 4];
  const label = `s${(at * 2654435761).toString(36)}`;
  return at % 5 === 0 ? `www.${label}.${zone}` : `${label}.${zone}`;
}

describe('limits', () => {
  test('255 policies, and no more', () => {
    const compiler = new Compiler(SEED);
    const source = list(compiler);
    compiler.sink(source).rule(wireOf(['a']), MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, 1);
    for (let at = 0; at < 255; at++) compiler.policy(policy(`p${at}`, source));
    expect(() => compiler.policy(policy('p255', source))).toThrow('too many policies: 255 at most');
    everyone(compiler, [...new Array(254).fill(MODE.OFF), MODE.BLOCK]);
    const verdict = new Verdict();
    decide(new Image(compiler.finish(1)), 0, readLabels(['a']), 0, new Path(), verdict);
    expect([verdict.decision, verdict.policy]).toEqual([DECISION.BLOCK, 254]);
  });

  test('4,095 sets, and no more', () => {
    const compiler = new Compiler(SEED);
    const add = (at: number): void => {
      const source = at % FACETS.length === 0 ? list(compiler, `l${at}`) : Math.floor(at / FACETS.length);
      compiler.sink(source).rule(wireOf([`n${at}`]), MATCH.SUFFIX, ACTION.BLOCK, at % FACETS.length, 1);
    };
    for (let at = 0; at < 4095; at++) add(at);
    expect(() => add(4095)).toThrow('too many sets');
    const last = Math.floor(4094 / FACETS.length);
    compiler.policy(policy('p', last));
    everyone(compiler, [MODE.BLOCK]);
    const verdict = new Verdict();
    decide(new Image(compiler.finish(1)), 0, readLabels(['n4094']), 0, new Path(), verdict);
    expect([verdict.decision, verdict.source, verdict.facet]).toEqual([DECISION.BLOCK, last, 4094 % FACETS.length]);
  });

  test('4,095 groups, and no more', () => {
    const compiler = new Compiler(SEED);
    const group = (at: number): number =>
      compiler.group({ id: `g${at}`, any: at === 4094, prefixes: [], modes: [], allow: [] });
    for (let at = 0; at < 4095; at++) group(at);
    expect(() => group(4095)).toThrow('too many groups: 4095 at most');
    expect(new Image(compiler.finish(1)).anyGroup).toBe(4094);
  });
});

describe('contradictions', () => {
  test.each<[string, (compiler: Compiler) => unknown, string]>([
    ['a sink of no source', (compiler) => compiler.sink(0), 'there is no source 0'],
    ['a policy on no source', (compiler) => compiler.policy(policy('p', 3)), 'policy p: there is no source 3'],
    [
      'a group that allows no source',
      (compiler) => compiler.group({ id: 'g', any: false, prefixes: [], modes: [], allow: [1] }),
      'group g: there is no source 1',
    ],
    ['a zone without a name', (compiler) => compiler.forward(new Uint8Array(0), 0), 'a zone has no domain name'],
    ['generation 0', (compiler) => compiler.finish(0), 'generations count from 1'],
    [
      'a second image',
      (compiler) => {
        compiler.finish(1);
        compiler.finish(2);
      },
      'this compilation is finished',
    ],
  ])('%s is refused', (_, act, message) => {
    expect(() => act(new Compiler(SEED))).toThrow(message);
  });

  test.each<[string, Partial<AnswerInput>, string]>([
    ['too long a text', { text: 'x'.repeat(97) }, "an answer's text is printable ASCII of 96 at most"],
    ['a text with a line break', { text: 'a\nb' }, "an answer's text is printable ASCII"],
    ['a text beyond ASCII', { text: 'é' }, "an answer's text is printable ASCII"],
    ['a short IPv4 address', { ipv4: new Uint8Array(3) }, 'an IPv4 address of 4 octets'],
    ['a short IPv6 address', { ipv6: new Uint8Array(4) }, 'an IPv6 address of 16'],
  ])('an answer with %s is refused', (_, changes, message) => {
    const compiler = new Compiler(SEED);
    compiler.policy(policy('p', list(compiler), { answer: { ...ANSWERED, ...changes } }));
    expect(() => compiler.finish(1)).toThrow(message);
  });
});

test('special-use names are there from the start, each with what it gets, beneath too', () => {
  const image = new Image(new Compiler(SEED).finish(1));
  const [name, path] = [new Name(SEED), new Path()];
  for (const { name: text, wire, code } of SPECIAL_NAMES) {
    expect([text, wireFromText(text)]).toEqual([text, wire]);
    for (const octets of [wire, Uint8Array.of(1, 0x78, ...wire)]) {
      readName(octets, 0, octets.length, name);
      match(image, name, path);
      expect([text, path.special, path.forward, path.count]).toEqual([text, code, -1, 0]);
    }
  }
});

test.each(['arpa', 'in-addr.arpa', 'ip6.arpa', '172.in-addr.arpa', '15.172.in-addr.arpa', '32.172.in-addr.arpa'])(
  '%s is not special-use',
  (text) => {
    const path = new Path();
    match(new Image(new Compiler(SEED).finish(1)), readLabels(labelsOf(text)), path);
    expect(path.special).toBe(0);
  },
);
