// Reads lists of addresses and prefixes, one a line, into rules on what answers lead to.

import { ACTION, FACET_NONE, type RuleSink } from '../policy/rule.ts';
import { type Prefix, readPrefix } from '../settings/address.ts';
import { isTrouble } from '../settings/problems.ts';
import { prefixRefusal } from './guard.ts';
import { excerpt, type ListCount, NEWLINE, otherKind, textStart } from './list-text.ts';

/** No prefix is longer than the longest address, as IPv6 may write it, with its length. */
const LONGEST_WORD = 64;

/** What stands before a comment, which `#` begins, and in lists of networks `;` too. */
const BEFORE_COMMENT = /^[^#;]*/;

/** Nearly every line: nothing in it needs to be made fit for people's terminals. */
const ADDRESS_LIKE = /^[\da-f.:/]{1,64}$/i;

/** The prefix on a line, or why there is none. */
function prefixOf(text: string): Prefix | string {
  if (/\s/.test(text)) return 'more than an address or a prefix on the line';
  if (text.length > LONGEST_WORD) return 'too long for an address or a prefix';
  const prefix = readPrefix(text);
  if (isTrouble(prefix)) return `${prefix.message}; ${prefix.fix}`;
  return prefixRefusal(prefix) ?? prefix;
}

/** Reads a whole list into `sink`, line by line; a bad line is rejected and the rest goes on. Never throws. */
export function readAddresses(bytes: Uint8Array, sink: RuleSink): ListCount {
  const count: ListCount = { lines: 0, rules: 0, rejects: 0, local: 0 };
  const reject = (column: number, reason: string, text: string) => {
    count.rejects++;
    sink.reject(count.lines, column, reason, text);
  };
  const other = otherKind(bytes);
  if (other !== undefined) {
    count.lines = 1;
    reject(1, other, '');
    return count;
  }
  const octets = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let start = textStart(bytes); start < octets.length; ) {
    const newline = octets.indexOf(NEWLINE, start);
    const end = newline < 0 ? octets.length : newline;
    count.lines++;
    const [line] = BEFORE_COMMENT.exec(octets.toString('latin1', start, end))!;
    const text = line.trim();
    if (text !== '') {
      const from = line.indexOf(text);
      // What people are shown, in the reason too.
      const shown = ADDRESS_LIKE.test(text) ? text : excerpt(octets, start + from, start + from + text.length);
      const prefix = prefixOf(shown);
      if (typeof prefix === 'string') reject(from + 1, prefix, shown);
      else {
        count.rules++;
        const { family, octets: address, length } = prefix;
        sink.prefix({ family, address, length }, ACTION.BLOCK, FACET_NONE, count.lines);
      }
    }
    start = end + 1;
  }
  return count;
}
