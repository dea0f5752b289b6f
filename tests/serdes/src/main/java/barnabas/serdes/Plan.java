package barnabas.serdes;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.List;

/** What is to be written and read: the file that the tests make. */
record Plan(String bootstrap, String registry, List<Topic> topics) {
  /** Records of a topic. {@code keys} and {@code values} are of the same length; a null one is null in Kafka, too. */
  record Topic(String topic, Side key, Side value) {}

  /**
   * The keys or the values of a topic: their schema, and their data as JSON text.
   *
   * @param format AVRO, JSONSCHEMA or PROTOBUF
   * @param id the id that the registry has given to the schema
   * @param schema the schema's text; of Protobuf a FileDescriptorSet in base64, as protoc writes it, the file itself as its last
   * @param references the texts of what the schema refers to, those first that others need; of Avro only
   * @param message the full name of the message; of Protobuf only
   */
  record Side(String format, int id, String schema, List<String> references, String message, List<String> data) {}

  static Plan read(String path) throws IOException {
    return new ObjectMapper().readValue(new File(path), Plan.class);
  }
}
