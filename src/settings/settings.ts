// Settings as the program uses them: plain data, everything defaulted, addresses parsed, times in unix seconds.

import type { ANSWERS, Facet, MODES } from '../policy/rule.ts';
import type { Endpoint, Prefix } from './address.ts';
import type { ListFormat } from './list-formats.ts';
import type { OnMissing } from './on-missing.ts';

export type AnswerWord = (typeof ANSWERS)[number];
export type ModeWord = (typeof MODES)[number];
export type FacetWord = Exclude<Facet, 'none'>;

export interface AnswerSettings {
  kind: AnswerWord;
  /** Seconds. */
  ttl: number;
  /** Extended DNS error: 15, 16 or 17; 4 with null and sinkhole. */
  ede: number;
  /** What it is to clients that are given no forged address: 15, 16 or 17. */
  cause: number;
  /** Printable ASCII, at most 96. */
  text: string;
  /** Of a sinkhole; 4 and 16 octets. */
  ipv4: Uint8Array | null;
  ipv6: Uint8Array | null;
}

export interface PolicySettings {
  id: string;
  /** By language; `und` where the author gave one text. */
  title: Record<string, string>;
  /** By language, as the title. */
  authority: Record<string, string>;
  legalBasis: string;
  /** Where it is published; empty where nobody says. */
  source: string;
  /** For whom it is meant, in words, by language. */
  scope: Record<string, string>;
  owner: string;
  contact: string;
  /** What the authority did not publish itself, and who reported it; empty where it published all. */
  reported: string;
  reason: Record<string, string>;
  /** Unix seconds, or null. */
  decided: number | null;
  effective: number | null;
  /** From when it may block; before that it observes at most. Null: from the beginning. */
  blocks: number | null;
  deadline: number | null;
  review: number | null;
  expires: number | null;
  onExpiry: 'keep-and-alert' | 'observe' | 'off';
  /** As given: ISO 3166-1 alpha-2. */
  jurisdictions: string[];
  contested: boolean;
  /** Every app that is covered, by name, as a successor or by jurisdiction, and has names. */
  apps: string[];
  lists: string[];
  facets: FacetWord[];
  answer: AnswerSettings;
}

export interface GroupSettings {
  id: string;
  /** Whether it takes the clients that no other group has. */
  any: boolean;
  /** Subnets, or the addresses of the devices that it means; where sockets alone tell its clients, every address. */
  prefixes: Prefix[];
  /** Devices that it means and that a forwarder can name, by id, and the forwarders within its subnets that may. */
  devices: string[];
  forwarders: Prefix[];
  /** Indices of listen.dns by which its clients come; empty for all. */
  listeners: number[];
  /** Every policy has a mode. */
  modes: Record<string, ModeWord>;
  /** By policy, where the group has an answer of its own. */
  answers: Record<string, AnswerSettings>;
  /** Lists whose names are answered whatever a policy says. */
  allow: string[];
  /** What becomes of names that `allow` does not have and no policy blocks. */
  fallback: { mode: 'observe' | 'block'; policy: string } | null;
  /** Canonical names that policies must block here, and that none may. */
  mustBlock: string[];
  mustAllow: string[];
  onMissing: OnMissing;
}

export type Ground = 'inspection' | 'investigation' | 'intelligence';

export interface ExceptionSettings {
  id: string;
  ground: Ground;
  policy: string;
  /** As written; what they come to is in `prefixes`. */
  clients: Prefix[];
  devices: string[];
  /** Clients, and the addresses of devices, each once. */
  prefixes: Prefix[];
  owner: string;
  approver: string;
  reason: string;
  ticket: string;
  /** Unix seconds; it lets through from the first to before the second. */
  starts: number;
  expires: number;
  /** Whether nobody but the auditor is shown more than that it exists. */
  sealed: boolean;
}

/** The device registry, beside the addresses in it, which groups and exceptions have. */
export interface DeviceSettings {
  /** Absolute; null where none is named. */
  file: string | null;
  /** Whose word is taken on the MAC, and on the id, of the device that asks. */
  macFrom: Prefix[];
  idFrom: Prefix[];
  /** Devices that can be named so; the MAC as `00:00:5e:00:53:01`, or empty. */
  named: { id: string; mac: string }[];
  /** How many have a MAC, no address, and nobody who could name them. */
  unreachable: number;
}

export interface ListSettings {
  id: string;
  title: string;
  /** Absolute path; of a list that is fetched, its URL. */
  file: string;
  /** Null for a list that is not fetched; `refresh` in seconds. */
  fetched: { refresh: number } | null;
  /** What it must be, in hexadecimal; null for whatever it is. */
  sha256: string | null;
  /** Who must have signed it, and where the signature is: as `file`. */
  signed: { by: string; at: string } | null;
  /** What happens when it cannot be had: as the strictest of the groups that need it has it. */
  onMissing: OnMissing;
  /** Whether it comes with Sluis: then there is nothing to keep of it and nothing to guard. */
  shipped: boolean;
  /** `bypass` is that of the files in config/bypass, which no configuration names; null: told by looking. */
  format: ListFormat | 'bypass' | null;
  /** Null: as its format and its lines have it. */
  match: 'suffix' | 'exact' | null;
  /** Octets, unpacked. */
  maxSize: number;
}

export interface UpdateSettings {
  /** Absolute; null where none is named. */
  folder: string | null;
  /** Seconds for one list. */
  timeout: number;
  /** Who is asked for the names of list servers. */
  resolvers: Endpoint[];
  /** Absolute; null where none is named. */
  ca: string | null;
}

export interface GuardSettings {
  /** Shares of the rules before an update; infinite for no bound. */
  growth: number;
  shrink: number;
  /** Canonical names that no list blocks, and those of them that lists may block all the same. */
  protect: string[];
  unprotect: string[];
}

/** An app of the catalogue that some policy covers. */
export interface AppSettings {
  id: string;
  /** Absolute. */
  file: string;
}

export interface ForwardSettings {
  /** Canonical text. */
  zones: string[];
  upstreams: Endpoint[];
}

export interface HitLogSettings {
  /** `off`, `stdout`, or an absolute path. */
  to: string;
  clients: 'pseudonym' | 'plain' | 'none';
  /** Absolute; null where none is given. */
  keyFile: string | null;
  /** Octets. */
  maxSize: number;
  keep: number;
  /** Lines a second to a file; 0 for no limit. */
  maxRate: number;
}

export interface Settings {
  /** The file that they come from. */
  file: string;
  listen: { dns: Endpoint[] };
  admin: { listen: Endpoint };
  /** Never empty. */
  upstreams: Endpoint[];
  /** Whether `upstreams` was taken from the system. */
  systemUpstreams: boolean;
  presets: string[];
  forward: ForwardSettings[];
  policies: PolicySettings[];
  groups: GroupSettings[];
  /** Those of the file, then those of `exceptionsFile`. */
  exceptions: ExceptionSettings[];
  /** Absolute; null where none is named. */
  exceptionsFile: string | null;
  devices: DeviceSettings;
  lists: ListSettings[];
  updates: UpdateSettings;
  guard: GuardSettings;
  /** Canonical text. */
  searchDomains: string[];
  /** Whether clients that ask for it are told of a block as an object. */
  structuredErrors: boolean;
  /** Each once, in the order of the policies. */
  apps: AppSettings[];
  /** The folder of the catalogue, absolute. */
  blocklists: string;
  /** Octets and seconds. */
  cache: { size: number; stale: number; maxTtl: number; maxNegativeTtl: number };
  /** `tcpIdle` in seconds; `queriesPerSecond` 0 for no limit. */
  limits: { tcpClients: number; tcpPerClient: number; tcpPipelined: number; tcpIdle: number; queriesPerSecond: number };
  log: { level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'; hits: HitLogSettings };
  /** Absolute; null where none is given. */
  audit: { file: string | null };
  /** What managed groups ask for: so many names, 0 for none; the file absolute, null where none is given. */
  learning: { names: number; file: string | null };
  workers: { datagram: number | 'auto'; driver: 'auto' | 'batched' | 'portable' };
}
