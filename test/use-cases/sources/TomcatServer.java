// Tomcat on the port, with the key store and the password, that a file of properties names. Writes down each path that is asked for.
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;

public class TomcatServer {
  public static void main(String[] args) {
    try {
      serve(args);
    } catch (Exception fault) {
      fault.printStackTrace();
      System.exit(1); // its threads would go on
    }
  }

  static void serve(String[] args) throws Exception {
    Properties https = new Properties();
    try (FileInputStream file = new FileInputStream(args[0])) {
      https.load(file);
    }
    SSLHostConfig hosts = new SSLHostConfig();
    SSLHostConfigCertificate certificate =
        new SSLHostConfigCertificate(hosts, SSLHostConfigCertificate.Type.UNDEFINED);
    certificate.setCertificateKeystoreFile(https.getProperty("keystorepath"));
    certificate.setCertificateKeystorePassword(Files.readAllLines(Path.of(https.getProperty("keystorepasswordpath"))).get(0));
    certificate.setCertificateKeystoreType("PKCS12");
    certificate.setCertificateKeyAlias("jetty");
    hosts.addCertificate(certificate);
    Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
    connector.setPort(Integer.parseInt(https.getProperty("httpsport")));
    connector.setProperty("address", "127.0.0.1");
    connector.setProperty("SSLEnabled", "true");
    connector.setScheme("https");
    connector.setSecure(true);
    connector.setThrowOnFailure(true);
    connector.addSslHostConfig(hosts);
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(Files.createTempDirectory(Path.of("."), "tomcat").toString());
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "proof", new HttpServlet() {
      @Override
      protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Files.writeString(Path.of(args[1]), request.getRequestURI() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        response.getWriter().println("served by " + ServerInfo.getServerInfo());
      }
    });
    context.addServletMappingDecoded("/", "proof");
    tomcat.start();
    tomcat.getServer().await();
  }
}
