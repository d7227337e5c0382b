// What an import found: the configuration that is to be written, what became of each thing, and what could not be carried over.

import { readEndpoint } from '../settings/address.ts';
import { BYPASS_KINDS, bypassPolicy } from '../settings/bypass.ts';
import { listUrl } from '../settings/list-sources.ts';
import { isTrouble } from '../settings/problems.ts';
import { reaches } from '../settings/validate-network.ts';
import { Ids } from './ids.ts';
import { clientPrefix } from './servers.ts';

/** Something in the source: where it stands (`file:line`, or table and row), and what it is. */
export interface Item {
  at: string;
  what: string;
}

export interface Carried extends Item {
  /** What it became, in words. */
  as: string;
}

/** What was not carried over, or means something else now, why, and what to do about it. */
export interface Note extends Item {
  reason: string;
  fix: string;
}

export interface PlannedList {
  id: string;
  /** Where it comes from. */
  item: Item;
  title: string;
  /** A server, a file that is there already, or a text that is written beside the configuration. */
  from: { url: string; refresh: string } | { path: string } | { text: string | Uint8Array };
  format?: 'domains' | 'adblock' | 'rpz';
  match?: 'exact';
}

export interface PlannedPolicy {
  id: string;
  title: string;
  lists: string[];
  apps: string[];
}

export interface PlannedGroup {
  id: string;
  /** What is said of it in a comment. */
  about: string;
  /** Prefixes, or `any`. */
  subnets: string[] | 'any';
  /** Policies that act there, and how; all others are off. */
  blocks: string[];
  allow: string[];
  /** The policy by which every name is blocked that no list of `allow` has. */
  fallback?: string;
  bypass: Partial<Record<'canary' | 'relay', 'block' | 'off'>>;
}

/** A blocked answer, as the option has it. */
export type PlannedAnswer = 'nxdomain' | 'nodata' | 'null' | { sinkhole: { ipv4?: string; ipv6?: string } };

/** What an image holds of each at most, and what the options take. */
const MOST = { policies: 200, groups: 4000, lists: 1000, sockets: 64, upstreams: 16, forward: 1000, subnets: 100_000 };

/** In lists of plain names these tools mean each name alone. */
const ALONE = { match: 'exact' } as const;

const url = listUrl('');

/** Policies that come with Sluis. */
const BYPASS_IDS = BYPASS_KINDS.map(bypassPolicy);

/** What stands before the host of a URL is a name and a password. */
function withoutSecrets(what: string): string {
  return what.replaceAll(/:\/\/[^\s/]*@/g, '://…@');
}

/** Everything that is to be written. What does not fit or is no option of Sluis becomes a note, never silence. */
export class Plan {
  readonly tool: string;
  /** Where the tool took queries, as `address:port`. */
  readonly listen: string[] = [];
  readonly upstreams: string[] = [];
  readonly resolvers: string[] = [];
  readonly forward: { zones: string[]; upstreams: string[] }[] = [];
  readonly lists: PlannedList[] = [];
  readonly policies: PlannedPolicy[] = [];
  readonly groups: PlannedGroup[] = [];
  answer: PlannedAnswer = 'nxdomain';
  /** Seconds. */
  ttl: number | undefined;
  queriesPerSecond: number | undefined;
  readonly carried: Carried[] = [];
  readonly left: Note[] = [];
  readonly different: Note[] = [];
  readonly listIds = new Ids('list');
  readonly policyIds = new Ids('policy', BYPASS_IDS);
  readonly groupIds = new Ids('group');
  readonly #zones = new Set<string>();
  readonly #claimed = new Map<string, string>();

  constructor(tool: string) {
    this.tool = tool;
  }

  carry({ at, what }: Item, as: string): void {
    this.carried.push({ at, what: withoutSecrets(what), as });
  }

  leave({ at, what }: Item, reason: string, fix: string): void {
    this.left.push({ at, what: withoutSecrets(what), reason, fix });
  }

  differ({ at, what }: Item, reason: string, fix: string) {
    this.different.push({ at, what: withoutSecrets(what), reason, fix });
  }

  addSockets(item: Item, sockets: readonly string[]) {
    const fresh = sockets.filter((socket) => !this.listen.includes(socket));
    if (this.listen.length + fresh.length > MOST.sockets) {
      return this.leave(item, `more than ${MOST.sockets} sockets`, 'listen on all addresses: 0.0.0.0:53 and [::]:53');
    }
    this.listen.push(...fresh);
    this.carry(item, `listen.dns: ${sockets.join(', ')}`);
  }

  addUpstream(item: Item, server: string) {
    if (this.upstreams.includes(server)) return this.carry(item, `upstreams: ${server}`);
    if (this.upstreams.length >= MOST.upstreams) {
      return this.leave(item, `more than ${MOST.upstreams} upstreams`, 'choose those that matter');
    }
    this.upstreams.push(server);
    this.carry(item, `upstreams: ${server}`);
  }

  addResolver(item: Item, server: string): void {
    if (!this.resolvers.includes(server) && this.resolvers.length < MOST.upstreams) this.resolvers.push(server);
    this.carry(item, `updates.resolvers: ${server}, for the names of list servers`);
  }

  /** Zones that are there already are left as the first has them. */
  addForward(item: Item, zones: readonly string[], servers: readonly string[]) {
    const fresh = zones.filter((zone) => !this.#zones.has(zone));
    for (const zone of zones.filter((one) => this.#zones.has(one))) {
      const fix = 'name all its servers in one entry of "forward"';
      this.leave(item, `the zone ${zone} has servers already`, fix);
    }
    if (fresh.length === 0) return;
    if (this.forward.length >= MOST.forward) {
      return this.leave(item, `more than ${MOST.forward} forward zones`, 'put zones with the same servers together');
    }
    for (const zone of fresh) this.#zones.add(zone);
    this.forward.push({ zones: fresh, upstreams: servers.slice(0, MOST.upstreams) });
    this.carry(item, `forward: ${fresh.join(', ')} to ${servers.slice(0, MOST.upstreams).join(', ')}`);
  }

  /** Takes a list from a server; its id, or undefined where Sluis would not take it. */
  addUrl(item: Item, name: string, address: string, refresh: string): string | undefined {
    const read = url.safeParse(address);
    if (!read.success) {
      const [issue] = read.error.issues as unknown as { message: string; params?: { fix?: string } }[];
      this.leave(item, issue.message, issue.params?.fix ?? 'write the URL of the list');
      return undefined;
    }
    if (read.data.startsWith('http:')) {
      const fix =
        'add it to "lists", and to a policy or to "allow", with https: if its server has that, else with sha256 or signed_by';
      this.leave(item, 'a list over plain HTTP can be changed by anybody on the way', fix);
      return undefined;
    }
    return this.#addList(item, { title: name, from: { url: read.data, refresh }, ...ALONE }, `from ${read.data}`);
  }

  addFile(item: Item, name: string, path: string): string | undefined {
    if (path.length <= 1000 && !/\p{Cc}/u.test(path))
      return this.#addList(item, { title: name, from: { path }, ...ALONE }, `from ${path}`);
    this.leave(item, 'no path that can be written down', 'put the file elsewhere');
    return undefined;
  }

  addText(item: Item, name: string, list: Pick<PlannedList, 'format' | 'match'> & { text: string | Uint8Array }) {
    const { text, ...rest } = list;
    const lines = Buffer.from(text).toString('latin1').split('\n').length - 1;
    return this.#addList(item, { title: name, from: { text }, ...rest }, `beside the configuration, lines: ${lines}`);
  }

  #addList(item: Item, list: Omit<PlannedList, 'id' | 'item'>, where: string): string | undefined {
    if (this.lists.length >= MOST.lists) {
      this.leave(item, `more than ${MOST.lists} lists`, 'put several into one');
      return undefined;
    }
    const id = this.listIds.of(list.title);
    this.lists.push({ id, item, ...list });
    this.carry(item, `list ${id}, ${where}`);
    return id;
  }

  /** A policy that covers nothing is none. */
  addPolicy(
    item: Item,
    title: string,
    name: string,
    covers: { lists?: string[]; apps?: string[] },
  ): string | undefined {
    const { lists = [], apps = [] } = covers;
    if (lists.length + apps.length === 0) return undefined;
    return this.#addPolicy(item, title, name, lists, apps);
  }

  /** The policy by which a group with a default blocks what no list allows. */
  addFallback(item: Item, title: string, name: string): string | undefined {
    return this.#addPolicy(item, title, name, [], []);
  }

  #addPolicy(item: Item, title: string, name: string, lists: string[], apps: string[]): string | undefined {
    if (this.policies.length >= MOST.policies) {
      this.leave(item, `more than ${MOST.policies} policies`, 'put groups that have the same lists together');
      return undefined;
    }
    const id = this.policyIds.of(name);
    this.policies.push({ id, title, lists: [...new Set(lists)], apps: [...new Set(apps)] });
    this.carry(item, `policy ${id}`);
    return id;
  }

  /** A client belongs to one group: prefixes that another has are left to it. A group without clients is none. */
  addGroup(item: Item, name: string, group: Omit<PlannedGroup, 'id' | 'bypass'> & Partial<PlannedGroup>) {
    const subnets = group.subnets === 'any' ? group.subnets : this.#claim(item, name, group.subnets);
    if (subnets.length === 0) return;
    if (this.groups.length >= MOST.groups) {
      return this.leave(item, `more than ${MOST.groups} groups`, 'put clients that are treated alike together');
    }
    const id = this.groupIds.of(name);
    this.groups.push({ bypass: {}, ...group, id, subnets });
    const who = subnets === 'any' ? 'all clients that no other group has' : subnets.join(', ');
    this.carry(item, `group ${id}: ${who}`);
  }

  /** What no policy and no group names would be a mistake of the configuration: it is told instead. */
  withoutUnused() {
    const fallbacks = new Set(this.groups.map(({ fallback }) => fallback));
    const policies = this.policies.filter(({ id, lists, apps }) => lists.length + apps.length > 0 || fallbacks.has(id));
    this.policies.splice(0, Number.POSITIVE_INFINITY, ...policies);
    const named = new Set([...policies.flatMap(({ lists }) => lists), ...this.groups.flatMap(({ allow }) => allow)]);
    for (const { id, item } of this.lists.filter((list) => !named.has(list.id))) {
      this.leave(item, `list ${id} holds for no client`, 'name it in a policy, or under "allow" of a group');
    }
    this.lists.splice(0, Number.POSITIVE_INFINITY, ...this.lists.filter(({ id }) => named.has(id)));
  }

  /** Nobody is asked at a socket of our own: queries would go round in a loop. */
  withoutLoops(): void {
    const own = this.listen.flatMap((text) => {
      const socket = readEndpoint(text, undefined, 0);
      return isTrouble(socket) ? [] : [socket];
    });
    const isOwn = (server: string) => {
      const endpoint = readEndpoint(server, 53);
      return !isTrouble(endpoint) && own.some((socket) => reaches(endpoint, socket));
    };
    const clean = (servers: string[], what: string) => {
      for (const server of servers.filter(isOwn)) {
        const fix = 'name another server, or listen elsewhere';
        this.leave({ at: 'the result', what: `${what} ${server}` }, 'an address on which Sluis is to listen', fix);
      }
      return servers.filter((server) => !isOwn(server));
    };
    this.upstreams.splice(0, Infinity, ...clean(this.upstreams, 'upstreams'));
    this.resolvers.splice(0, Infinity, ...clean(this.resolvers, 'updates.resolvers'));
    const zones = this.forward.map((one) => ({ ...one, upstreams: clean(one.upstreams, `forward ${one.zones[0]}`) }));
    this.forward.splice(0, Infinity, ...zones.filter(({ upstreams }) => upstreams.length > 0));
  }

  #claim(item: Item, name: string, wanted: readonly string[]): string[] {
    const subnets: string[] = [];
    for (const text of wanted.slice(0, MOST.subnets)) {
      const prefix = clientPrefix(text);
      if (isTrouble(prefix)) this.leave({ ...item, what: `${item.what} ${text}` }, prefix.message, prefix.fix);
      else if (this.#claimed.has(prefix)) {
        const reason = `${prefix} is in group ${this.#claimed.get(prefix)} already`;
        this.leave(item, reason, 'a client belongs to one group: choose which');
      } else {
        this.#claimed.set(prefix, name);
        subnets.push(prefix);
      }
    }
    return subnets;
  }
}
