// What people are told about an image's numbers: policies, groups and sources by name, as JSON at its end.

import type { Image } from './image.ts';

export interface Metadata {
  sources: {
    id: string;
    kind: 'app' | 'list';
    title: string;
    file: string;
    rules: number;
    duplicates: number;
    rejected: number;
  }[];
  policies: {
    id: string;
    title: Record<string, string>;
    authority: string;
    contact: string;
    effective: number | null;
    expires: number | null;
    blocks: number | null;
    onExpiry: number;
    selections: { source: number; facets: number }[];
  }[];
  groups: {
    id: string;
    any: boolean;
    allow: number[];
    listeners: readonly number[];
    fallback: { mode: number; policy: number } | null;
  }[];
  /** Without those they are for; a sealed one has its number alone, and no id. */
  exceptions: { id: string | null; policy: number; starts: number; expires: number }[];
  /** Forward zones by the number that a walk finds. */
  zones: { zone: number; title: string }[];
}

export function encodeMetadata(metadata: Metadata): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(metadata));
}

/** Everything by index, as the verdicts number it. The image is one that passed its check. */
export function readMetadata(image: Image): Metadata {
  // A copy: not every decoder takes shared memory.
  return JSON.parse(new TextDecoder().decode(image.metadata.slice()));
}
