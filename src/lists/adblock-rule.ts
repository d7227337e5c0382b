// One line of an adblock list, read into a rule on a name or into why it is none: that part of the syntax which DNS can honour.

import { MATCH } from '../policy/rule.ts';
import type { Left } from './left.ts';

/** Where something stands on the line. */
export interface Span {
  from: number;
  end: number;
}

export interface AdblockRule extends Span {
  match: number;
  /** `@@`: the rule is an exception. */
  isAllow: boolean;
  isImportant: boolean;
  /** The rule takes back the one that has `key` too. */
  isBadfilter: boolean;
  /** Names of `$denyallow`: the rule leaves these and all beneath them out. */
  holes: Span[];
  /** The same for rules that are written alike, whatever the order of their modifiers. */
  key: string;
}

/** What a line is: a rule, a kind of LEFT, a rejection with its place, or nothing at all. */
export type AdblockLine = AdblockRule | { left: Left } | { bad: string; at: number } | undefined;

/** Marks between the pages that a rule is for and what it hides or runs there. */
const COSMETIC = /^[^#\s][^#]*#@?[?$%]{0,2}#|^#@?[?$%]{0,2}#[^\s#]|\$@?\$\w/;
const HEADER = /^\[[\w .;+-]*\]$/;
const REGEX = /^\/.*\/(?:\$|$)/;

/** A name, as far as patterns go: what it is made of is looked at when it is read. */
const OCTET = String.raw`[^\s/:*^|,$=~?&%@!"'()[\]]`;
/** A dot at its end stands for any ending: that is no name. */
const NAME = `(${OCTET}*(?!\\.)${OCTET})`;
const SUFFIX = new RegExp(String.raw`^\|\|${NAME}\^?\|?$`);
const BENEATH = new RegExp(String.raw`^(?:(?:\|\|)?\*\.${NAME}(?:\^\|?|\|)?|(?:\|\|)?\.${NAME}(?:\^\|?|\|))$`);
const EXACT = new RegExp(String.raw`^\|${NAME}(?:\^\|?|\|)$`);
/** A name and nothing else: no pattern, but the name alone. */
const ALONE = new RegExp(`^${NAME}$`);

const WORD = /^~?[a-z0-9_-]+$/;

/** Modifiers that DNS cannot honour, other than those of requests. */
const KINDS: Record<string, Left> = { client: 'client', ctag: 'client', dnstype: 'type', dnsrewrite: 'rewrite' };

/** Reads a line that is not blank; `line` has an octet for each character. */
export function readAdblock(line: string): AdblockLine {
  if (line.startsWith('!') || HEADER.test(line)) return undefined;
  if (COSMETIC.test(line)) return { left: 'cosmetic' };
  if (line.startsWith('#')) return undefined;
  const isAllow = line.startsWith('@@');
  const start = isAllow ? 2 : 0;
  const body = line.slice(start);
  if (REGEX.test(body)) return { left: 'regex' };
  const dollar = body.indexOf('$');
  const pattern = dollar < 0 ? body : body.slice(0, dollar);
  const modifiers = readModifiers(line, dollar < 0 ? line.length : start + dollar + 1);
  if ('left' in modifiers || 'bad' in modifiers) return modifiers;
  const found = matchOf(pattern);
  if (found === undefined) return whyNot(pattern, start);
  const { isImportant, isBadfilter, holes, key } = modifiers;
  if (holes.length > 0 && (isAllow || isImportant)) return { left: 'denyallow' };
  const from = start + found.at;
  const rule = { from, end: from + found.name.length, match: found.match, isAllow, isImportant, isBadfilter, holes };
  return { ...rule, key: `${isAllow ? '@@' : ''}${pattern.toLowerCase()}${key}` };
}

function matchOf(pattern: string): { match: number; at: number; name: string } | undefined {
  const found = (shape: RegExp, match: number) => {
    const [, one, other] = shape.exec(pattern) ?? [];
    const name = one ?? other;
    return name === undefined ? undefined : { match, at: pattern.indexOf(name), name };
  };
  return (
    found(BENEATH, MATCH.BELOW) ??
    found(SUFFIX, MATCH.SUFFIX) ??
    found(EXACT, MATCH.EXACT) ??
    (pattern.includes('.') && !/^\.|^\|/.test(pattern) ? found(ALONE, MATCH.EXACT) : undefined)
  );
}

/** Why a pattern is no name that can be honoured. */
function whyNot(pattern: string, at: number): AdblockLine {
  if (pattern === '') return { bad: 'a rule without a name', at };
  const blank = /\s/.exec(pattern);
  if (blank) return { bad: 'more than a rule on the line', at: at + blank.index };
  if (/[/:?&]/.test(pattern)) return { left: 'url' };
  return { left: 'pattern' };
}

type Modifiers = Pick<AdblockRule, 'isImportant' | 'isBadfilter' | 'holes' | 'key'>;

/** Reads what stands behind the `$`, from `at` on. */
function readModifiers(line: string, at: number): Modifiers | { left: Left } | { bad: string; at: number } {
  const modifiers: Modifiers = { isImportant: false, isBadfilter: false, holes: [], key: '' };
  const words: string[] = [];
  let left: Left | undefined;
  let start = at;
  for (const text of at < line.length || line[at - 1] === '$' ? line.slice(at).split(/(?<!\\),/) : []) {
    const [name, value] = split(text.trim().toLowerCase());
    if (!WORD.test(name)) return { bad: 'no modifier that can be read', at: start };
    if (name === 'important') modifiers.isImportant = true;
    else if (name === 'badfilter') modifiers.isBadfilter = true;
    else if (name === 'denyallow') {
      const holes = readHoles(text, start);
      if (holes === undefined) return { bad: 'no name behind denyallow', at: start };
      modifiers.holes.push(...holes);
    } else if (name !== 'all') left ??= KINDS[name] ?? 'modifier';
    if (name !== 'badfilter') words.push(value === undefined ? name : `${name}=${value}`);
    start += text.length + 1;
  }
  if (left) return { left };
  modifiers.key = words.length > 0 ? `$${words.sort().join(',')}` : '';
  return modifiers;
}

function split(text: string): [name: string, value: string | undefined] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** The names behind `denyallow=`; undefined where there is none, or what is none stands among them. */
function readHoles(text: string, start: number): Span[] | undefined {
  const equals = text.indexOf('=');
  if (equals < 0) return undefined;
  const holes: Span[] = [];
  let from = start + equals + 1;
  for (const name of text.slice(equals + 1).split('|')) {
    const length = name.trimEnd().length;
    if (length === 0 || name.startsWith('~')) return undefined;
    holes.push({ from, end: from + length });
    from += name.length + 1;
  }
  return holes;
}
