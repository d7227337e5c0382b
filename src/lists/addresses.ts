// Lists of addresses and prefixes, one a line, that become rules on what answers lead to.

import { type Prefix, readPrefix } from '../settings/address.ts';
import { isTrouble } from '../settings/problems.ts';
import { eachLine, type Format, type Reader } from './format.ts';
import { prefixRefusal } from './guard.ts';
import { excerpt, type Intake } from './intake.ts';

export const addresses: Format = {
  looks: /^(?:\d+(?:\.\d+){3}|[\da-f]*:[\da-f:.]*)(?:\/\d+)?(?:\s*[#;].*)?$/i,
  read: (intake) => new AddressesReader(intake),
};

/** No prefix is longer than the longest address, as IPv6 may write it, with its length. */
const LONGEST_WORD = 64;

/** What stands before a comment, which `#` begins, and in lists of networks `;` too. */
const BEFORE_COMMENT = /^[^#;]*/;

/** Nearly every line: nothing in it needs to be made fit for people's terminals. */
const ADDRESS_LIKE = /^[\da-f.:/]{1,64}$/i;

class AddressesReader implements Reader {
  readonly #intake: Intake;

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  take(block: Buffer): void {
    eachLine(block, this.#intake, this.#entry);
  }

  readonly #entry = (from: number, end: number): void => {
    const intake = this.#intake;
    const { bytes } = intake;
    const [line] = BEFORE_COMMENT.exec(bytes.toString('latin1', from, end))!;
    const text = line.trim();
    const at = from + line.indexOf(text);
    const stop = at + text.length;
    // What people are shown, in the reason too.
    const prefix = text && prefixOf(ADDRESS_LIKE.test(text) ? text : excerpt(bytes, at, stop));
    if (prefix === '') intake.pass();
    else if (typeof prefix === 'string') intake.reject(at, prefix, at, stop);
    else intake.prefix({ family: prefix.family, address: prefix.octets, length: prefix.length });
  };
}

/** The prefix on a line, or why there is none. */
function prefixOf(text: string): Prefix | string {
  if (/\s/.test(text)) return 'more than an address or a prefix on the line';
  if (text.length > LONGEST_WORD) return 'too long for an address or a prefix';
  const prefix = readPrefix(text);
  if (isTrouble(prefix)) return `${prefix.message}; ${prefix.fix}`;
  return prefixRefusal(prefix) ?? prefix;
}
