// Ways round the resolver: each kind acts as a policy of its own, for which the configuration of the groups answers.

import { shippedList } from './resolve-lists.ts';
import type { GroupSettings, ListSettings, ModeWord, PolicySettings } from './settings.ts';
import { bypassFile } from './shipped.ts';

/** What each kind is called, by language, where a policy is told by its title. */
const TITLES = {
  canary: {
    nl: 'Firefox blijft bij deze resolver',
    fr: 'Firefox reste sur ce résolveur',
    de: 'Firefox bleibt bei diesem Resolver',
    en: 'Firefox stays with this resolver',
  },
  relay: {
    nl: 'Geen iCloud Private Relay',
    fr: 'Pas de relais privé iCloud',
    de: 'Kein iCloud Privat-Relay',
    en: 'No iCloud Private Relay',
  },
  ddr: {
    nl: 'Geen overstap naar een andere resolver',
    fr: 'Pas de passage à un autre résolveur',
    de: 'Kein Wechsel zu einem anderen Resolver',
    en: 'No move to another resolver',
  },
  doh: {
    nl: 'Geen versleutelde DNS elders',
    fr: 'Pas de DNS chiffré ailleurs',
    de: 'Kein verschlüsseltes DNS anderswo',
    en: 'No encrypted DNS elsewhere',
  },
  vpn: { nl: 'Geen VPN van derden', fr: 'Pas de VPN tiers', de: 'Kein VPN Dritter', en: 'No VPN of others' },
} as const;

export type BypassKind = keyof typeof TITLES;
export const BYPASS_KINDS = Object.keys(TITLES) as BypassKind[];

const PREFIX = 'bypass-';

/** The id of the policy by which a kind acts; no other policy may have it. */
export function bypassPolicy(kind: BypassKind): string {
  return PREFIX + kind;
}

/** The kind that acts as the policy with this id; undefined for all other policies. */
export function bypassKind(policy: string): BypassKind | undefined {
  return BYPASS_KINDS.find((kind) => bypassPolicy(kind) === policy);
}

/** What a group says of ways round; without a mode, the kind has its default. */
export type BypassChoice = { owner?: string | undefined } & { [K in BypassKind]?: ModeWord | undefined };

/** Policy ids and modes of a group whose strictest policy, or default, has the mode `strictest`. */
export function bypassModes(choice: BypassChoice, strictest: ModeWord): Record<string, ModeWord> {
  // What asks first is told what the group does. Servers that only some ask are watched: to block one may break a
  // device. Networks of others are no resolver, and a matter of their own.
  const defaults: Record<BypassKind, ModeWord> = {
    canary: strictest,
    relay: strictest,
    ddr: strictest,
    doh: strictest === 'off' ? 'off' : 'observe',
    vpn: 'off',
  };
  return Object.fromEntries(BYPASS_KINDS.map((kind) => [bypassPolicy(kind), choice[kind] ?? defaults[kind]]));
}

/** The strictest of several modes; off for none. */
export function strictestOf(modes: readonly ModeWord[]): ModeWord {
  if (modes.includes('block')) return 'block';
  return modes.includes('observe') ? 'observe' : 'off';
}

/** A group as resolved, and who answers for its ways round: its own word, or the owners of what it bans. */
export interface Guarded {
  group: GroupSettings;
  owners: readonly string[];
}

/**
 * The policies of all kinds that some group does not have off. `textOf` makes the text of a blocked answer from a
 * policy's id and whom to ask.
 */
export function bypassPolicies(
  groups: readonly Guarded[],
  textOf: (id: string, ask: string) => string,
): PolicySettings[] {
  return BYPASS_KINDS.flatMap((kind) => {
    const id = bypassPolicy(kind);
    const guarded = groups.filter(({ group }) => group.modes[id] !== 'off');
    return guarded.length === 0 ? [] : [policyOf(kind, guarded, textOf)];
  });
}

function policyOf(
  kind: BypassKind,
  guarded: readonly Guarded[],
  textOf: (id: string, ask: string) => string,
): PolicySettings {
  const id = bypassPolicy(kind);
  const owners = [...new Set(guarded.flatMap((one) => one.owners))];
  return {
    id,
    title: { ...TITLES[kind] },
    authority: { en: authorityOf(guarded.map(({ group }) => group.id)) },
    legalBasis: '',
    source: '',
    scope: {},
    owner: owners.join(', '),
    contact: '',
    reported: '',
    reason: {},
    decided: null,
    effective: null,
    blocks: null,
    deadline: null,
    review: null,
    expires: null,
    onExpiry: 'keep-and-alert',
    jurisdictions: [],
    contested: false,
    apps: [],
    lists: [bypassListId(kind)],
    facets: [],
    // Never an address, whatever the group gives for what it bans: one turns on what is to stay off.
    answer: {
      kind: kind === 'ddr' ? 'nodata' : 'nxdomain',
      ttl: 60,
      ede: 15,
      cause: 15,
      text: textOf(id, owners.length === 1 ? owners[0] : ''),
      ipv4: null,
      ipv6: null,
    },
  };
}

/** Nobody decided by decree: the admin did, in the configuration of these groups. */
function authorityOf(groups: readonly string[]): string {
  if (groups.length > 3) return `Configuration of ${groups.length} groups`;
  return `Configuration of ${groups.length === 1 ? 'group' : 'groups'} ${groups.join(', ')}`;
}

/** No list of a configuration can be called so. */
export function bypassListId(kind: BypassKind): string {
  return `bypass:${kind}`;
}

/** The names that these policies are about, from the files that come with Sluis. */
export function bypassLists(policies: readonly PolicySettings[]): ListSettings[] {
  return policies.flatMap(({ id, title }) => {
    const kind = bypassKind(id);
    if (!kind) return [];
    return [shippedList(bypassListId(kind), title.en, bypassFile(kind), 'bypass')];
  });
}
