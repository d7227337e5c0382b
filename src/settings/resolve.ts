// From options as the table resolves them to settings as the program uses them.

import type { Endpoint } from './address.ts';
import { type Catalogue, selectApps } from './app-selection.ts';
import { bypassLists, bypassModes, bypassPolicies, strictestOf } from './bypass.ts';
import { EXTRA_TEXT_LENGTH } from './option-kinds.ts';
import type { Options } from './options.ts';
import type {
  AnswerSettings,
  GroupSettings,
  HitLogSettings,
  ListSettings,
  PolicySettings,
  Settings,
} from './settings.ts';
import { baselineFile, fileOf } from './shipped.ts';
import { resolveFrom } from './validate-policies.ts';

type PolicyOptions = Options['policies'][number];
type AnswerOption = PolicyOptions['answer'];

/** What a blocked user is told when the policy does not say: whose decision, and where to ask. */
function defaultText(id: string, ask: string): string {
  const text = ask && /^[\x20-\x7e]+$/.test(ask) ? `${id}: ask ${ask}` : id;
  return text.length <= EXTRA_TEXT_LENGTH ? text : id;
}

function answerOf(option: AnswerOption, policy: PolicyOptions): AnswerSettings {
  const shared = {
    ttl: policy.ttl,
    ede: policy.ede,
    text: policy.text ?? defaultText(policy.id, policy.contact ?? policy.owner ?? ''),
  };
  if (typeof option === 'string') return { kind: option, ...shared, ipv4: null, ipv6: null };
  const { ipv4 = null, ipv6 = null } = option.sinkhole;
  return { kind: 'sinkhole', ...shared, ipv4, ipv6 };
}

function policyOf(policy: PolicyOptions, catalogue: Catalogue): PolicySettings {
  const { id, title, authority, decided, effective, deadline, review, expires, jurisdictions, lists } = policy;
  const reached = selectApps(catalogue, policy).filter(({ unreachable }) => unreachable === null);
  return {
    id,
    title,
    authority,
    legalBasis: policy.legal_basis ?? '',
    owner: policy.owner ?? '',
    contact: policy.contact ?? '',
    reported: policy.reported ?? '',
    reason: policy.reason ?? {},
    decided,
    effective,
    deadline,
    review,
    expires,
    onExpiry: policy.on_expiry,
    jurisdictions: [...new Set(jurisdictions)],
    contested: policy.contested,
    apps: reached.map((app) => app.id),
    lists: [...new Set(lists)],
    facets: [...new Set(policy.facets)],
    answer: answerOf(policy.answer, policy),
  };
}

function groupOf(group: Options['groups'][number], policies: PolicyOptions[]): GroupSettings {
  const modes = policies.map(({ id }) => [id, group.modes[id] ?? 'off'] as const);
  const answers = policies.flatMap((policy) => {
    const option = Object.hasOwn(group.answers, policy.id) ? group.answers[policy.id] : undefined;
    return option === undefined ? [] : [[policy.id, answerOf(option, policy)] as const];
  });
  const any = group.match === 'any';
  return {
    id: group.id,
    any,
    prefixes: group.match === 'any' ? [] : unique(group.match.subnets),
    modes: { ...Object.fromEntries(modes), ...bypassModes(group.bypass, strictestOf(modes.map(([, mode]) => mode))) },
    answers: Object.fromEntries(answers),
    allow: [...new Set(group.allow)],
  };
}

function unique<T extends { text: string }>(values: T[]): T[] {
  return [...new Map(values.map((value) => [value.text, value])).values()];
}

function hitLogOf(
  file: string,
  { to, clients, key_file, max_size, keep, max_rate }: Options['log']['hits'],
): HitLogSettings {
  return {
    to: to.includes('/') ? resolveFrom(file, to) : to,
    clients,
    keyFile: key_file === undefined ? null : resolveFrom(file, key_file),
    maxSize: max_size,
    keep,
    maxRate: max_rate,
  };
}

function listsOf(file: string, { lists, groups }: Options): ListSettings[] {
  const own = lists.map(({ id, title, file: path, format, match }) => ({
    id,
    title: title ?? id,
    file: resolveFrom(file, path),
    format,
    match: match ?? (format === 'hosts' ? ('exact' as const) : ('suffix' as const)),
  }));
  const packs = [...new Set(groups.flatMap(({ allow }) => allow))].flatMap((id) => {
    const pack = baselineFile(id);
    return pack === undefined
      ? []
      : [{ id, title: id, file: pack, format: 'sluis' as const, match: 'suffix' as const }];
  });
  return [...own, ...packs];
}

/** Who answers for a group's ways round: whoever it names, else the owners of what it bans, which they would defeat. */
function ownersOf(
  { bypass }: Options['groups'][number],
  { modes }: GroupSettings,
  policies: PolicyOptions[],
): string[] {
  if (bypass.owner !== undefined) return [bypass.owner];
  return policies.flatMap(({ id, owner }) => (owner !== undefined && modes[id] !== 'off' ? [owner] : []));
}

/** `options` must have passed every check; `upstreams` are those of the file or of the system. */
export function resolve(file: string, options: Options, upstreams: Endpoint[], catalogue: Catalogue): Settings {
  const { listen, admin, presets, forward, log, audit, workers, cache, limits } = options;
  const policies = options.policies.map((policy) => policyOf(policy, catalogue));
  const apps = [...new Set(policies.flatMap((policy) => policy.apps))];
  const groups = options.groups.map((group) => groupOf(group, options.policies));
  const guarded = groups.map((group, g) => ({ group, owners: ownersOf(options.groups[g], group, options.policies) }));
  const bypass = bypassPolicies(guarded, defaultText);
  return {
    file,
    listen,
    admin,
    upstreams,
    systemUpstreams: options.upstreams === 'system',
    presets,
    forward,
    policies: [...policies, ...bypass],
    groups,
    lists: [...listsOf(file, options), ...bypassLists(bypass)],
    apps: apps.map((id) => ({ id, file: fileOf(catalogue.directory, id) })),
    blocklists: catalogue.directory,
    cache: { size: cache.size, stale: cache.stale, maxTtl: cache.max_ttl, maxNegativeTtl: cache.max_negative_ttl },
    limits: {
      tcpClients: limits.tcp_clients,
      tcpPerClient: limits.tcp_per_client,
      tcpPipelined: limits.tcp_pipelined,
      tcpIdle: limits.tcp_idle,
      queriesPerSecond: limits.queries_per_second,
    },
    log: { level: log.level, hits: hitLogOf(file, log.hits) },
    audit: { file: audit.file === undefined ? null : resolveFrom(file, audit.file) },
    workers,
  };
}
