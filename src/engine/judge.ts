// Asks the policy image about a name and about the names its answer leads to, for one group at one moment.

import { decide, decideTarget } from '../policy/decide.ts';
import { findGroup4, findGroup6 } from '../policy/groups.ts';
import type { Image } from '../policy/image.ts';
import { match, Path } from '../policy/match.ts';
import { nextChange } from '../policy/moments.ts';
import { DECISION, MODE } from '../policy/rule.ts';
import { decideStem } from '../policy/search.ts';
import { Verdict } from '../policy/verdict.ts';
import { Name, readName } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import type { Client } from './client.ts';
import type { Moment } from './moment.ts';
import { NAMED, Naming } from './naming.ts';
import { NO_LIMIT } from './ttls.ts';

/** Reused, never allocated per query; what was found last stands in `path` and `verdict`. */
export class Judge {
  readonly image: Image;
  path = new Path();
  verdict = new Verdict();
  /** Of the name before a search domain; they change places with the two above where that one is blocked. */
  #stemPath = new Path();
  #stemVerdict = new Verdict();
  /**
   * The name that `judgeTargets` decided on, where it found one to observe or block; and the one that `judgeName` did,
   * where a search domain stands behind it.
   */
  readonly target: Name;
  /** What is to be added to `now` to have the wall clock's time, which policy dates are in; the engine keeps it. */
  readonly #skew: Moment;
  /** Number of the next change of some verdict, as last looked up. */
  #nextChange = 0;
  readonly #naming: Naming;
  /** What came of the device that the last query named; one of NAMED. */
  named: number = NAMED.NOBODY;
  /** Whether what was decided last may be decided otherwise when dates pass: rules or a fallback speak of it. */
  #isDated = false;
  readonly #hasChanges: boolean;

  constructor(image: Image, skew: Moment) {
    this.image = image;
    this.#skew = skew;
    this.#hasChanges = image.changes.length > 0;
    this.target = new Name(image.seed);
    this.#naming = new Naming(image);
  }

  /** The group of whoever asks, derived where it has exceptions, or -1 when it is in none. Sets the client's device. */
  groupOf(client: Client, query: Query): number {
    const { image } = this;
    this.named = this.#naming.find(client, query);
    const { listener, device } = client;
    // Signed, as a number above 2^31 may be boxed on its way into a function.
    if (client.family === 4) return findGroup4(image, listener, client.a | 0, device);
    return findGroup6(image, listener, client.a | 0, client.b | 0, client.c | 0, client.d | 0, device);
  }

  /** The route of a name: 0, or one more than the number of its forward zone. */
  routeOf(name: Name): number {
    match(this.image, name, this.path);
    return this.path.forward + 1;
  }

  /** Walks the name and decides; one of DECISION. What is blocked may be the name before a search domain. */
  judgeName(group: number, name: Name, now: Moment): number {
    const { image, verdict } = this;
    const decision = decide(image, group, name, this.#seconds(now), this.path, verdict);
    this.#isDated = this.#hasChanges && (verdict.ruled || hasFallback(image, verdict.group));
    if (this.path.searchDepth < 0 || decision === DECISION.BLOCK) return decision;
    return this.#judgeStem(group, name, now) ? DECISION.BLOCK : decision;
  }

  /** Whether the name is answered as the blocked one before its search domain, whose verdict is then the one in hand. */
  #judgeStem(group: number, name: Name, now: Moment): boolean {
    const { image, path, verdict, target } = this;
    const stemPath = this.#stemPath;
    const stemVerdict = this.#stemVerdict;
    const seconds = this.#seconds(now);
    const blocked = decideStem(image, group, name, seconds, path, verdict, target, stemPath, stemVerdict);
    // Blocked tomorrow, it must not be kept until then.
    if (stemVerdict.ruled) this.#isDated = this.#hasChanges;
    if (!blocked) return false;
    this.path = stemPath;
    this.verdict = stemVerdict;
    this.#stemPath = path;
    this.#stemVerdict = verdict;
    return true;
  }

  /**
   * For how many seconds a reply may be kept on the name judged last, and on the targets judged since: until the next
   * moment at which a policy or an exception begins or ends. NO_LIMIT where none speaks of them.
   */
  longestTtl(now: Moment): number {
    return this.#isDated ? this.#untilChange(now) : NO_LIMIT;
  }

  #untilChange(now: Moment): number {
    const { changes } = this.image;
    const next = nextChange(this.image, this.#seconds(now), this.#nextChange);
    this.#nextChange = next;
    if (next === changes.length) return NO_LIMIT;
    // Rounded so that no fraction of a second outlives the change.
    return Math.min(NO_LIMIT, changes[next] - Math.ceil((now.ms + this.#skew.ms) / 1000)) | 0;
  }

  /** Unix seconds, whole: as exact as policy dates are, and a number that is not boxed. */
  #seconds(now: Moment): number {
    return Math.floor((now.ms + this.#skew.ms) / 1000);
  }

  /** Whether any rule at all, for any group, stands on the way to the names at `offsets[0, count)` of a reply. */
  rulesTargets(reply: Uint8Array, length: number, offsets: Uint16Array, count: number): boolean {
    for (let index = 0; index < count; index++) {
      if (readName(reply, offsets[index], length, this.target) < 0) return true;
      match(this.image, this.target, this.path);
      if (this.path.count > 0) return true;
    }
    return false;
  }

  /**
   * Decides on the names at `offsets[0, count)` of a reply: its aliases and service targets, each after the asked name,
   * which the last `judgeName` was about. The first that is blocked decides and leaves its verdict; else the first that
   * is observed; else the first that an exception lets through. Not to be asked where that name was approved.
   */
  judgeTargets(
    group: number,
    reply: Uint8Array,
    length: number,
    offsets: Uint16Array,
    count: number,
    now: Moment,
  ): number {
    let strictest: number = DECISION.PASS;
    let told = -1;
    const asked = this.path.stamp;
    const seconds = this.#seconds(now);
    for (let index = 0; index < count; index++) {
      if (readName(reply, offsets[index], length, this.target) < 0) continue;
      const decision = this.#judgeTarget(group, seconds, asked);
      if (decision === DECISION.BLOCK) return decision;
      const tells = decision === DECISION.OBSERVE || this.verdict.exception >= 0;
      if (tells && decision > strictest) {
        strictest = decision;
        told = index;
      }
    }
    // The verdict is shared: the one to be told is made again when others came after it.
    if (told >= 0 && told < count - 1) {
      readName(reply, offsets[told], length, this.target);
      this.#judgeTarget(group, seconds, asked);
    }
    return strictest;
  }

  #judgeTarget(group: number, seconds: number, asked: number): number {
    const decision = decideTarget(this.image, group, this.target, seconds, this.path, this.verdict, asked);
    if (this.verdict.ruled) this.#isDated = this.#hasChanges;
    return decision;
  }
}

/** Whether names that the group does not approve meet its fallback. */
function hasFallback(image: Image, group: number): boolean {
  return image.hasFallbacks && group >= 0 && image.fallbackModes[group] !== MODE.OFF;
}
