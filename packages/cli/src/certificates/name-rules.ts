/**
 * @module Names from the command line. The public suffix list is large, so it is loaded only when a wildcard or a scope
 * outside the dev domains asks for it.
 */
import { isDevName, parseSubjectAltNames, type NameRules, type SubjectAltName } from '@mintmark/ca-core';

/** The full rules. */
export async function loadNameRules(): Promise<NameRules> {
  const { publicSuffixRules } = await import('@mintmark/ca-core/public-suffix');
  return publicSuffixRules;
}

const NO_SUFFIX: NameRules = { isPublicSuffix: () => false };

/** Parses names, with the list loaded only if one of them is a wildcard outside the dev domains. */
export async function parseNames(texts: readonly string[]): Promise<SubjectAltName[]> {
  const needsList = texts.some((text) => text.includes('*') && !isDevName(text.toLowerCase()));
  return parseSubjectAltNames(texts, needsList ? await loadNameRules() : NO_SUFFIX);
}
