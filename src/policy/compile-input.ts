// What a compilation is fed: sources, policies and groups as the settings have them, names and addresses as octets.

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
}

export interface PolicyInput {
  id: string;
  title: Record<string, string>;
  authority: string;
  contact: string;
  /** Unix seconds; null: always been, never ends. */
  effective: number | null;
  expires: number | null;
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
  prefixes: PrefixInput[];
  /** MODE by policy index; off where missing. */
  modes: number[];
  /** By policy index, instead of the policy's own answer. */
  answers?: (AnswerInput | null)[];
  /** Sources, by index, whose names this group always reaches. */
  allow: number[];
}
