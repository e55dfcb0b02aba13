/*
 * A PKCS#11 module before another one. It counts logins as a smart card does: three wrong PINs in a row lock it, the flags of CK_TOKEN_INFO tell
 * how near that is, and every login is written down. COUNTING_MODULE is the module behind, COUNTING_STATE the file of tries left,
 * COUNTING_LOG the file of logins; COUNTING_FAULT=signature spoils each signature, =remove has the token gone when it is to sign,
 * =pad claims that it takes its PIN by a pad of its own, =extractable claims that keys can be
 * taken out, =protected that it is write-protected, =keys makes none, =killed ends the process when one is made, =changed has the PIN
 * changed between the login and the signature, and =kept destroys nothing.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CK_PTR *
#define CK_DEFINE_FUNCTION(type, name) type name
#define CK_DECLARE_FUNCTION(type, name) type name
#define CK_DECLARE_FUNCTION_POINTER(type, name) type(*name)
#define CK_CALLBACK_FUNCTION(type, name) type(*name)
#define NULL_PTR 0
#include <pkcs11/pkcs11.h>

#define TRIES 3

static CK_FUNCTION_LIST_PTR behind;
static CK_FUNCTION_LIST list;

static int has_fault(const char *name) {
  const char *fault = getenv("COUNTING_FAULT");
  return fault != NULL && strcmp(fault, name) == 0;
}

static int read_tries(void) {
  int tries = TRIES;
  FILE *file = fopen(getenv("COUNTING_STATE"), "r");
  if (file == NULL) return tries;
  if (fscanf(file, "%d", &tries) != 1) tries = TRIES;
  fclose(file);
  return tries;
}

static void write_tries(int tries) {
  FILE *file = fopen(getenv("COUNTING_STATE"), "w");
  if (file == NULL) return;
  fprintf(file, "%d\n", tries);
  fclose(file);
}

static void write_log(const char *line) {
  FILE *file = fopen(getenv("COUNTING_LOG"), "a");
  if (file == NULL) return;
  fprintf(file, "%s\n", line);
  fclose(file);
}

static CK_RV count_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  int tries = read_tries();
  CK_RV result;
  if (tries == 0) {
    write_log("locked");
    return CKR_PIN_LOCKED;
  }
  if (has_fault("changed") && user == CKU_CONTEXT_SPECIFIC) {
    // Cards end the operation then, so that the next one can begin and ask for the PIN again.
    CK_BYTE digest[32] = {0}, signature[1024];
    CK_ULONG size = sizeof signature;
    behind->C_Sign(session, digest, sizeof digest, signature, &size);
    result = CKR_PIN_INCORRECT;
  } else result = behind->C_Login(session, user, pin, length);
  if (result == CKR_PIN_INCORRECT) write_tries(tries - 1);
  else if (result == CKR_OK) write_tries(TRIES);
  write_log(result == CKR_OK ? "right" : result == CKR_PIN_INCORRECT ? "wrong" : "other");
  return result;
}

static CK_RV tell_token(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  CK_RV result = behind->C_GetTokenInfo(slot, info);
  int tries = read_tries();
  if (result != CKR_OK) return result;
  info->flags &= ~(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
  if (tries < TRIES) info->flags |= CKF_USER_PIN_COUNT_LOW;
  if (tries == 1) info->flags |= CKF_USER_PIN_FINAL_TRY;
  if (tries == 0) info->flags |= CKF_USER_PIN_LOCKED;
  if (has_fault("protected")) info->flags |= CKF_WRITE_PROTECTED;
  if (has_fault("pad")) info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
  return result;
}

static CK_RV spoil(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature, CK_ULONG_PTR size) {
  CK_RV result;
  if (has_fault("remove")) return CKR_DEVICE_REMOVED;
  result = behind->C_Sign(session, data, length, signature, size);
  if (result == CKR_OK && has_fault("signature")) signature[*size - 1] ^= 1;
  return result;
}

static CK_RV claim(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
  CK_RV result = behind->C_GetAttributeValue(session, object, attributes, count);
  CK_ULONG i;
  for (i = 0; result == CKR_OK && has_fault("extractable") && i < count; i++)
    if (attributes[i].type == CKA_EXTRACTABLE && attributes[i].pValue != NULL_PTR) *(CK_BBOOL *) attributes[i].pValue = CK_TRUE;
  return result;
}

static CK_RV make_keys(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR public, CK_ULONG public_count,
                       CK_ATTRIBUTE_PTR private, CK_ULONG private_count, CK_OBJECT_HANDLE_PTR public_key,
                       CK_OBJECT_HANDLE_PTR private_key) {
  CK_RV result;
  if (has_fault("keys")) return CKR_MECHANISM_INVALID;
  result = behind->C_GenerateKeyPair(session, mechanism, public, public_count, private, private_count, public_key, private_key);
  if (has_fault("killed")) raise(SIGKILL);
  return result;
}

static CK_RV destroy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
  return has_fault("kept") ? CKR_ACTION_PROHIBITED : behind->C_DestroyObject(session, object);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR result) {
  void *module = dlopen(getenv("COUNTING_MODULE"), RTLD_NOW);
  CK_C_GetFunctionList get = module == NULL ? NULL : (CK_C_GetFunctionList) dlsym(module, "C_GetFunctionList");
  if (get == NULL || get(&behind) != CKR_OK) return CKR_GENERAL_ERROR;
  list = *behind;
  list.C_GetFunctionList = C_GetFunctionList;
  list.C_Login = count_login;
  list.C_GetTokenInfo = tell_token;
  list.C_Sign = spoil;
  list.C_GenerateKeyPair = make_keys;
  list.C_GetAttributeValue = claim;
  list.C_DestroyObject = destroy;
  *result = &list;
  return CKR_OK;
}
