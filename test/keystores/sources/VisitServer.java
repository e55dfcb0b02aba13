// Visits an address with the trust store that the properties of the Java runtime name, and prints the status.
import java.net.URL;
import javax.net.ssl.HttpsURLConnection;

public class VisitServer {
  public static void main(String[] args) throws Exception {
    HttpsURLConnection connection = (HttpsURLConnection) new URL(args[0]).openConnection();
    System.out.println("status " + connection.getResponseCode());
  }
}
