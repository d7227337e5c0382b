// Writes the object by which a client is told who blocked a name and why (draft-ietf-dnsop-structured-dns-error).

import { MAX_STRUCTURED_TEXT } from '../policy/answer.ts';
import type { StructuredInput } from '../policy/compile-input.ts';
import type { PolicySettings } from '../settings/settings.ts';
import { EDE } from '../wire/codes.ts';

/** Sub-error of the draft's registry: by a policy of whoever runs the network. It goes with EDE 15 alone. */
const NETWORK_OPERATOR_POLICY = 5;

/** The draft's names, in the order of its examples. */
interface StructuredError {
  /** Contact URIs: mailto and tel, as no other scheme is registered. */
  c?: string[];
  /** Justification. */
  j?: string;
  /** Sub-error. */
  s?: number;
  /** Organisation. */
  o?: string;
  /** The one language of `j` and `o` (RFC 5646), which needs to be there with either. */
  l?: string;
}

/**
 * What clients are told that ask for it, where `policy` blocks and `ede` is the extended error. The reason, else the
 * title, in the language that its author gives first, and the authority where that is in the same language: there is
 * one tag for both. `short` is without the texts, which the draft has left out first. What is too long is left out
 * whole; empty where nothing is left that a client would heed.
 */
export function structuredError(policy: PolicySettings, ede: number): StructuredInput {
  const [language, words] = textOf(policy);
  const uri = contactUri(policy.contact || policy.owner);
  const contact: StructuredError = uri === undefined ? {} : { c: [uri] };
  const cause: StructuredError = ede === EDE.BLOCKED ? { s: NETWORK_OPERATOR_POLICY } : {};
  const justification: StructuredError = words === '' ? {} : { j: words };
  const short = firstFit([{ ...contact, ...cause }, cause]);
  const organisation = organisationOf(policy, language);
  const full = firstFit([
    ...(organisation.l === language ? [{ ...contact, ...justification, ...cause, ...organisation }] : []),
    ...(words === '' ? [] : [{ ...contact, ...justification, ...cause, l: language }]),
    { ...contact, ...cause, ...organisation },
  ]);
  return { ede, full: full === '' ? short : full, short };
}

function textOf({ reason, title }: PolicySettings): [language: string, words: string] {
  return Object.entries(reason)[0] ?? Object.entries(title)[0] ?? ['und', ''];
}

/** In `language` where the policy has it so; a plain one is taken to be in the language of what stands beside it. */
function organisationOf({ authority }: PolicySettings, language: string): Required<Pick<StructuredError, 'o' | 'l'>> {
  const same = authority[language] ?? authority.und;
  if (same !== undefined) return { o: same, l: language };
  const [[own, words]] = Object.entries(authority);
  return { o: words, l: own };
}

/** The first that fits, minified; a client discards an object without contact, justification and sub-error. */
function firstFit(errors: StructuredError[]): string {
  for (const error of errors) {
    if (error.c === undefined && error.j === undefined && error.s === undefined) continue;
    // I-JSON (RFC 7493 §2.1) has no half of a surrogate pair.
    const text = JSON.stringify(error, (_, value) => (typeof value === 'string' ? value.toWellFormed() : value));
    if (new TextEncoder().encode(text).length <= MAX_STRUCTURED_TEXT) return text;
  }
  return '';
}

/** The URI of whom to ask: of a mail address (RFC 6068), a telephone number (RFC 3966), or one written as a URI. */
function contactUri(contact: string): string | undefined {
  if (/^(mailto|tel):[\x21-\x7e]+$/i.test(contact)) return contact;
  const [, local, domain] = /^([^\s@<>"]+)@([^\s@<>"]+)$/.exec(contact) ?? [];
  if (domain !== undefined) return `mailto:${encodeURIComponent(local)}@${encodeURIComponent(domain)}`;
  return /^\+[0-9][0-9 ().-]{4,30}$/.test(contact) ? `tel:${contact.replace(/[ ()]/g, '')}` : undefined;
}
