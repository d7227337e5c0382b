// Writes a policy hit as one line for a terminal.

import type { EventReader } from '../engine/event-reader.ts';
import { addressText, prefixText } from '../wire/address-text.ts';
import { typeName } from '../wire/codes.ts';
import { textFromWire } from '../wire/name-text.ts';
import type { ClientNames } from './client-names.ts';
import { ACTIONS, type HitEncoder } from './hit-encoder.ts';
import type { HitLabels } from './hit-labels.ts';

const encoder = new TextEncoder();

/** The last `depth` labels of a wire name, as text. */
function ruleName(wire: Uint8Array, depth: number): string {
  const starts: number[] = [];
  for (let at = 0; wire[at] > 0; at += wire[at] + 1) starts.push(at);
  return textFromWire(wire, starts[starts.length - depth] ?? wire.length - 1);
}

/** What the rule stands on: a name that `on` ends in, or a prefix in which the address `on` lies. */
function ruleText({ isOnAddress, depth }: EventReader, on: Uint8Array): string {
  return isOnAddress ? prefixText(on, depth) : ruleName(on, depth);
}

/** What the verdict is on, where that is not the name asked. */
function leadOf({ isOnAddress }: EventReader, lead: Uint8Array): { address?: string; alias?: string } {
  if (isOnAddress) return { address: addressText(lead.length === 4 ? 4 : 6, lead) };
  return lead.length > 0 ? { alias: textFromWire(lead) } : {};
}

/** Time of day in UTC, as the operational log has it. */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

/** `08:51:14 hit   blocked www.tiktok.com A  policy=be-716  group=local  app=tiktok  …` */
export class ReadableEncoder implements HitEncoder {
  readonly #clients: ClientNames;

  constructor(clients: ClientNames) {
    this.#clients = clients;
  }

  encode(event: EventReader, labels: HitLabels, into: Uint8Array, at: number): number {
    const { bytes, nameAt, leadAt, leadLength } = event;
    const name = bytes.slice(nameAt, leadAt);
    const lead = bytes.slice(leadAt, leadAt + leadLength);
    const source = labels.source(event);
    const through = labels.exception(event);
    const isFallback = labels.isFallback(event);
    const client = this.#clients.of(event, labels);
    const facts = {
      ...leadOf(event, lead),
      policy: labels.policy(event)?.id ?? '',
      group: labels.group(event),
      [source?.kind ?? 'list']: source?.id ?? '',
      facet: labels.facet(event),
      rule: isFallback ? '' : ruleText(event, leadLength > 0 ? lead : name),
      ...(isFallback && { by: 'default' }),
      ...(through && { exception: 'exception' in through ? through.exception : 'sealed' }),
      [client.isDevice ? 'device' : 'client']: client.text,
    };
    const told = Object.entries(facts).filter(([, value]) => value !== '');
    const parts = [
      `${timeOf(event.ms)} hit   ${ACTIONS[event.decision]} ${textFromWire(name)} ${typeName(event.type)}`,
      ...told.map(([key, value]) => `${key}=${value}`),
    ];
    return at + encoder.encodeInto(`${parts.join('  ')}\n`, into.subarray(at)).written;
  }

  encodeMore(more: number, remedy: string, ms: number, into: Uint8Array, at: number): number {
    const line = `${timeOf(ms)} hit   ${more} more within a second; ${remedy}\n`;
    return at + encoder.encodeInto(line, into.subarray(at)).written;
  }
}
