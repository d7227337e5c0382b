// What was learnt of each group with a default, for people to decide on: by domain, without what is approved by now.

import { getDomain } from 'tldts';
import { decideRules, Verdict } from '../policy/decide.ts';
import type { Image } from '../policy/image.ts';
import { Path } from '../policy/match.ts';
import { type Metadata, readMetadata } from '../policy/metadata.ts';
import { fallbackAt } from '../policy/moments.ts';
import { DECISION, MODES } from '../policy/rule.ts';
import { Name } from '../wire/name.ts';
import { nameFromText } from '../wire/name-text.ts';
import { addSketch, emptySketch, type Sketch } from './client-sketch.ts';
import { clientsOf, type LearningTable, type LearntGroup, type LearntName } from './learning-table.ts';

/** Of a name, or of all names of a domain together. */
interface Asked {
  name: string;
  count: number;
  blocked: number;
  /** About how many. Those before a restart and those since may be the same, and are not added up. */
  clients: number;
  /** ISO 8601 in UTC. */
  first: string;
  last: string;
  /** The policy that blocks or observes it in this group, whatever the default says: to allow it would lift that. */
  policy: string | null;
}

export interface ReportedDomain extends Asked {
  names: Asked[];
}

export interface ReportedGroup {
  group: string;
  /** What its default does now, and by which policy. */
  mode: (typeof MODES)[number];
  policy: string;
  /** When it was first asked for something; null where nothing was yet. */
  since: string | null;
  /** Queries for what no list allows, and of these how many the default blocked. */
  count: number;
  blocked: number;
  /** Names that had to go for want of room, each time that one did, and their queries. */
  forgotten: { names: number; count: number };
  /** Names that the default would meet no more, and names asked for less often than was wanted: not among `domains`. */
  approved: number;
  rare: number;
  /** What most clients asked for comes first. */
  domains: ReportedDomain[];
}

export interface LearningReport {
  /** ISO 8601 in UTC. */
  at: string;
  generation: number;
  /** Whether every query for what no list allows stands in it. */
  complete: boolean;
  /** Hits, of whichever group and policy, that were not looked at: that many queries may be missing. */
  unseen: number;
  /** Where it is kept over restarts; null where it is not. */
  file: string | null;
  problem: string;
  groups: ReportedGroup[];
}

/** What there is to report on. */
export interface Learnt {
  table: LearningTable;
  unseen: number;
  file: string | null;
  problem: string;
}

export interface LearningRequest {
  learnt: Learnt;
  image: Image;
  /** One group by its id; all where left out. */
  group?: string | undefined;
  /** Names with fewer queries are counted and left out. */
  least: number;
  /** Unix seconds. */
  at: number;
}

/** Names are read already: nothing has to be found in them or checked again. */
const READ_NAME = { allowPrivateDomains: true, extractHostname: false, validateHostname: false, detectIp: false };

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** What the rules of the image in force say of names, for a group. */
class Rules {
  readonly #image: Image;
  readonly #metadata: Metadata;
  readonly #at: number;
  readonly #path = new Path();
  readonly #verdict = new Verdict();
  readonly #name: Name;

  constructor(image: Image, metadata: Metadata, at: number) {
    this.#image = image;
    this.#metadata = metadata;
    this.#at = at;
    this.#name = new Name(image.seed);
  }

  /** Whether the group's default has nothing to say of it, and the policy that has. */
  of(group: number, text: string): { isApproved: boolean; policy: string | null } {
    const [path, verdict] = [this.#path, this.#verdict];
    nameFromText(text, this.#name);
    const decision = decideRules(this.#image, group, this.#name, this.#at, path, verdict);
    const isApproved = verdict.approved || path.special > 0 || path.forward >= 0;
    return { isApproved, policy: decision < DECISION.OBSERVE ? null : this.#metadata.policies[verdict.policy].id };
  }
}

/** The domain that somebody registered; the name itself where nobody did, or where a dot in it may be no separator. */
function registrable(name: string): string {
  return name.includes('\\') ? name : (getDomain(name, READ_NAME) ?? name);
}

interface Domain {
  name: string;
  names: { name: string; entry: LearntName; policy: string | null }[];
}

export function learningReport({ learnt, image, group: wanted, least, at }: LearningRequest): LearningReport {
  const metadata = readMetadata(image);
  const rules = new Rules(image, metadata, at);
  const groups = metadata.groups.flatMap(({ id, fallback }, number): ReportedGroup[] => {
    if (!fallback || (wanted !== undefined && id !== wanted)) return [];
    const mode = MODES[fallbackAt(image, number, at)];
    const policy = metadata.policies[fallback.policy].id;
    return [{ group: id, mode, policy, ...groupOf(learnt.table.groups.get(id), number, rules, least) }];
  });
  const { unseen, file, problem } = learnt;
  const complete = unseen === 0 && groups.every(({ forgotten }) => forgotten.count === 0);
  return { at: timeText(at), generation: image.generation, complete, unseen, file, problem, groups };
}

function groupOf(
  learnt: LearntGroup | undefined,
  number: number,
  rules: Rules,
  least: number,
): Omit<ReportedGroup, 'group' | 'mode' | 'policy'> {
  const { since, count, blocked, forgotten, names } = learnt ?? NOTHING;
  const domains = new Map<string, Domain>();
  let [approved, rare] = [0, 0];
  for (const [name, entry] of names) {
    const { isApproved, policy } = rules.of(number, name);
    if (isApproved) approved++;
    else if (entry.count < least) rare++;
    else {
      const domain = registrable(name);
      const found: Domain = domains.get(domain) ?? { name: domain, names: [] };
      found.names.push({ name, entry, policy });
      domains.set(domain, found);
    }
  }
  const reported = [...domains.values()].map((domain) => domainOf(domain, rules.of(number, domain.name).policy));
  return {
    since: since === null ? null : timeText(since),
    count,
    blocked,
    forgotten,
    approved,
    rare,
    domains: reported.sort(byClients),
  };
}

const NOTHING = {
  ...{ since: null, count: 0, blocked: 0, forgotten: { names: 0, count: 0 } },
  names: new Map<string, LearntName>(),
};

function byClients(a: Asked, b: Asked): number {
  return b.clients - a.clients || b.count - a.count || (a.name < b.name ? -1 : 1);
}

function domainOf({ name, names }: Domain, policy: string | null): ReportedDomain {
  const sketch: Sketch = emptySketch();
  const all = { count: 0, blocked: 0, first: Infinity, last: 0, sketch, earlier: 0 };
  for (const { entry } of names) {
    all.count += entry.count;
    all.blocked += entry.blocked;
    all.first = Math.min(all.first, entry.first);
    all.last = Math.max(all.last, entry.last);
    all.earlier = Math.max(all.earlier, entry.earlier);
    addSketch(sketch, entry.sketch);
  }
  const each = names.map((one) => asked(one.name, one.entry, one.policy));
  return { ...asked(name, all, policy), names: each.sort(byClients) };
}

function asked(name: string, entry: LearntName, policy: string | null): Asked {
  const { count, blocked, first, last } = entry;
  return { name, count, blocked, clients: clientsOf(entry), first: timeText(first), last: timeText(last), policy };
}
