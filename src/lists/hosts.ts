// Hosts files: an address and the names that are sent there, straight from their octets into rules.

import { ACTION, FACET_NONE, MATCH } from '../policy/rule.ts';
import { isDone, skipBlanks, wordEnd } from './domains.ts';
import { type Format, oneLine, type Reader } from './format.ts';
import { AddressScan, HOST_ADDRESS, isLocalName } from './host-address.ts';
import type { Intake } from './intake.ts';
import { NEWLINE, RETURN } from './line-blocks.ts';
import { FAULT } from './name-scan.ts';

const BANG = 0x21;

export const hosts: Format = {
  looks: /^[\da-f.]*[.:][\da-f.:]+(?:%\w+)?\s+\S/i,
  read: (intake, match) => new HostsReader(intake, match),
};

class HostsReader implements Reader {
  readonly #intake: Intake;
  readonly #match: number;
  readonly #address = new AddressScan();

  constructor(intake: Intake, match: number) {
    this.#intake = intake;
    this.#match = match;
  }

  take(block: Buffer): void {
    for (let at = 0; at < block.length; ) {
      const next = this.#plainLine(block, at);
      at = next < 0 ? oneLine(block, at, this.#intake, this.#entry) : next;
    }
  }

  /** Takes a line of the last address and one good name; where the next one begins, or -1. */
  #plainLine(block: Buffer, at: number): number {
    const { scan, sieve, count, sink } = this.#intake;
    const from = this.#address.after(block, at);
    if (from < 0 || scan.read(block, from, block.length) !== FAULT.NONE) return -1;
    let { end } = scan;
    if (block[end] === RETURN) end++;
    if (end < block.length && block[end] !== NEWLINE) return -1;
    if (this.#match !== MATCH.EXACT && sieve.passes(scan.name)) return -1;
    if (isLocalName(block, from, scan.end)) return -1;
    count.rules++;
    sink.named(scan.name, this.#match, ACTION.BLOCK, FACET_NONE, ++count.lines);
    return end + 1;
  }

  readonly #entry = (at: number, stop: number) => {
    const intake = this.#intake;
    const { bytes } = intake;
    if (isDone(bytes, at, stop) || bytes[at] === BANG) return intake.pass();
    const addressEnd = wordEnd(bytes, at, stop);
    const kind = this.#address.read(bytes, at, addressEnd);
    if (kind === HOST_ADDRESS.NONE) return intake.reject(at, 'no address where the line begins', at);
    let from = skipBlanks(bytes, addressEnd, stop);
    if (isDone(bytes, from, stop)) return intake.reject(at, 'an address without a name', at);
    while (!isDone(bytes, from, stop)) {
      const end = wordEnd(bytes, from, stop);
      if (isLocalName(bytes, from, end)) intake.pass();
      else if (kind === HOST_ADDRESS.OTHER) intake.reject(at, 'an address that is given out, not a block', at, end);
      else intake.take(from, end, this.#match);
      from = skipBlanks(bytes, end, stop);
    }
  };
}
