/** @module Numbers of PKCS#11 3.0 that are used here. OASIS PKCS #11 Cryptographic Token Interface Base and Current Mechanisms Specifications. */

/** CKF_* of CK_TOKEN_INFO. */
export const TOKEN_FLAGS = {
  writeProtected: 0x2,
  loginRequired: 0x4,
  userPinSet: 0x8,
  ownPinPad: 0x100,
  pinCountLow: 0x1_0000,
  pinFinalTry: 0x2_0000,
  pinLocked: 0x4_0000,
} as const;

/** CKF_SERIAL_SESSION, and with CKF_RW_SESSION. */
export const SESSION_FLAGS = { read: 0x4, readWrite: 0x6 } as const;

/** CKU_*. */
export const USERS = { user: 1, contextSpecific: 2 } as const;

/** CKO_*. */
export const OBJECT_CLASSES = { certificate: 1, publicKey: 2, privateKey: 3 } as const;

/** CKK_*. */
export const KEY_KINDS = { rsa: 0, ec: 3, ecEdwards: 0x40 } as const;

/** CKM_*. */
export const MECHANISMS = {
  rsaKeyPair: { name: 0x0 },
  rsaPkcs: { name: 0x1 },
  ecKeyPair: { name: 0x1040 },
  ecdsa: { name: 0x1041 },
  edwardsKeyPair: { name: 0x1055 },
  eddsa: { name: 0x1057 },
} as const;

/** CKR_* that are told apart. */
export const RETURN_CODES = {
  attributeTypeInvalid: 0x12,
  attributeValueInvalid: 0x13,
  keySizeRange: 0x62,
  mechanismInvalid: 0x70,
  mechanismParamInvalid: 0x71,
  pinIncorrect: 0xa0,
  pinInvalid: 0xa1,
  pinLengthRange: 0xa2,
  pinLocked: 0xa4,
  templateInconsistent: 0xd1,
  userPinNotInitialized: 0x102,
  curveNotSupported: 0x140,
  domainParamsInvalid: 0x130,
} as const;
