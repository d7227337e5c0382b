// Reads lists of names, plain or as hosts files, straight from their octets into rules: a scan without strings.

import { domainToASCII } from 'node:url';
import { ACTION, FACET_NONE, MATCH, type RuleSink } from '../policy/rule.ts';
import { wireFromText } from '../wire/name-text.ts';
import { refusal, refusalSieve } from './guard.ts';
import { AddressScan, HOST_ADDRESS, isLocalName } from './hosts.ts';
import { excerpt, type ListCount, NEWLINE, otherKind, textStart } from './list-text.ts';
import { endsWord, FAULT, FAULT_TEXT, isBlank, NameScan } from './name-scan.ts';
import type { SuffixSieve } from './suffix-sieve.ts';

export interface NamesOptions {
  format: 'domains' | 'hosts';
  /** MATCH of a name that has no mark of its own: `*.name` is always BELOW, `.name` always SUFFIX. */
  match: number;
}

const RETURN = 0x0d;
const HASH = 0x23;
const BANG = 0x21;
const STAR = 0x2a;
const DOT = 0x2e;

/** Octets from which is guessed how many rules there are in all; a list that is shorter needs no guess. */
const SAMPLE = 1 << 16;

const utf8 = new TextDecoder();

class NamesReader {
  readonly bytes: Buffer;
  readonly hosts: boolean;
  readonly match: number;
  readonly sink: RuleSink;
  readonly scan: NameScan;
  readonly sieve: SuffixSieve;
  readonly address = new AddressScan();
  readonly count: ListCount = { lines: 0, rules: 0, rejects: 0, local: 0 };
  /** Where the scan stands, and where its line begins and ends. */
  at = 0;
  start = 0;
  stop = 0;

  constructor(bytes: Uint8Array, options: NamesOptions, sink: RuleSink) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.hosts = options.format === 'hosts';
    this.match = options.match;
    this.sink = sink;
    this.scan = new NameScan(sink.seed);
    this.sieve = refusalSieve(sink.seed);
  }

  run(): ListCount {
    const { bytes } = this;
    this.at = textStart(bytes);
    if (this.isOtherKind()) return this.count;
    let guessAt = bytes.length > SAMPLE ? SAMPLE : Number.POSITIVE_INFINITY;
    while (this.at < bytes.length) {
      if (this.at >= guessAt) {
        this.sink.expect(Math.ceil((this.count.rules / this.at) * (bytes.length - this.at)));
        guessAt = Number.POSITIVE_INFINITY;
      }
      this.count.lines++;
      if (!this.plainLine()) this.line();
    }
    return this.count;
  }

  /** Takes a line that is as nearly all are: a good name from its beginning to its end. */
  plainLine(): boolean {
    const { bytes, scan } = this;
    const from = this.hosts ? this.address.after(bytes, this.at) : this.at;
    if (from < 0 || scan.read(bytes, from, bytes.length) !== FAULT.NONE) return false;
    let { end } = scan;
    if (bytes[end] === RETURN) end++;
    if (end < bytes.length && bytes[end] !== NEWLINE) return false;
    if (this.match !== MATCH.EXACT && this.sieve.passes(scan.name)) return false;
    if (this.hosts && isLocalName(bytes, from, scan.end)) return false;
    this.count.rules++;
    this.sink.named(scan.name, this.match, ACTION.BLOCK, FACET_NONE, this.count.lines);
    this.at = end + 1;
    return true;
  }

  line(): void {
    const { bytes } = this;
    this.start = this.at;
    const newline = bytes.indexOf(NEWLINE, this.at);
    this.stop = newline < 0 ? bytes.length : newline;
    this.skipBlanks();
    if (!this.isDone() && bytes[this.at] !== BANG) {
      if (this.hosts) this.hostsLine();
      else this.domainsLine();
    }
    this.at = this.stop + 1;
  }

  isOtherKind(): boolean {
    const reason = otherKind(this.bytes);
    if (reason === undefined) return false;
    this.count.lines = 1;
    this.reject(0, reason, 0, 0);
    return true;
  }

  skipBlanks(): void {
    while (this.at < this.stop && isBlank(this.bytes[this.at])) this.at++;
  }

  /** Whether only a comment, or nothing, is left of the line. */
  isDone(): boolean {
    return this.at >= this.stop || this.bytes[this.at] === HASH;
  }

  wordEnd(from: number): number {
    let end = from;
    while (end < this.stop && !endsWord(this.bytes[end])) end++;
    return end;
  }

  reject(at: number, reason: string, from: number, to: number): void {
    this.count.rejects++;
    this.sink.reject(this.count.lines, at - this.start + 1, reason, excerpt(this.bytes, from, to));
  }

  domainsLine() {
    const { bytes, at } = this;
    let match = this.match;
    if (bytes[at] === STAR && bytes[at + 1] === DOT) {
      match = MATCH.BELOW;
      this.at += 2;
    } else if (bytes[at] === DOT) {
      match = MATCH.SUFFIX;
      this.at++;
    }
    const from = this.at;
    const fault = this.scan.read(bytes, from, this.stop);
    const end = fault === FAULT.NONE ? this.scan.end : this.wordEnd(from);
    this.at = end;
    this.skipBlanks();
    // One reason a line: what follows a name makes the whole line one of another format.
    if (!this.isDone()) return this.reject(this.at, 'more than a name on the line', at, this.stop);
    if (end === from) return this.reject(at, refusal('', MATCH.SUFFIX) ?? '', at, this.stop);
    this.take(fault, from, end, match);
  }

  hostsLine() {
    const at = this.at;
    const kind = this.address.read(this.bytes, at, this.wordEnd(at));
    this.at = this.wordEnd(at);
    if (kind === HOST_ADDRESS.NONE) return this.reject(at, 'no address where the line begins', at, this.stop);
    this.skipBlanks();
    if (this.isDone()) return this.reject(at, 'an address without a name', at, this.stop);
    while (!this.isDone()) {
      const from = this.at;
      const fault = this.scan.read(this.bytes, from, this.stop);
      const end = fault === FAULT.NONE ? this.scan.end : this.wordEnd(from);
      this.at = end;
      if (isLocalName(this.bytes, from, end)) this.count.local++;
      else if (kind === HOST_ADDRESS.OTHER) this.reject(at, 'an address that is given out, not a block', at, end);
      else this.take(fault, from, end, this.match);
      this.skipBlanks();
    }
  }

  /** Hands the name at `bytes[from, end)`, just scanned, to the sink; or says why not. */
  take(fault: number, from: number, end: number, match: number) {
    if (fault === FAULT.BEYOND_ASCII) return this.takeInternational(from, end, match);
    if (fault !== FAULT.NONE) return this.reject(this.faultAt(fault, from), FAULT_TEXT[fault], from, end);
    if (match !== MATCH.EXACT && this.sieve.passes(this.scan.name)) {
      const last = this.bytes[end - 1] === DOT ? end - 1 : end;
      const refused = refusal(this.bytes.toString('latin1', from, last).toLowerCase(), match);
      if (refused !== undefined) return this.reject(from, refused, from, end);
    }
    this.count.rules++;
    this.sink.named(this.scan.name, match, ACTION.BLOCK, FACET_NONE, this.count.lines);
  }

  faultAt(fault: number, from: number): number {
    return fault === FAULT.ADDRESS ? from : this.scan.end;
  }

  /** Lists hold few such names, so strings do (IDNA by way of URL parsing). */
  takeInternational(from: number, end: number, match: number) {
    const text = utf8.decode(this.bytes.subarray(from, end));
    // URL parsing would stop at a "/" or "?" and take what stands before it for the whole.
    const name = /^[\w.\-\u{80}-\u{10ffff}]+$/u.test(text) ? domainToASCII(text) : '';
    const wire = /^[a-z0-9_.-]+$/.test(name) ? wireFromText(name) : undefined;
    if (!wire || /(^|\.)\d+\.?$/.test(name)) {
      return this.reject(this.scan.end, FAULT_TEXT[FAULT.BEYOND_ASCII], from, end);
    }
    const refused = refusal(name.replace(/\.$/, ''), match);
    if (refused !== undefined) return this.reject(from, refused, from, end);
    this.count.rules++;
    this.sink.rule(wire, match, ACTION.BLOCK, FACET_NONE, this.count.lines);
  }
}

/** Reads a whole list into `sink`, line by line; a bad line is rejected and the rest goes on. Never throws. */
export function readNames(bytes: Uint8Array, options: NamesOptions, sink: RuleSink): ListCount {
  return new NamesReader(bytes, options, sink).run();
}
