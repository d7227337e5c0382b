// What the numbers of a policy hit stand for: the ids of the generation that decided it, ready to be written.

import type { EventReader } from '../engine/event-reader.ts';
import { NO_SOURCE } from '../engine/event-ring.ts';
import { copyDevices, type DeviceTexts, deviceId, deviceMac } from '../policy/devices.ts';
import { Image, NO_DEVICE } from '../policy/image.ts';
import { type Metadata, readMetadata } from '../policy/metadata.ts';
import { DECISION, FACET_NONE, FACETS, MATCHES } from '../policy/rule.ts';

/** What is kept written out: more combinations than are blocked at any one time, and a bound. */
const MOST_KEPT = 4096;
/** `EventReader.where` is below it. */
const ABOVE_WHERE = 2 ** 27;

const encoder = new TextEncoder();

export class HitLabels {
  readonly generation: number;
  readonly #metadata: Metadata;
  readonly #devices: DeviceTexts;
  /** By source + 1, and then by the event's `where` and exception: what `policyPart` returned. */
  #parts: Map<number, Uint8Array>[] = [];
  #kept = 0;

  /** `buffer` is an image that has passed its check. */
  constructor(buffer: SharedArrayBuffer) {
    const image = new Image(buffer);
    this.generation = image.generation;
    this.#metadata = readMetadata(image);
    this.#devices = copyDevices(image);
  }

  /** The id of the device that asked, where a forwarder named it. */
  device({ device }: EventReader): string | undefined {
    return device === NO_DEVICE ? undefined : deviceId(this.#devices, device);
  }

  /** Its MAC; empty where the registry has none. */
  deviceMac({ device }: EventReader): string {
    return deviceMac(this.#devices, device);
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

  /** Every group of the generation, by number. */
  get groups(): Metadata['groups'] {
    return this.#metadata.groups;
  }

  /** Whether the client's group does something with names that it does not approve. */
  hasFallback({ group }: EventReader): boolean {
    return (this.#metadata.groups[group]?.fallback ?? null) !== null;
  }

  /** Whether no rule decided, but what the group does with names that it does not approve. */
  isFallback({ source }: EventReader): boolean {
    return source === NO_SOURCE;
  }

  /** What is told of the exception that let the name through: its id, or that it is sealed; undefined without one. */
  exception({ exception }: EventReader): { exception: string } | { sealed: true } | undefined {
    if (exception < 0) return undefined;
    const id = this.#metadata.exceptions[exception]?.id ?? null;
    return id === null ? { sealed: true } : { exception: id };
  }

  /** Empty where the rule's list knows no facets. */
  facet({ facet }: EventReader): string {
    return facet === FACET_NONE ? '' : FACETS[facet];
  }

  /**
   * The part of an ECS line that policy, group and source decide: from `"sluis"` to where the rule's line begins, or,
   * where no rule decided, up to the end of `"rule"`.
   */
  policyPart(event: EventReader): Uint8Array {
    // What has no source comes first.
    const source = (event.source + 1) & NO_SOURCE;
    const key = event.where + (event.exception + 1) * ABOVE_WHERE;
    let parts = this.#parts[source];
    const known = parts?.get(key);
    if (known) return known;
    if (this.#kept === MOST_KEPT) {
      this.#parts = [];
      this.#kept = 0;
    }
    parts = this.#parts[source] ??= new Map();
    const part = encoder.encode(this.#writePolicyPart(event));
    parts.set(key, part);
    this.#kept++;
    return part;
  }

  #writePolicyPart(event: EventReader): string {
    const policy = this.policy(event);
    const source = this.source(event);
    const facet = this.facet(event);
    const rule = { id: policy?.id ?? '', author: [policy?.authority ?? ''] };
    const sluis = { group: this.group(event), ...modeOf(event), generation: this.generation };
    const through = this.exception(event);
    if (this.isFallback(event)) {
      return `"sluis":${JSON.stringify({ ...sluis, default: true, ...through })},"rule":${JSON.stringify(rule)}`;
    }
    const list = { [source?.kind ?? 'list']: source?.id ?? '', ...(facet && { facet }), match: MATCHES[event.match] };
    const place = { ...rule, reference: `${source?.file ?? ''}:` };
    // The reference goes on with the line, so its last quote and the brace are left to the encoder.
    return `"sluis":${JSON.stringify({ ...sluis, ...list, ...through })},"rule":${JSON.stringify(place).slice(0, -2)}`;
  }
}

/** In which mode the policy acted; where an exception let the name through, it did not. */
function modeOf({ decision }: EventReader): { mode?: string } {
  if (decision === DECISION.BLOCK) return { mode: 'block' };
  return decision === DECISION.OBSERVE ? { mode: 'observe' } : {};
}
