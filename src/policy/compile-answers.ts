// Writes what blocked names are answered with into the image: each distinct answer once.

import { ANSWER_FIELD, answerOffset, MAX_ANSWER_TEXT, MAX_STRUCTURED_TEXT } from './answer.ts';
import { CompileError } from './compile-error.ts';
import type { AnswerInput, GroupInput, PolicyInput } from './compile-input.ts';
import type { Image } from './image.ts';
import { ANSWER_OCTETS } from './image-sections.ts';

const MAX_ANSWERS = 0xffff;

/** Each distinct answer once, and which one each group gets for each policy. */
export function collectAnswers(
  policies: PolicyInput[],
  groups: GroupInput[],
): { records: AnswerInput[]; of: number[][] } {
  const records: AnswerInput[] = [];
  const known = new Map<string, number>();
  const record = (answer: AnswerInput): number => {
    const { kind, ttl, ede, text, ipv4, ipv6, structured } = answer;
    const key = JSON.stringify([kind, ttl, ede, text, ipv4 && [...ipv4], ipv6 && [...ipv6], structured]);
    const found = known.get(key);
    if (found !== undefined) return found;
    if (records.length === MAX_ANSWERS) throw new CompileError(`too many different answers: ${MAX_ANSWERS} at most`);
    known.set(key, records.length);
    return records.push(answer) - 1;
  };
  const own = policies.map((policy) => record(policy.answer));
  const of = groups.map(({ answers }) =>
    policies.map((_, policy) => {
      const override = answers?.[policy];
      return override ? record(override) : own[policy];
    }),
  );
  return { records, of };
}

function writeAnswer(image: Image, index: number, answer: AnswerInput): void {
  const at = answerOffset(image, index);
  const { bytes } = image;
  const { kind, ttl, ede, text, ipv4, ipv6, structured } = answer;
  // Printable ASCII alone: the text goes into packets and to people's terminals.
  if (text.length > MAX_ANSWER_TEXT || !/^[\x20-\x7e]*$/.test(text)) {
    throw new CompileError(
      `an answer's text is printable ASCII of ${MAX_ANSWER_TEXT} at most: ${JSON.stringify(text)}`,
    );
  }
  if ((ipv4 && ipv4.length !== 4) || (ipv6 && ipv6.length !== 16)) {
    throw new CompileError('an answer has an IPv4 address of 4 octets and an IPv6 address of 16');
  }
  const record = new DataView(image.buffer, at, ANSWER_OCTETS);
  record.setUint8(ANSWER_FIELD.KIND, kind);
  record.setUint8(ANSWER_FIELD.HAS_IPV4, ipv4 ? 1 : 0);
  record.setUint8(ANSWER_FIELD.HAS_IPV6, ipv6 ? 1 : 0);
  record.setUint8(ANSWER_FIELD.TEXT_LENGTH, text.length);
  record.setUint16(ANSWER_FIELD.EDE, ede);
  record.setUint16(ANSWER_FIELD.STRUCTURED_EDE, structured?.ede ?? 0);
  record.setUint32(ANSWER_FIELD.TTL, ttl);
  if (ipv4) bytes.set(ipv4, at + ANSWER_FIELD.IPV4);
  if (ipv6) bytes.set(ipv6, at + ANSWER_FIELD.IPV6);
  for (let octet = 0; octet < text.length; octet++) bytes[at + ANSWER_FIELD.TEXT + octet] = text.charCodeAt(octet);
}

/** The structured texts of an answer, in the image's order. */
function structuredTexts({ structured }: AnswerInput): Uint8Array[] {
  return [structured?.full ?? '', structured?.short ?? ''].map((text) => {
    const octets = new TextEncoder().encode(text);
    if (octets.length <= MAX_STRUCTURED_TEXT) return octets;
    throw new CompileError(`a structured error has ${octets.length} octets: ${MAX_STRUCTURED_TEXT} at most`);
  });
}

/** How many octets all structured texts take. */
export function structuredOctets(answers: readonly AnswerInput[]): number {
  return answers.flatMap(structuredTexts).reduce((sum, text) => sum + text.length, 0);
}

/** Writes the answers, in their order. */
export function writeAnswers(image: Image, answers: readonly AnswerInput[]): void {
  for (const [index, answer] of answers.entries()) writeAnswer(image, index, answer);
  let at = 0;
  for (const [number, text] of answers.flatMap(structuredTexts).entries()) {
    image.structuredStarts[number] = at;
    image.structured.set(text, at);
    at += text.length;
  }
  image.structuredStarts[image.structuredStarts.length - 1] = at;
}
