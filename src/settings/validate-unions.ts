// Checks of exceptions together: several that each are for few, and in one moment let all or most of a group through.

import type { Prefix } from './address.ts';
import type { Checks } from './checks.ts';
import { Covered } from './covered.ts';
import type { Device } from './devices.ts';
import { type Ground, groundOf, isOn } from './ground.ts';
import type { GroupRead } from './membership.ts';
import type { Path } from './problems.ts';
import { type Range, rangeOf } from './ranges.ts';
import { momentText } from './values.ts';

/** An exception that by itself is for few, with its clients by their addresses. */
export interface ExceptionRead {
  path: Path;
  id: string;
  policy: string;
  sealed: boolean;
  /** Unix seconds. */
  starts: number;
  expires: number;
  scope: Prefix[];
  /** Those of its devices that a forwarder can name. */
  devices: Device[];
}

/** What is counted of a group: addresses of a family, and devices that have none. */
const KINDS = [4, 6, 'devices'] as const;
type Kind = (typeof KINDS)[number];

/** What an exception takes in of a group: a run of one kind, counted from the first of the group's. */
interface Piece {
  exception: ExceptionRead;
  kind: Kind;
  range: Range;
}

/** How much of a group is let through from a moment on. */
interface Union {
  at: number;
  kind: Kind;
  covered: bigint;
  total: bigint;
  isWhole: boolean;
}

/** Of so few, one is half already. */
const FEW = 2n;
const NAMED = 5;

/** The addresses of a group in order, so that any range of addresses is a range of their numbers. */
class Numbered {
  readonly #ranges: readonly Range[];
  /** How many addresses are before each range, and in all. */
  readonly #before: bigint[] = [0n];

  /** In ranges that neither overlap nor touch. */
  constructor(ranges: readonly Range[]) {
    this.#ranges = ranges;
    for (const { start, end } of ranges) this.#before.push(this.total + end - start + 1n);
  }

  get total(): bigint {
    return this.#before[this.#before.length - 1];
  }

  /** The numbers of those in `range`; undefined where it has none of them. */
  of({ start, end }: Range): Range | undefined {
    const first = this.#ranges[0];
    if (!first || end < first.start || start > this.#ranges[this.#ranges.length - 1].end) return undefined;
    const numbers = { start: this.#countBelow(start), end: this.#countBelow(end + 1n) - 1n };
    return numbers.start <= numbers.end ? numbers : undefined;
  }

  #countBelow(address: bigint): bigint {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle].start < address) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return 0n;
    const { start, end } = this.#ranges[low - 1];
    const inside = address > end ? end - start + 1n : address - start;
    return this.#before[low - 1] + inside;
  }
}

function numbersOf({ ranges, devices }: Ground): Record<Kind, Numbered> {
  const all = devices.length > 0 ? [{ start: 0n, end: BigInt(devices.length - 1) }] : [];
  return { 4: new Numbered(ranges[4]), 6: new Numbered(ranges[6]), devices: new Numbered(all) };
}

/** `devices`: the numbers of the group's. */
function piecesOf(
  exception: ExceptionRead,
  numbered: Record<Kind, Numbered>,
  devices: ReadonlyMap<Device, bigint>,
): Piece[] {
  const addresses = exception.scope.flatMap((prefix): Piece[] => {
    const range = numbered[prefix.family].of(rangeOf(prefix));
    return range ? [{ exception, kind: prefix.family, range }] : [];
  });
  const named = exception.devices.flatMap((device): Piece[] => {
    const number = devices.get(device);
    return number === undefined ? [] : [{ exception, kind: 'devices', range: { start: number, end: number } }];
  });
  return [...addresses, ...named];
}

/** What becomes of a group while exceptions from one policy start and end. */
class Sweep {
  readonly #pieces: readonly Piece[];
  readonly #trees: Record<Kind, Covered>;
  readonly #totals: Record<Kind, bigint>;

  constructor(numbered: Record<Kind, Numbered>, pieces: readonly Piece[]) {
    this.#pieces = pieces;
    const treeOf = (kind: Kind) => new Covered(pieces.filter((piece) => piece.kind === kind).map(({ range }) => range));
    this.#trees = { 4: treeOf(4), 6: treeOf(6), devices: treeOf('devices') };
    this.#totals = { 4: numbered[4].total, 6: numbered[6].total, devices: numbered.devices.total };
  }

  /** The first moment at which the whole group is let through; else that at which most of it is, if that is over half. */
  worst(): Union | undefined {
    const events = this.#pieces.flatMap((piece) => [
      { at: piece.exception.starts, isStart: true, piece },
      { at: piece.exception.expires, isStart: false, piece },
    ]);
    // What ends at a moment is over when the other begins.
    events.sort((one, other) => one.at - other.at || Number(one.isStart) - Number(other.isStart));
    let worst: Union | undefined;
    for (const [index, { at, isStart, piece }] of events.entries()) {
      const tree = this.#trees[piece.kind];
      if (isStart) tree.add(piece.range);
      else tree.remove(piece.range);
      const next = events[index + 1];
      if (!isStart || (next?.at === at && next.isStart)) continue;
      worst = this.#worse(worst, at);
      if (worst?.isWhole) break;
    }
    return worst;
  }

  #worse(than: Union | undefined, at: number): Union | undefined {
    const isWhole = KINDS.every((kind) => this.#trees[kind].size === this.#totals[kind]);
    let worst = than;
    for (const kind of KINDS) {
      const covered = this.#trees[kind].size;
      const total = this.#totals[kind];
      const isMuch = total > FEW && covered * 2n > total;
      // As shares: both over the product of the totals.
      const isMore = worst === undefined || covered * worst.total > worst.covered * total;
      if (isWhole || (isMuch && isMore)) worst = { at, kind, covered, total, isWhole };
    }
    return worst;
  }
}

class UnionChecks {
  readonly #checks: Checks;
  readonly #groups: { group: GroupRead; ground: Ground; numbered: Record<Kind, Numbered> }[];

  constructor(checks: Checks, groups: readonly GroupRead[]) {
    this.#checks = checks;
    this.#groups = groups.flatMap((group) => {
      const ground = groundOf(group);
      return ground ? [{ group, ground, numbered: numbersOf(ground) }] : [];
    });
  }

  check(policy: string, exceptions: readonly ExceptionRead[]): void {
    for (const { group, ground, numbered } of this.#groups) {
      if (!isOn(group.value, policy)) continue;
      const devices = new Map(ground.devices.map((device, index) => [device, BigInt(index)]));
      const pieces = exceptions.flatMap((exception) => piecesOf(exception, numbered, devices));
      const worst = new Sweep(numbered, pieces).worst();
      if (worst) this.#tell(group, policy, worst, pieces);
    }
  }

  /** Told where the last of them to start stands. */
  #tell(group: GroupRead, policy: string, union: Union, pieces: readonly Piece[]): void {
    const { at, kind, covered, total, isWhole } = union;
    const inForce = pieces.map(({ exception }) => exception).filter((one) => one.starts <= at && at < one.expires);
    const by = [...new Set(inForce)];
    const last = by.filter(({ starts }) => starts === at).at(-1) ?? by[0];
    const from = `from ${momentText(at)} on`;
    const who = `${by.length === 1 ? 'exception' : 'exceptions'} ${namesOf(by)}`;
    if (isWhole) {
      const message = `${who} together take in all of group "${group.id}", at ${this.#checks.where(group.path)}, ${from}`;
      this.#checks.error(last.path, message, 'end some of them, or change the mode of the group');
      return;
    }
    const verb = by.length === 1 ? 'lets' : 'together let';
    const message = `${who} ${verb} ${covered} of the ${total} ${kind === 'devices' ? kind : `IPv${kind} addresses`} of group "${group.id}" through ${policy}, ${from}: more than half`;
    this.#checks.warn(last.path, message, 'end what is no longer needed, or change the mode of the group');
  }
}

/** Of sealed ones, how many there are. */
function namesOf(exceptions: readonly ExceptionRead[]): string {
  const ids = exceptions.filter(({ sealed }) => !sealed).map(({ id }) => id);
  const shut = exceptions.length - ids.length;
  const names = ids.length > NAMED ? [...ids.slice(0, NAMED), `${ids.length - NAMED} more`] : ids;
  if (shut > 0) names.push(`${shut} sealed`);
  const last = names.pop() ?? '';
  return names.length > 0 ? `${names.join(', ')} and ${last}` : last;
}

/** `exceptions` that each are sound: what they let through together, whenever one of them starts. */
export function validateUnions(
  checks: Checks,
  groups: readonly GroupRead[],
  exceptions: readonly ExceptionRead[],
): void {
  const unions = new UnionChecks(checks, groups);
  const byPolicy = Map.groupBy(exceptions, ({ policy }) => policy);
  for (const [policy, some] of byPolicy) unions.check(policy, some);
}
