// Asks the policy image about a name and about the names its answer leads to, for one group at one moment.

import { decide, decideTarget, Verdict } from '../policy/decide.ts';
import { findGroup4, findGroup6 } from '../policy/groups.ts';
import type { Image } from '../policy/image.ts';
import { match, Path } from '../policy/match.ts';
import { DECISION } from '../policy/rule.ts';
import { Name, readName } from '../wire/name.ts';
import type { Client } from './client.ts';
import type { Moment } from './moment.ts';

/** Reused, never allocated per query; what was found last stands in `path` and `verdict`. */
export class Judge {
  readonly image: Image;
  readonly path = new Path();
  readonly verdict = new Verdict();
  /** The name that `judgeTargets` decided on, where it found one to observe or block. */
  readonly target: Name;
  /** What is to be added to `now` to have the wall clock's time, which policy dates are in; the engine keeps it. */
  readonly #skew: Moment;

  constructor(image: Image, skew: Moment) {
    this.image = image;
    this.#skew = skew;
    this.target = new Name(image.seed);
  }

  /** The client's group, or -1 when it is in none. */
  groupOf(client: Client): number {
    return client.family === 4
      ? findGroup4(this.image, client.a)
      : findGroup6(this.image, client.a, client.b, client.c, client.d);
  }

  /** The route of a name: 0, or one more than the number of its forward zone. */
  routeOf(name: Name): number {
    match(this.image, name, this.path);
    return this.path.forward + 1;
  }

  /** Walks the name and decides; one of DECISION. */
  judgeName(group: number, name: Name, now: Moment): number {
    return decide(this.image, group, name, this.#seconds(now), this.path, this.verdict);
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
   * is observed. Not to be asked where that name was approved.
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
    let observed = -1;
    const asked = this.path.stamp;
    const seconds = this.#seconds(now);
    for (let index = 0; index < count; index++) {
      if (readName(reply, offsets[index], length, this.target) < 0) continue;
      const decision = this.#judgeTarget(group, seconds, asked);
      if (decision === DECISION.BLOCK) return decision;
      if (decision === DECISION.OBSERVE && observed < 0) {
        strictest = decision;
        observed = index;
      }
    }
    // The verdict is shared: an observed one is made again when others came after it.
    if (observed >= 0 && observed < count - 1) {
      readName(reply, offsets[observed], length, this.target);
      this.#judgeTarget(group, seconds, asked);
    }
    return strictest;
  }

  #judgeTarget(group: number, seconds: number, asked: number): number {
    return decideTarget(this.image, group, this.target, seconds, this.path, this.verdict, asked);
  }
}
