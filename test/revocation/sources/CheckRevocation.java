import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateRevokedException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Validates chains with Java's own revocation checker, one for each line of stdin: "crl ROOT CHAIN LISTS", "ocsp ROOT CHAIN URL" (the
 * leaf alone), "both ROOT CHAIN URL LISTS" (the leaf by OCSP, its issuer by its root's list). Prints good, revoked REASON or refused WHY.
 */
class CheckRevocation {
  public static void main(String[] args) throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine())
      System.out.println(judge(line.split(" ")));
  }

  static String judge(String[] words) throws Exception {
    var factory = CertificateFactory.getInstance("X.509");
    var root = (X509Certificate) factory.generateCertificate(read(words[1]));
    var chain = factory.generateCertificates(read(words[2]));
    var validator = CertPathValidator.getInstance("PKIX");
    var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    var parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    switch (words[0]) {
      case "crl" -> checker.setOptions(EnumSet.of(Option.PREFER_CRLS, Option.NO_FALLBACK));
      case "ocsp" -> checker.setOptions(EnumSet.of(Option.NO_FALLBACK, Option.ONLY_END_ENTITY));
      default -> checker.setOptions(EnumSet.noneOf(Option.class));
    }
    if (!words[0].equals("crl")) checker.setOcspResponder(URI.create(words[3]));
    if (!words[0].equals("ocsp")) {
      var lists = factory.generateCRLs(read(words[words.length - 1]));
      parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
    }
    parameters.addCertPathChecker(checker);
    try {
      validator.validate(factory.generateCertPath(List.copyOf(chain)), parameters);
      return "good";
    } catch (CertPathValidatorException cause) {
      for (Throwable at = cause; at != null; at = at.getCause())
        if (at instanceof CertificateRevokedException revoked) return "revoked " + revoked.getRevocationReason();
      return "refused " + cause.getMessage();
    }
  }

  static ByteArrayInputStream read(String path) throws Exception {
    return new ByteArrayInputStream(Files.readAllBytes(Path.of(path)));
  }
}
