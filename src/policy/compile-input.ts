// What a compilation is fed: sources, policies, groups and exceptions as the settings have them, names and addresses as
// octets.

/** One list or one app of the catalogue. */
export interface SourceInput {
  id: string;
  kind: 'app' | 'list';
  title: string;
  file: string;
}

/** What a blocked name is answered with; `kind` is one of ANSWER, `ttl` in seconds, `text` ASCII of 96 at most. */
export interface AnswerInput {
  kind: number;
  ttl: number;
  ede: number;
  text: string;
  ipv4?: Uint8Array;
  ipv6?: Uint8Array;
  /** What a client gets that asks for it: no address, this extended error, and one of these texts of it. */
  structured?: StructuredInput | null;
}

/** I-JSON of MAX_STRUCTURED_TEXT octets at most each; `short` is for where `full` does not fit. Empty: no text. */
export interface StructuredInput {
  ede: number;
  full: string;
  short: string;
}

export interface PolicyInput {
  id: string;
  title: Record<string, string>;
  authority: string;
  contact: string;
  /** Unix seconds; null: always been, never ends. */
  effective: number | null;
  expires: number | null;
  /** Unix seconds from which it may block; between `effective` and that it observes at most. null: from the beginning. */
  blocks?: number | null;
  /** MODE after expiry; BLOCK keeps the group's mode as it was. */
  onExpiry: number;
  /** What it covers: sources by index, and bits over FACETS; ALL_FACETS for lists. */
  selections: { source: number; facets: number }[];
  answer: AnswerInput;
}

export interface PrefixInput {
  family: 4 | 6;
  /** 4 or 16 octets; what lies beyond `length` bits is ignored. */
  address: Uint8Array;
  length: number;
}

export interface GroupInput {
  id: string;
  /** Takes the clients that no prefix names; one group at most. */
  any: boolean;
  /** /32 and /128 of single devices among them. */
  prefixes: PrefixInput[];
  /** Listen addresses, by index in their order; empty: all. At one prefix, a group that names the listener goes first. */
  listeners?: readonly number[];
  /** Devices, by index, whoever names them from one of these prefixes; of several groups, at each place one. */
  devices?: readonly number[];
  forwarders?: readonly PrefixInput[];
  /** MODE by policy index; off where missing. */
  modes: number[];
  /** By policy index, instead of the policy's own answer. */
  answers?: (AnswerInput | null)[];
  /** Sources, by index, whose names this group always reaches. */
  allow: number[];
  /** What becomes of names that no list in `allow` approves: MODE.OBSERVE or BLOCK, by this policy. null: nothing. */
  fallback?: { mode: number; policy: number } | null;
}

/** A dated way through one policy for some clients, that somebody approved. */
export interface ExceptionInput {
  id: string;
  policy: number;
  prefixes: readonly PrefixInput[];
  /** Devices, by index, from wherever they are named. */
  devices?: readonly number[];
  /** Unix seconds: in force from the first until before the second. */
  starts: number;
  expires: number;
  /** Nobody but the auditor is told of it: its id stays out of the image. */
  sealed: boolean;
}

/** A device that somebody may name. */
export interface DeviceInput {
  /** ASCII of 63 octets at most. */
  id: string;
  /** Six octets; null where it is not known. */
  mac: Uint8Array | null;
}

/** From where it is taken by which MAC, and by which id, devices are named. */
export interface NamingInput {
  mac: readonly PrefixInput[];
  id: readonly PrefixInput[];
}
