// Asks the policy image about a name and about what its answer leads to, for one group at one moment.

import { decide, decideAddress, decideTarget } from '../policy/decide.ts';
import { findGroup4, findGroup6 } from '../policy/groups.ts';
import type { Image } from '../policy/image.ts';
import { match, Path } from '../policy/match.ts';
import { matchAddress } from '../policy/match-address.ts';
import { nextChange } from '../policy/moments.ts';
import { DECISION, MATCH, MODE } from '../policy/rule.ts';
import { decideStem } from '../policy/search.ts';
import { Verdict } from '../policy/verdict.ts';
import { AnswerAddresses } from '../wire/answer-addresses.ts';
import { Name, readName } from '../wire/name.ts';
import type { Query } from '../wire/query.ts';
import type { Client } from './client.ts';
import type { Moment } from './moment.ts';
import { NAMED, Naming } from './naming.ts';
import { NO_LIMIT } from './ttls.ts';

/** An answer, and where in it stands what policy must see: names that it leads to, and by their TTLs its records. */
export interface Leads {
  message: Uint8Array;
  length: number;
  targetOffset: Uint16Array;
  targetCount: number;
  /** From `ttlFrom` on, `ttlCount`. */
  ttlOffset: Uint16Array;
  ttlFrom: number;
  ttlCount: number;
}

/** Reused, never allocated per query; what was found last stands in `path` and `verdict`. */
export class Judge {
  readonly image: Image;
  path = new Path();
  verdict = new Verdict();
  /** Of the name before a search domain; they change places with the two above where that one is blocked. */
  #stemPath = new Path();
  #stemVerdict = new Verdict();
  /**
   * The name that `judgeLeads` decided on, where it found one to observe or block; and the one that `judgeName` did, where
   * a search domain stands behind it.
   */
  readonly target: Name;
  /** The address that `judgeLeads` decided on, where `isOnAddress`. */
  readonly address = new AnswerAddresses();
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
  /** Of `judgeLeads`: the asked name's stamp, the strictest decision, and where that stands that is told; octets of an address. */
  #asked = 0;
  #strictest: number = DECISION.PASS;
  #toldAt = 0;
  #toldOctets = 0;

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

  /** Whether the verdict in hand is on an address. */
  get isOnAddress(): boolean {
    return this.verdict.match === MATCH.PREFIX;
  }

  /** Whether any rule at all, for any group, stands on the way to what the answer leads to. */
  rulesLeads(leads: Leads): boolean {
    const { image, target, path } = this;
    const { message, length, targetOffset, targetCount } = leads;
    for (let index = 0; index < targetCount; index++) {
      if (readName(message, targetOffset[index], length, target) < 0) return true;
      match(image, target, path);
      if (path.count > 0) return true;
    }
    if (!image.hasAddresses) return false;
    const { address } = this;
    address.begin(message, length, leads.ttlOffset, leads.ttlFrom, leads.ttlCount);
    while (address.next()) {
      matchAddress(image, address.bytes, address.length, path);
      if (path.count > 0) return true;
    }
    return false;
  }

  /**
   * Decides on what the answer leads to: its aliases and service targets, then its addresses, each after the asked name,
   * which the last `judgeName` was about. The first that is blocked decides and leaves its verdict; else the first that
   * is observed; else the first that an exception lets through. Not to be asked where that name was approved.
   */
  judgeLeads(group: number, leads: Leads, now: Moment): number {
    const { image, target, address } = this;
    const { message, length, targetOffset, targetCount } = leads;
    const seconds = this.#seconds(now);
    this.#asked = this.path.stamp;
    this.#strictest = DECISION.PASS;
    this.#toldAt = 0;
    let last = 0;
    for (let index = 0; index < targetCount; index++) {
      last = targetOffset[index];
      if (readName(message, last, length, target) < 0) continue;
      if (this.#hear(this.#judgeTarget(group, seconds), last, 0)) return DECISION.BLOCK;
    }
    if (image.hasAddresses) {
      address.begin(message, length, leads.ttlOffset, leads.ttlFrom, leads.ttlCount);
      while (address.next()) {
        last = address.at;
        if (this.#hear(this.#judgeAddress(group, seconds), last, address.length)) return DECISION.BLOCK;
      }
    }
    // The verdict is shared: the one to be told is made again when others came after it.
    if (this.#toldAt !== 0 && this.#toldAt !== last) this.#judgeAgain(group, leads, seconds);
    return this.#strictest;
  }

  /** Keeps in mind the first of the strictest decisions so far, and where it stands; whether it is final. */
  #hear(decision: number, at: number, octets: number): boolean {
    if (decision === DECISION.BLOCK) return true;
    const tells = decision === DECISION.OBSERVE || this.verdict.exception >= 0;
    if (tells && decision > this.#strictest) {
      this.#strictest = decision;
      this.#toldAt = at;
      this.#toldOctets = octets;
    }
    return false;
  }

  #judgeAgain(group: number, { message, length }: Leads, seconds: number): void {
    if (this.#toldOctets > 0) {
      this.address.read(this.#toldAt, this.#toldOctets);
      this.#judgeAddress(group, seconds);
    } else {
      readName(message, this.#toldAt, length, this.target);
      this.#judgeTarget(group, seconds);
    }
  }

  #judgeTarget(group: number, seconds: number): number {
    const { image, target, path, verdict } = this;
    const decision = decideTarget(image, group, target, seconds, path, verdict, this.#asked);
    if (verdict.ruled) this.#isDated = this.#hasChanges;
    return decision;
  }

  #judgeAddress(group: number, seconds: number): number {
    const { image, address, path, verdict } = this;
    const { bytes, length } = address;
    const decision = decideAddress(image, group, bytes, length, seconds, path, verdict, this.#asked);
    if (verdict.ruled) this.#isDated = this.#hasChanges;
    return decision;
  }
}

/** Whether names that the group does not approve meet its fallback. */
function hasFallback(image: Image, group: number): boolean {
  return image.hasFallbacks && group >= 0 && image.fallbackModes[group] !== MODE.OFF;
}
