// Configurations of dnsmasq: which names get an address, an answer from here, or no answer.

import { isIP } from 'node:net';
import { ACTION, FACET_NONE, MATCH } from '../policy/rule.ts';
import { type Format, oneLine, type Reader } from './format.ts';
import { refusal } from './guard.ts';
import { isSinkAddress } from './host-address.ts';
import type { Intake } from './intake.ts';
import { NEWLINE, RETURN } from './line-blocks.ts';
import { FAULT } from './name-scan.ts';

const SLASH = 0x2f;
const HASH = 0x23;

const KEYS = ['address=/', 'server=/', 'local=/'].map((key) => Buffer.from(key));

export const dnsmasq: Format = {
  looks:
    /^(?:address|server|local)\s*=|^(?:conf-(?:file|dir)|cname|ipset|nftset|no-resolv|domain-needed|bogus-priv)(?:=|$)/,
  read: (intake) => new DnsmasqReader(intake),
};

/** A comment begins a line, or follows a blank: behind a slash, `#` is an address. */
const COMMENT = /(?:^|\s)#.*$/;
const OPTION = /^[a-z][a-z0-9-]*(?:\s*=.*)?$/;

class DnsmasqReader implements Reader {
  readonly #intake: Intake;

  constructor(intake: Intake) {
    this.#intake = intake;
    intake.scan.close = SLASH;
  }

  take(block: Buffer): void {
    for (let at = 0; at < block.length; ) {
      const next = this.#plainLine(block, at);
      at = next < 0 ? oneLine(block, at, this.#intake, this.#entry) : next;
    }
  }

  /** Takes a line that is as most are: one good name, and nothing, 0.0.0.0 or # behind it. Where the next begins, or -1. */
  #plainLine(block: Buffer, at: number): number {
    const { scan, sieve, count, sink } = this.#intake;
    const key = KEYS.find((octets) => block[at] === octets[0] && isAt(block, at, octets));
    if (key === undefined || scan.read(block, at + key.length, block.length) !== FAULT.NONE) return -1;
    if (block[scan.end] !== SLASH || sieve.passes(scan.name)) return -1;
    let end = scan.end + 1;
    if (key === KEYS[0]) {
      if (block[end] === HASH) end++;
      else if (isAt(block, end, ZERO)) end += ZERO.length;
    }
    if (block[end] === RETURN) end++;
    if (end < block.length && block[end] !== NEWLINE) return -1;
    count.rules++;
    sink.named(scan.name, MATCH.SUFFIX, ACTION.BLOCK, FACET_NONE, ++count.lines);
    return end + 1;
  }

  readonly #entry = (from: number, end: number) => {
    const intake = this.#intake;
    const text = intake.bytes.toString('latin1', from, end);
    const line = text.includes('#') ? text.replace(COMMENT, '').trimEnd() : text;
    if (line === '') return intake.pass();
    const [, key, names, target] = /^(address|server|local)\s*=\s*\/(.*)\/([^/]*)$/.exec(line) ?? [];
    if (key === undefined) {
      if (/^(?:server|local)\s*=\s*[^/\s]/.test(line)) intake.leave('forwarding');
      else if (/^(?:address|server|local)\b/.test(line)) intake.reject(from, 'no name between two slashes', from, end);
      else if (OPTION.test(line)) intake.leave('option');
      else intake.reject(from, 'no option of dnsmasq', from, end);
      return;
    }
    const isAddress = key === 'address';
    const at = from + line.length - target.length;
    if (isAddress && target !== '' && target !== '#' && isIP(target) === 0) {
      return intake.reject(at, 'no address behind the names', from, end);
    }
    let start = from + line.indexOf('/') + 1;
    for (const name of names.split('/')) {
      this.#name(name, start, isAddress, target);
      start += name.length + 1;
    }
  };

  /** One name of a line; a name stands for all beneath it too. */
  #name(name: string, at: number, isAddress: boolean, target: string) {
    const intake = this.#intake;
    if (!isAddress && target !== '' && target !== '#') return intake.leave('forwarding');
    if (name === '#' || name === '*') {
      return intake.reject(at, refusal('', MATCH.SUFFIX) ?? '', at, at + name.length);
    }
    const isBelow = name.startsWith('*.');
    if (name.startsWith('*') && !isBelow) return intake.leave('pattern');
    const from = at + (isBelow ? 2 : Number(name.startsWith('.')));
    // For a server, # is the usual one: the name is resolved as always, whatever is said of those above it.
    const action = !isAddress && target === '#' ? ACTION.ALLOW : ACTION.BLOCK;
    const taken = intake.take(from, at + name.length, isBelow ? MATCH.BELOW : MATCH.SUFFIX, action);
    if (taken && isAddress && target !== '' && target !== '#' && !isSinkAddress(target)) intake.answersOtherwise();
  }
}

const ZERO = Buffer.from('0.0.0.0');

function isAt(block: Buffer, at: number, octets: Buffer): boolean {
  for (let i = 0; i < octets.length; i++) if (block[at + i] !== octets[i]) return false;
  return true;
}
