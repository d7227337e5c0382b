// What a compilation tells of itself: how much it took in, and which lines it did not.

export interface Rejection {
  source: number;
  line: number;
  column: number;
  reason: string;
  text: string;
}

/** Lines of one kind that a source has and that are not honoured. */
export interface Leaving {
  source: number;
  kind: string;
  count: number;
  /** The first of them. */
  lines: number[];
}

/** What was taken from one source. */
export interface SourceStats {
  rules: number;
  duplicates: number;
  rejected: number;
  /** Of the rejected lines, how many for which reason; those of reasons that came late stand under the last. */
  reasons: { reason: string; count: number }[];
}

export interface CompileStats {
  /** Policy rules; special-use names and forward zones are not among them. */
  rules: number;
  /** Names that carry at least one rule of any kind. */
  names: number;
  /** Prefixes of addresses that carry a rule. */
  prefixes: number;
  nodes: number;
  labels: number;
  duplicates: number;
  rejected: number;
  sources: SourceStats[];
  /** Octets of the image, in all and by section; 0 and empty before `finish`. */
  octets: number;
  sections: Record<string, number>;
}
