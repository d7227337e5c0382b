// Hosts files: an address and the names that are sent there, straight from their octets into rules.

import { isDone, skipBlanks, wordEnd } from './domains.ts';
import { eachLine, type Format, type Reader } from './format.ts';
import { AddressScan, HOST_ADDRESS, isLocalName } from './host-address.ts';
import type { Intake } from './intake.ts';
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
    eachLine(block, this.#intake, this.#entry, this.#plainLine);
  }

  /** Takes a line of the last address and one good name; where the next one begins, or -1. */
  readonly #plainLine = (block: Buffer, at: number): number => {
    const { scan } = this.#intake;
    const from = this.#address.after(block, at);
    if (from < 0 || scan.read(block, from, block.length) !== FAULT.NONE) return -1;
    if (isLocalName(block, from, scan.end)) return -1;
    return this.#intake.takeLine(block, scan.end, this.#match);
  };

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
