// Domain lists as v2fly keeps them: a rule a line, its kind before a colon, attributes behind it.

import { MATCH } from '../policy/rule.ts';
import { eachLine, type Format, type Reader } from './format.ts';
import type { Intake } from './intake.ts';
import type { Left } from './left.ts';

export const v2fly: Format = {
  looks: /^(?:domain|full|keyword|regexp|include):\S|^[\w-]+(?:\.[\w-]+)*(?:\s+[@&][\w!-]+)*(?:\s*#.*)?$/,
  read: (intake) => new V2flyReader(intake),
};

const MATCH_OF: Record<string, number> = { domain: MATCH.SUFFIX, full: MATCH.EXACT };
const LEFT_OF: Record<string, Left> = { include: 'include', keyword: 'keyword', regexp: 'regex' };

/** The kind and the value; then attributes (`@`), by which parts of a list are chosen, and lists that it is also in (`&`). */
const LINE = /^(?:([a-z]+):)?([^\s#]+)((?:\s+[@&][\w!-]+)*)$/;

const COMMENT = /(?:^|\s)#.*$/;

class V2flyReader implements Reader {
  readonly #intake: Intake;

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  take(block: Buffer): void {
    eachLine(block, this.#intake, this.#entry);
  }

  readonly #entry = (from: number, end: number) => {
    const intake = this.#intake;
    const text = intake.bytes.toString('latin1', from, end);
    const line = text.includes('#') ? text.replace(COMMENT, '').trimEnd() : text;
    if (line === '') return intake.pass();
    const [, kind = 'domain', value] = LINE.exec(line) ?? [];
    if (value === undefined) return intake.reject(from, 'more than a rule and its attributes', from, end);
    if (Object.hasOwn(LEFT_OF, kind)) return intake.leave(LEFT_OF[kind]);
    if (!Object.hasOwn(MATCH_OF, kind)) return intake.reject(from, 'no kind of rule that is known', from, end);
    const at = from + line.indexOf(value, line.startsWith(`${kind}:`) ? kind.length + 1 : 0);
    intake.take(at, at + value.length, MATCH_OF[kind]);
  };
}
