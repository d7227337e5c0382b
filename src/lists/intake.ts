// Where every format brings what it finds on a line: names that are read and guarded, and what becomes no rule.

import { domainToASCII } from 'node:url';
import type { PrefixInput } from '../policy/compile-input.ts';
import { ACTION, FACET_NONE, MATCH, type RuleSink } from '../policy/rule.ts';
import type { Name } from '../wire/name.ts';
import { refusal, refusalSieve } from './guard.ts';
import type { Left } from './left.ts';
import { FAULT, FAULT_TEXT, NameScan } from './name-scan.ts';
import type { SuffixSieve } from './suffix-sieve.ts';

/**
 * What lines ended in. Each ends in one of `rules`, `rejects`, `left` and `passed`; one that speaks of several names in
 * one for each of them.
 */
export interface ListCount {
  lines: number;
  rules: number;
  /** No line of its format, or no name that may be a rule. */
  rejects: number;
  /** Good lines that cannot be honoured. */
  left: number;
  /** What says nothing of names: blank lines, comments, headers, localhost. */
  passed: number;
}

const DOT = 0x2e;
const NOTHING = Buffer.alloc(0);

/** Longest excerpt of a bad line, octets. */
const EXCERPT = 80;

const utf8 = new TextDecoder();

/** A few octets for people to read: control characters would write to their terminal. */
export function excerpt(bytes: Uint8Array, start: number, end: number): string {
  const stop = Math.min(end, start + EXCERPT);
  const text = utf8.decode(bytes.subarray(start, stop)).replace(/\p{Cc}|\p{Cf}/gu, '·');
  return stop < end ? `${text}…` : text;
}

export class Intake {
  readonly sink: RuleSink;
  readonly scan: NameScan;
  readonly sieve: SuffixSieve;
  readonly count: ListCount = { lines: 0, rules: 0, rejects: 0, left: 0, passed: 0 };
  /** The number of the line that things are said of: the last, but where an entry has several. */
  line = 0;
  /** The octets that it stands in, and where it begins and ends there. */
  bytes: Buffer = NOTHING;
  start = 0;
  stop = 0;
  /** What was found in place of the name last read, one of FAULT. */
  fault: number = FAULT.NONE;
  /** Where in `bytes` the name is bad that `reads` did not take, and why. */
  #badAt = 0;
  #bad = '';

  constructor(sink: RuleSink) {
    this.sink = sink;
    this.scan = new NameScan(sink.seed);
    this.sieve = refusalSieve(sink.seed);
  }

  /** Goes on to the next line, which stands at `bytes[start, stop)`. */
  begin(bytes: Buffer, start: number, stop: number): void {
    this.line = ++this.count.lines;
    this.bytes = bytes;
    this.start = start;
    this.stop = stop;
  }

  /** Takes note of a line that says nothing of names. */
  pass(): void {
    this.count.passed++;
  }

  /** Takes note of something that cannot be honoured. */
  leave(kind: Left): void {
    this.count.left++;
    this.sink.leave(kind, this.line);
  }

  /** Takes note of a rule of this line that blocks otherwise than the list says. */
  answersOtherwise(): void {
    this.sink.leave('answer', this.line);
  }

  /** Rejects `bytes[from, to)`, whose mistake is at `at`. */
  reject(at: number, reason: string, from: number, to: number = this.stop): void {
    this.count.rejects++;
    this.sink.reject(this.line, at - this.start + 1, reason, excerpt(this.bytes, from, to));
  }

  /** Takes the name at `bytes[from, end)`, or says why not; whether it was taken. */
  take(from: number, end: number, match: number, action: number = ACTION.BLOCK): boolean {
    if (!this.reads(from, end, match)) {
      this.rejectName(from, end);
      return false;
    }
    this.rule(this.scan.name, match, action);
    return true;
  }

  /** As `take`, for a name that is not spelled out on the line; `at` is where that speaks of it, from its beginning. */
  takeText(text: string, at: number, match: number, action: number = ACTION.BLOCK): boolean {
    const { bytes, start } = this;
    this.bytes = Buffer.from(text, 'latin1');
    this.start = -at;
    const taken = this.take(0, this.bytes.length, match, action);
    this.bytes = bytes;
    this.start = start;
    return taken;
  }

  /** As `reject`, for a text that is not all on the line, or on an earlier one. */
  rejectText(text: string, at: number, reason: string): void {
    const octets = Buffer.from(text, 'latin1');
    this.count.rejects++;
    this.sink.reject(this.line, at + 1, reason, excerpt(octets, 0, octets.length));
  }

  rule(name: Name, match: number, action: number): void {
    this.count.rules++;
    this.sink.named(name, match, action, FACET_NONE, this.line);
  }

  prefix(prefix: PrefixInput): void {
    this.count.rules++;
    this.sink.prefix(prefix, ACTION.BLOCK, FACET_NONE, this.line);
  }

  /** Reads the name at `bytes[from, end)` into `scan.name`; false where that is none, or none that may be a rule. */
  reads(from: number, end: number, match: number): boolean {
    return this.accepts(this.scan.read(this.bytes, from, end), from, end, match);
  }

  /** As `reads`, for what has been scanned with the outcome `fault`. */
  accepts(fault: number, from: number, end: number, match: number): boolean {
    const { scan, bytes } = this;
    this.fault = fault;
    if (fault === FAULT.NONE && scan.end !== end) return this.#refuse(FAULT_TEXT[FAULT.OCTET], scan.end);
    let name: string | undefined;
    if (fault === FAULT.BEYOND_ASCII) {
      const badAt = scan.end;
      name = this.#readInternational(from, end);
      if (name === undefined) return this.#refuse(FAULT_TEXT[fault], badAt);
    } else if (fault !== FAULT.NONE) {
      const isRoot = end === from + 1 && bytes[from] === DOT;
      const reason = (isRoot && refusal('.', match)) || FAULT_TEXT[fault];
      return this.#refuse(reason, fault === FAULT.ADDRESS ? from : scan.end);
    }
    if (match === MATCH.EXACT || !this.sieve.passes(scan.name)) return true;
    name ??= bytes.toString('latin1', from, bytes[end - 1] === DOT ? end - 1 : end).toLowerCase();
    const refused = refusal(name, match);
    return refused === undefined || this.#refuse(refused, from);
  }

  /** Rejects the name that `reads` or `accepts` just refused. */
  rejectName(from: number, end: number): void {
    this.reject(this.#badAt, this.#bad, from, end);
  }

  #refuse(reason: string, at: number): false {
    this.#bad = reason;
    this.#badAt = at;
    return false;
  }

  /** Lists hold few such names, so strings do (IDNA by way of URL parsing). */
  #readInternational(from: number, end: number): string | undefined {
    const text = utf8.decode(this.bytes.subarray(from, end));
    // URL parsing would stop at a "/" or "?" and take what stands before it for the whole.
    const ascii = /^[\w.\-\u{80}-\u{10ffff}]+$/u.test(text) ? domainToASCII(text) : '';
    const octets = Buffer.from(ascii, 'latin1');
    const { scan } = this;
    if (scan.read(octets, 0, octets.length) !== FAULT.NONE || scan.end !== octets.length) return undefined;
    return ascii.replace(/\.$/, '');
  }
}
