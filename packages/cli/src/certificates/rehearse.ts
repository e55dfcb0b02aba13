/** @module A dry run: the first step of issuance alone. Everything is checked, nothing is made. */
import { KEY_TYPE_FACTS } from '@mintmark/ca-core';
import { createPrivateKeyOfType } from '@mintmark/ca-core/node';
import type { Home } from '@mintmark/ca-store';
import type { CommandResult } from '../command.ts';
import { checkOrder, type PairOrder } from './mint-pair.ts';

/** What the order would make. A quick key stands in for the one that would be made. @throws FILE_EXISTS, the codes of prepare */
export function rehearseOrder(home: Home, order: PairOrder): CommandResult {
  const standIn = order.givenKey ?? createPrivateKeyOfType('ecdsa-p256');
  const { notBefore, notAfter, profile, names } = checkOrder(home, order, standIn);
  const texts = names.map(({ text }) => text);
  const label = order.givenKey?.subjectKey.label ?? KEY_TYPE_FACTS[order.keyType].label;
  const signer = order.ca === undefined ? '' : ` by CA "${order.ca.name}"`;
  return {
    json: {
      dryRun: true,
      ...order.paths,
      names: texts,
      notBefore: notBefore.toISOString(),
      notAfter: notAfter.toISOString(),
      ca: order.ca?.name ?? null,
      profile: profile.name,
    },
    text: `Nothing was made. It would be a ${profile.name} certificate (${label})${signer} for\n${texts.map((name) => `  ${name}\n`).join('')}in ${order.paths.certFile}\n`,
  };
}
