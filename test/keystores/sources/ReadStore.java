// Prints every entry of a PKCS#12 file by Java's own key store, and signs with each key. The password is in P12_PASSWORD.
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;

public class ReadStore {
  static final Map<String, String> ALGORITHMS =
      Map.of("EC", "SHA256withECDSA", "RSA", "SHA256withRSA", "EdDSA", "Ed25519");

  public static void main(String[] args) throws Exception {
    char[] password = System.getenv("P12_PASSWORD").toCharArray();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream file = new FileInputStream(args[0])) {
      store.load(file, password);
    }
    for (String alias : Collections.list(store.aliases())) {
      boolean isKey = store.isKeyEntry(alias);
      System.out.println((isKey ? "key " : "anchor ") + alias);
      Certificate[] chain = isKey ? store.getCertificateChain(alias) : new Certificate[] {store.getCertificate(alias)};
      for (Certificate certificate : chain)
        System.out.println("certificate " + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded())));
      if (isKey) System.out.println("signs " + signs((PrivateKey) store.getKey(alias, password), chain[0]));
    }
  }

  static boolean signs(PrivateKey key, Certificate certificate) throws Exception {
    Signature signature = Signature.getInstance(ALGORITHMS.get(key.getAlgorithm()));
    signature.initSign(key);
    signature.update((byte) 7);
    byte[] bytes = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update((byte) 7);
    return signature.verify(bytes);
  }
}
