// Names that a stub makes of a blocked one: behind NXDOMAIN it tries the name again with a search domain after it.

import { type Name, readName } from '../wire/name.ts';
import { decideRules, type Verdict } from './decide.ts';
import type { Image } from './image.ts';
import type { Path } from './match.ts';
import { DECISION } from './rule.ts';

// One name, its labels before the search domain alone.
const front = new Uint8Array(256);

/**
 * Whether `name` is a blocked name with a search domain behind it, and so to be answered as that one is. `asked` and
 * `judged` are what `decide` left of it, which did not block it. If so, `stem` is the blocked name, and `path` and
 * `verdict` are about it; `verdict.behind` says how many labels stand behind it. Not where something closer speaks of
 * the whole name: a special-use name, or a rule or forward zone beneath the search domain. The group's fallback says
 * nothing of a stem: it would block whatever the search domain holds.
 */
export function decideStem(
  image: Image,
  group: number,
  name: Name,
  seconds: number,
  asked: Path,
  judged: Verdict,
  stem: Name,
  path: Path,
  verdict: Verdict,
): boolean {
  const behind = asked.searchDepth;
  verdict.ruled = false;
  if (behind < 0 || asked.special > 0 || asked.forwardDepth > behind || judged.depth > behind) return false;
  readStem(name, behind, stem);
  if (decideRules(image, group, stem, seconds, path, verdict) !== DECISION.BLOCK) return false;
  verdict.behind = behind;
  // Where the stem would be served or answered by itself says nothing of the whole name.
  path.special = 0;
  path.forward = -1;
  return true;
}

/** Reads the labels of `name` before its last `behind` ones into `stem`; there is one at least. */
function readStem(name: Name, behind: number, stem: Name): void {
  const end = name.labelOffset[name.labelCount - behind];
  for (let at = 0; at < end; at++) front[at] = name.bytes[at];
  front[end] = 0;
  readName(front, 0, end + 1, stem);
}
