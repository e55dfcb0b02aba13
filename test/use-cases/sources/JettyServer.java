// Jetty on the port, with the key store and the password, that a file of properties names. Writes down each path that is asked for.
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.AbstractHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;

public class JettyServer {
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
    SslContextFactory.Server ssl = new SslContextFactory.Server();
    ssl.setKeyStorePath(https.getProperty("keystorepath"));
    ssl.setKeyStorePassword(Files.readAllLines(Path.of(https.getProperty("keystorepasswordpath"))).get(0));
    ssl.setCertAlias("jetty");
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server, ssl);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(https.getProperty("httpsport")));
    server.addConnector(connector);
    server.setHandler(new AbstractHandler() {
      @Override
      public void handle(String target, Request base, HttpServletRequest request, HttpServletResponse response) throws java.io.IOException {
        Files.writeString(Path.of(args[1]), target + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        response.getWriter().println("served by Jetty " + Server.getVersion());
        base.setHandled(true);
      }
    });
    server.start();
    server.join();
  }
}
