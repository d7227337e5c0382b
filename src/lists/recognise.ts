// Tells by its first lines which format a list has.

import { LINE_FORMATS, LIST_FORMATS, type ListFormat } from '../settings/list-formats.ts';
import { FORMATS } from './formats.ts';
import { ListError } from './list-error.ts';
import { HEAD } from './strangers.ts';

const MOST_LINES = 1000;
/** Characters of a line that are looked at. */
const MOST_CHARACTERS = 500;

const COMMENT = /^(?:[!;]|#(?!@?[?$%]{0,2}#\S)|\/\/)/;
/** Lines of an app file: its own keys, and its names. */
const LOOKS_SLUIS =
  /^(?:id|title|operator|jurisdiction|contested|successors|unreachable|sources|names):(?:\s|$)|^- (?:\{ ?(?:key|name): |(?:key|name): )|^(?:match|facet|sources|name|licence|date|also|note|code|source): /;

/**
 * The format of the list that begins with `head`: that which most of its lines fit, of those that fit equally many the
 * first of LINE_FORMATS; null where it is all there is, and holds nothing but comments and blank lines. Rejects with a
 * ListError where none fits more than half of them.
 */
export async function formatOf(head: Buffer): Promise<ListFormat | null> {
  const lines = contentLines(head);
  const known = `name its format, one of ${LIST_FORMATS.join(', ')}`;
  if (lines.length === 0) {
    if (head.length < HEAD) return null;
    throw new ListError(`its format cannot be told: it begins with ${HEAD / 1024} KiB of comments`, known);
  }
  const fits = (looks: RegExp) => lines.filter((line) => looks.test(line)).length;
  let best: ListFormat = 'sluis';
  let most = fits(LOOKS_SLUIS);
  for (const format of [...LINE_FORMATS].reverse()) {
    const count = fits((await FORMATS[format]()).looks);
    if (count < most) continue;
    most = count;
    best = format;
  }
  if (most * 2 > lines.length) return best;
  const which = most === 0 ? 'none fits any' : `${most} fit ${best}, and no other format more`;
  const looked = lines.length === 1 ? 'of its one line' : `of its first ${lines.length} lines`;
  throw new ListError(`its format cannot be told: ${looked}, ${which}`, known);
}

function contentLines(head: Buffer): string[] {
  const lines = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split('\n');
  // Where the last is cut off before what is looked at of it.
  if (head.length === HEAD && lines.at(-1)!.length < MOST_CHARACTERS) lines.pop();
  return lines
    .map((line) => line.slice(0, MOST_CHARACTERS).trim())
    .filter((line) => line !== '' && !COMMENT.test(line))
    .slice(0, MOST_LINES);
}
