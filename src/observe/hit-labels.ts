// What the numbers of a policy hit stand for: the ids of the generation that decided it, ready to be written.

import type { EventReader } from '../engine/event-reader.ts';
import { Image } from '../policy/image.ts';
import { type Metadata, readMetadata } from '../policy/metadata.ts';
import { DECISION, FACET_NONE, FACETS, MATCHES } from '../policy/rule.ts';

/** What is kept written out: more combinations than are blocked at any one time, and a bound. */
const MOST_KEPT = 4096;

const encoder = new TextEncoder();

export class HitLabels {
  readonly generation: number;
  readonly #metadata: Metadata;
  /** By source, and then by the event's `where`: what `policyPart` returned. */
  #parts: Map<number, Uint8Array>[] = [];
  #kept = 0;

  /** `buffer` is an image that has passed its check. */
  constructor(buffer: SharedArrayBuffer) {
    const image = new Image(buffer);
    this.generation = image.generation;
    this.#metadata = readMetadata(image);
  }

  policy({ policy }: EventReader): Metadata['policies'][number] | undefined {
    return this.#metadata.policies[policy];
  }

  group({ group }: EventReader): string {
    return this.#metadata.groups[group]?.id ?? '';
  }

  source({ source }: EventReader): Metadata['sources'][number] | undefined {
    return this.#metadata.sources[source];
  }

  /** Empty where the rule's list knows no facets. */
  facet({ facet }: EventReader): string {
    return facet === FACET_NONE ? '' : FACETS[facet];
  }

  /** The part of an ECS line that policy, group and source decide: from `"sluis"` to where the rule's line begins. */
  policyPart(event: EventReader): Uint8Array {
    const { source, where } = event;
    let parts = this.#parts[source];
    const known = parts?.get(where);
    if (known) return known;
    if (this.#kept === MOST_KEPT) {
      this.#parts = [];
      this.#kept = 0;
    }
    parts = this.#parts[source] ??= new Map();
    const part = encoder.encode(this.#writePolicyPart(event));
    parts.set(where, part);
    this.#kept++;
    return part;
  }

  #writePolicyPart(event: EventReader): string {
    const policy = this.policy(event);
    const source = this.source(event);
    const facet = this.facet(event);
    const sluis = {
      group: this.group(event),
      mode: event.decision === DECISION.BLOCK ? 'block' : 'observe',
      generation: this.generation,
      [source?.kind ?? 'list']: source?.id ?? '',
      ...(facet && { facet }),
      match: MATCHES[event.match],
    };
    const rule = {
      id: policy?.id ?? '',
      author: [policy?.authority ?? ''],
      reference: `${source?.file ?? ''}:`,
    };
    // The reference goes on with the line, so its last quote and the brace are left to the encoder.
    return `"sluis":${JSON.stringify(sluis)},"rule":${JSON.stringify(rule).slice(0, -2)}`;
  }
}
