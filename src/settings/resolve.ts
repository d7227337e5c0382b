// From options as the table resolves them to settings as the program uses them.

import { EDE } from '../wire/codes.ts';
import { type Endpoint, endpointText, type Prefix } from './address.ts';
import { type Catalogue, selectApps } from './app-selection.ts';
import { bypassLists, bypassModes, bypassPolicies, strictestOf } from './bypass.ts';
import { clientsOf, type Device, type DeviceMatch, meansDevice } from './devices.ts';
import { resolveFrom } from './files.ts';
import { ANYWHERE } from './membership.ts';
import { canBeNamed, forwardersOf, meeting, type Naming } from './naming.ts';
import { EXTRA_TEXT_LENGTH } from './option-kinds.ts';
import type { Options } from './options.ts';
import { guardOf, listsOf, updatesOf } from './resolve-lists.ts';
import type {
  AnswerSettings,
  DeviceSettings,
  ExceptionSettings,
  GroupSettings,
  HitLogSettings,
  PolicySettings,
  Settings,
} from './settings.ts';
import { fileOf } from './shipped.ts';
import { graceEnd } from './values.ts';

type PolicyOptions = Options['policies'][number];
type AnswerOption = PolicyOptions['answer'];

/** What a blocked user is told when the policy does not say: whose decision, and where to ask. */
export function defaultText(id: string, ask: string): string {
  const text = ask && /^[\x20-\x7e]+$/.test(ask) ? `${id}: ask ${ask}` : id;
  return text.length <= EXTRA_TEXT_LENGTH ? text : id;
}

function answerOf(option: AnswerOption, policy: PolicyOptions): AnswerSettings {
  const kind = typeof option === 'string' ? option : 'sinkhole';
  // An address that is not the true one is a forged answer, whatever the policy says of its error (RFC 8914 §4.5).
  const ede = kind === 'null' || kind === 'sinkhole' ? EDE.FORGED : policy.ede;
  const cause = policy.ede === EDE.FORGED ? EDE.BLOCKED : policy.ede;
  const text = policy.text ?? defaultText(policy.id, policy.contact ?? policy.owner ?? '');
  const shared = { kind, ttl: policy.ttl, ede, cause, text } as const;
  if (typeof option === 'string') return { ...shared, ipv4: null, ipv6: null };
  const { ipv4 = null, ipv6 = null } = option.sinkhole;
  return { ...shared, ipv4, ipv6 };
}

function policyOf(policy: PolicyOptions, catalogue: Catalogue): PolicySettings {
  const { id, title, authority, decided, effective, deadline, review, expires, grace, jurisdictions, lists } = policy;
  const reached = selectApps(catalogue, policy).filter(({ unreachable }) => unreachable === null);
  return {
    id,
    title,
    authority,
    legalBasis: policy.legal_basis ?? '',
    source: policy.source ?? '',
    scope: policy.scope ?? {},
    owner: policy.owner ?? '',
    contact: policy.contact ?? '',
    reported: policy.reported ?? '',
    reason: policy.reason ?? {},
    decided,
    effective,
    blocks: grace !== undefined && effective !== null ? graceEnd(grace, effective) : null,
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

type GroupOptions = Options['groups'][number];
type MatchOptions = Exclude<GroupOptions['match'], 'any'>;

function groupOf(group: GroupOptions, options: Options, devices: readonly Device[], naming: Naming): GroupSettings {
  const { policies, listen } = options;
  const modes = policies.map(({ id }) => [id, group.modes[id] ?? 'off'] as const);
  const answers = policies.flatMap((policy) => {
    const option = Object.hasOwn(group.answers, policy.id) ? group.answers[policy.id] : undefined;
    return option === undefined ? [] : [[policy.id, answerOf(option, policy)] as const];
  });
  const strictest = strictestOf([...modes.map(([, mode]) => mode), group.default?.mode ?? 'off']);
  const match: MatchOptions = group.match === 'any' ? {} : group.match;
  const sockets = listen.dns.map(endpointText);
  const listeners = (match.listeners ?? []).map((listener) => sockets.indexOf(endpointText(listener)));
  return {
    id: group.id,
    any: group.match === 'any',
    prefixes: prefixesOf(match, devices),
    ...namedOf(match, devices, naming),
    listeners: [...new Set(listeners)],
    modes: { ...Object.fromEntries(modes), ...bypassModes(group.bypass, strictest) },
    answers: Object.fromEntries(answers),
    allow: [...new Set(group.allow)],
    fallback: group.default ?? null,
    mustBlock: group.must_block,
    mustAllow: group.must_allow,
    onMissing: group.on_missing_policy,
  };
}

function prefixesOf(match: MatchOptions, devices: readonly Device[]): Prefix[] {
  const { subnets, devices: meant, listeners } = match;
  if (listeners && !subnets && !meant) return [...ANYWHERE];
  return unique(clientsOf(subnets, meant && deviceMatch(meant), devices).map(({ prefix }) => prefix));
}

function deviceMatch({ kind, work_apps: workApps, ids }: NonNullable<MatchOptions['devices']>): DeviceMatch {
  return { kind, workApps, ids: ids && new Set(ids) };
}

function namedOf({ subnets, devices: meant }: MatchOptions, devices: readonly Device[], naming: Naming) {
  if (!meant) return { devices: [], forwarders: [] };
  const match = deviceMatch(meant);
  const named = devices.filter((device) => meansDevice(match, device) && canBeNamed(naming, device));
  return { devices: named.map(({ id }) => id), forwarders: meeting(forwardersOf(naming), subnets) };
}

function devicesOf(
  file: string,
  option: Options['devices'],
  devices: readonly Device[],
  naming: Naming,
): DeviceSettings {
  const isNamed = (device: Device) => canBeNamed(naming, device);
  const lost = devices.filter((device) => device.mac !== '' && device.addresses.length === 0 && !isNamed(device));
  return {
    file: option === undefined ? null : resolveFrom(file, option.file),
    macFrom: unique([...naming.mac]),
    idFrom: unique([...naming.id]),
    named: devices.filter(isNamed).map(({ id, mac }) => ({ id, mac })),
    unreachable: lost.length,
  };
}

function exceptionOf(exception: Options['exceptions'][number], devices: Map<string, Device>): ExceptionSettings {
  const named = exception.devices.flatMap((id) => devices.get(id)?.addresses ?? []);
  return {
    ...exception,
    clients: unique(exception.clients),
    devices: [...new Set(exception.devices)],
    prefixes: unique([...exception.clients, ...named]),
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

/** Who answers for a group's ways round: whoever it names, else the owners of what it bans, which they would defeat. */
function ownersOf({ bypass, default: fallback }: GroupOptions, { modes }: GroupSettings, policies: PolicyOptions[]) {
  if (bypass.owner !== undefined) return [bypass.owner];
  const acts = (id: string) => modes[id] !== 'off' || fallback?.policy === id;
  return policies.flatMap(({ id, owner }) => (owner !== undefined && acts(id) ? [owner] : []));
}

/** What was read beside the options: name servers of the file or of the system, the catalogue, the registry. */
export interface Beside {
  upstreams: Endpoint[];
  catalogue: Catalogue;
  devices: readonly Device[];
}

/** `options` must have passed every check. */
export function resolve(file: string, options: Options, { upstreams, catalogue, devices }: Beside): Settings {
  const byId = new Map(devices.map((device) => [device.id, device]));
  const { listen, admin, presets, forward, log, audit, learning, workers, cache, limits } = options;
  const policies = options.policies.map((policy) => policyOf(policy, catalogue));
  const apps = [...new Set(policies.flatMap((policy) => policy.apps))];
  const naming = { mac: options.devices?.mac_from ?? [], id: options.devices?.id_from ?? [] };
  const groups = options.groups.map((group) => groupOf(group, options, devices, naming));
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
    exceptions: options.exceptions.map((exception) => exceptionOf(exception, byId)),
    exceptionsFile: options.exceptions_file === undefined ? null : resolveFrom(file, options.exceptions_file),
    devices: devicesOf(file, options.devices, devices, naming),
    lists: [...listsOf(file, options, groups, policies), ...bypassLists(bypass)],
    updates: updatesOf(file, options, upstreams),
    guard: guardOf(options),
    searchDomains: [...new Set(options.search_domains)],
    structuredErrors: options.structured_errors,
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
    learning: {
      names: learning.names,
      file: learning.file === undefined ? null : resolveFrom(file, learning.file),
    },
    workers,
  };
}
