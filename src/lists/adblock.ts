// Lists in the syntax of ad blockers, that part of it which speaks of names: blocks, exceptions, and what changes them.

import { ACTION, FACET_NONE, MATCH } from '../policy/rule.ts';
import { nameFromText, textFromName } from '../wire/name-text.ts';
import { Holes, hashFromRoot, isWithin, STRENGTH, StrongRules } from './adblock-order.ts';
import { type AdblockRule, readAdblock, type Span } from './adblock-rule.ts';
import { eachLine, type Format, type Reader } from './format.ts';
import type { Intake } from './intake.ts';
import { NEWLINE } from './line-blocks.ts';
import { ListError } from './list-error.ts';
import { FAULT } from './name-scan.ts';

const BAR = 0x7c;
const CARET = 0x5e;

/** Exceptions and rules with a modifier that are remembered of one list: some tens of megabytes. */
const MOST_REMEMBERED = 100_000;

export const adblock: Format = {
  looks:
    /^(?:@@)?\|\|?[^\s|]|^@@\S|^\[Adblock|#@?[?$%]{0,2}#[^\s#]|^\/.+\/(?:\$|$)|^[\w-]+(?:\.[\w-]+)+\^?(?:\$\S+)?$/i,
  read: (intake) => new AdblockReader(intake),
};

/** A rule that is stronger than a plain block, or leaves names out. */
interface Remembered {
  key: string;
  text: string;
  match: number;
  strength: number;
  holes: string[];
}

function strengthOf({ isAllow, isImportant }: AdblockRule): number {
  if (isAllow) return isImportant ? STRENGTH.IMPORTANT_ALLOW : STRENGTH.ALLOW;
  return isImportant ? STRENGTH.IMPORTANT_BLOCK : STRENGTH.BLOCK;
}

class AdblockReader implements Reader {
  readonly #intake: Intake;
  #remembered: Remembered[] = [];
  /** Keys of the rules that are taken back, and hashes of their names. */
  readonly #takenBack = new Set<string>();
  readonly #takenBackNames = new Set<number>();
  readonly #strong = new StrongRules();
  readonly #holes = new Holes();

  constructor(intake: Intake) {
    this.#intake = intake;
    intake.scan.close = CARET;
  }

  /** Remembers what other lines depend on: those with `@@` or `$`, which a search over octets finds. */
  survey(block: Buffer): void {
    let dollar = block.indexOf('$');
    let at = block.indexOf('@@');
    while (dollar >= 0 || at >= 0) {
      const sign = dollar < 0 || (at >= 0 && at < dollar) ? at : dollar;
      const start = block.lastIndexOf(NEWLINE, sign) + 1;
      const newline = block.indexOf(NEWLINE, sign);
      const end = newline < 0 ? block.length : newline;
      this.#surveyLine(block, start, end);
      if (dollar >= 0 && dollar < end) dollar = block.indexOf('$', end);
      if (at >= 0 && at < end) at = block.indexOf('@@', end);
    }
  }

  take(block: Buffer): void {
    if (this.#remembered.length > 0) this.#settle();
    eachLine(block, this.#intake, this.#entry, this.#plainLine);
  }

  end(): void {
    const { sink, scan } = this.#intake;
    for (const { text, line, match } of this.#holes.open()) {
      if (nameFromText(text, scan.name)) sink.named(scan.name, match, ACTION.ALLOW, FACET_NONE, line);
    }
  }

  #surveyLine(block: Buffer, start: number, end: number) {
    const intake = this.#intake;
    const line = block.toString('latin1', start, end);
    const text = line.trim();
    const rule = text === '' ? undefined : readAdblock(text);
    if (!rule || !('key' in rule)) return;
    const from = start + line.length - line.trimStart().length;
    intake.bytes = block;
    const holes = this.#holesOf(from, rule);
    if (holes === undefined || !intake.reads(from + rule.from, from + rule.end, rule.match)) return;
    const { name } = intake.scan;
    if (rule.isBadfilter) {
      this.#takenBack.add(rule.key);
      this.#takenBackNames.add(hashFromRoot(name));
    } else if (rule.isAllow || rule.isImportant || holes.length > 0) {
      const { key, match } = rule;
      this.#remembered.push({ key, text: textFromName(name), match, strength: strengthOf(rule), holes });
    }
    if (this.#remembered.length + this.#takenBack.size + this.#holes.size <= MOST_REMEMBERED) return;
    const message = `more than ${MOST_REMEMBERED} rules with @@ or a modifier`;
    throw new ListError(message, 'split the list, or take one that is made for DNS');
  }

  /** All has been surveyed: what is taken back is known. */
  #settle(): void {
    const { name } = this.#intake.scan;
    for (const { key, text, match, strength, holes } of this.#remembered) {
      if (this.#takenBack.has(key)) continue;
      if (strength !== STRENGTH.BLOCK && nameFromText(text, name)) this.#strong.add(name, match, strength);
      for (const hole of holes) if (nameFromText(hole, name)) this.#holes.add(name);
    }
    this.#remembered = [];
  }

  /** Takes a line that is as nearly all are, `||name^`, where no other has to do with it; where the next one begins, or -1. */
  readonly #plainLine = (block: Buffer, at: number): number => {
    if (block[at] !== BAR || block[at + 1] !== BAR) return -1;
    const { scan } = this.#intake;
    if (scan.read(block, at + 2, block.length) !== FAULT.NONE || block[scan.end] !== CARET) return -1;
    const { name } = scan;
    if (this.#strong.concern(name) || this.#holes.concern(name)) return -1;
    if (this.#takenBackNames.size > 0 && this.#takenBackNames.has(hashFromRoot(name))) return -1;
    return this.#intake.takeLine(block, scan.end + 1, MATCH.SUFFIX);
  };

  readonly #entry = (from: number, end: number) => {
    const intake = this.#intake;
    const rule = readAdblock(intake.bytes.toString('latin1', from, end));
    if (rule === undefined) intake.pass();
    else if ('left' in rule) intake.leave(rule.left);
    else if ('bad' in rule) intake.reject(from + rule.at, rule.bad, from, end);
    else if (rule.isBadfilter) intake.pass();
    else if (this.#takenBack.has(rule.key)) intake.leave('taken-back');
    else this.#rule(from, rule);
  };

  #rule(at: number, rule: AdblockRule) {
    const intake = this.#intake;
    const { scan } = intake;
    const holes = this.#holesOf(at, rule);
    if (holes === undefined) return intake.reject(at, 'no name behind denyallow', at);
    const from = at + rule.from;
    const end = at + rule.end;
    if (!intake.reads(from, end, rule.match)) {
      if (intake.fault === FAULT.ADDRESS) return intake.leave('address');
      return intake.rejectName(from, end);
    }
    if (holes.length > 0 && holes[0] === textFromName(scan.name)) return intake.leave('taken-back');
    const match = this.#strong.remains(scan.name, rule.match, strengthOf(rule));
    if (match === -1) return intake.leave('overruled');
    if (!rule.isAllow) this.#holes.cut(scan.name, match, holes, intake.line);
    intake.rule(scan.name, match, rule.isAllow ? ACTION.ALLOW : ACTION.BLOCK);
  }

  /** Names that the rule leaves out: what of them it would speak of, its own where it leaves out all; undefined where one is none. */
  #holesOf(at: number, rule: AdblockRule): string[] | undefined {
    if (rule.holes.length === 0) return [];
    const own = this.#textOf(at, rule) ?? '';
    const holes: string[] = [];
    for (const span of rule.holes) {
      const hole = this.#textOf(at, span);
      if (hole === undefined) return undefined;
      if (isWithin(own, hole)) return [own];
      if (isWithin(hole, own)) holes.push(hole);
    }
    return holes;
  }

  #textOf(at: number, { from, end }: Span): string | undefined {
    const { scan } = this.#intake;
    return this.#intake.reads(at + from, at + end, MATCH.EXACT) ? textFromName(scan.name) : undefined;
  }
}
